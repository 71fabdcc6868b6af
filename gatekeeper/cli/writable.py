"""Owns what `gatekeeper check` says of files that a run obeys and that others can write. Changes and runs nothing."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
from collections.abc import Iterator
from contextlib import suppress
from functools import cache

from gatekeeper.adapters.definition.lint_found import Found
from gatekeeper.adapters.definition.place import Place
from gatekeeper.adapters.definition.shell import simple_commands
from gatekeeper.cli.opening import Bound
from gatekeeper.model.plan import Plan, Step
from gatekeeper.policy.binding import UnboundReference, fill
from gatekeeper.policy.describe import command_line
from gatekeeper.policy.writers import Ownership, who_else

_RULE = "others-can-write"
_MOST_WORDS = 500
_TOP: Place = ("gatekeeper",)
_NAMED = "whoever writes it decides what runs as you"


def writable_by_others(root: str, plan: Plan, bound: Bound) -> Iterator[Found]:
    """The definition, the patterns, the programs of steps that lie in the project, and the hooks of its repos."""
    tops = {os.path.realpath(top) for top in (root, *(repo.path for repo in bound.repos))}
    told: set[str] = set()

    def look(path: str, what: str, place: Place) -> Iterator[Found]:
        for found, why in _others(path, tops):
            if found not in told:
                told.add(found)
                folder = os.path.isdir(found)
                named = os.path.relpath(found, os.path.realpath(root))
                shown = "the project's folder" if named == "." else f"the folder {named}" if folder else named
                message = f"{shown} can be written by others, and {what} lies {'in' if folder else 'there'}: {why}"
                yield Found(_RULE, place, 0, message, f"{_NAMED}: {_mend(found, why)}")

    yield from look(os.path.join(root, plan.source), "the definition", _TOP)
    patterns = os.path.join(root, "gates", "patterns")
    for name in _files(patterns):
        yield from look(os.path.join(patterns, name), f"the pattern {name}", _TOP)
    for repo in bound.repos:
        hooks = _hooks(repo.path)
        tops.add(os.path.realpath(hooks or repo.path))
        for name in _files(hooks):
            if not name.endswith(".sample"):
                yield from look(os.path.join(hooks, name), f"the hook {name}", _TOP)
    for gate in plan.gates:
        for step in gate.steps:
            place: Place = ("gates", gate.name, "steps", step.name.partition("[")[0], "run")
            for path in _programs(step, root, bound, tops):
                yield from look(path, os.path.basename(path), place)


def _others(path: str, tops: set[str]) -> Iterator[tuple[str, str]]:
    """The file and the folders around it, up to the top of its tree, that others can write; and who they are."""
    real = os.path.realpath(path)
    top = max((each for each in tops if f"{real}/".startswith(f"{each}/")), key=len, default="")
    if not top:
        return
    # Whose tree it is may be somebody else than who runs here: a container's root, in the folder of its user.
    trusted = {0, os.geteuid(), _owner(top)}
    while True:
        with suppress(OSError):
            seen = os.stat(real)
            own = _alone(seen.st_gid, seen.st_uid)
            ownership = Ownership(seen.st_mode, seen.st_uid, _user(seen.st_uid), _group(seen.st_gid), own)
            if why := who_else(ownership, trusted):
                yield real, why
        if real == top:
            return
        real = os.path.dirname(real)


def _programs(step: Step, root: str, bound: Bound, tops: set[str]) -> Iterator[str]:
    """Files in the project that the words of a step's command name."""
    line = command_line(step.work)
    if line is None:
        return
    try:
        folder = os.path.join(root, os.path.expanduser(fill(step.cwd, bound.context)))
        line = fill(line, bound.context)
    except UnboundReference:
        return
    words = dict.fromkeys(word for command in simple_commands(line) for word in command.words)
    for word in list(words)[:_MOST_WORDS]:
        path = os.path.join(folder, word)
        if "/" not in word and not os.path.isfile(path):
            path = shutil.which(word) or ""
        real = os.path.realpath(path)
        if path and os.path.isfile(real) and any(real.startswith(f"{top}/") for top in tops):
            yield real


def _hooks(repo: str) -> str:
    """Where git looks for hooks that lie in the tree; empty where it is not to be told without asking git."""
    from gatekeeper.adapters.repos.bounds import Bounds, OutOfTime
    from gatekeeper.adapters.repos.git import ask

    with suppress(OSError, OutOfTime):
        (answer,) = ask(os.fsencode(repo), ("rev-parse", "--git-path", "hooks"), bounds=Bounds(5.0))
        if not answer.code:
            return os.path.join(repo, os.fsdecode(answer.out.rstrip(b"\n")))
    return ""


def _files(folder: str) -> list[str]:
    try:
        return sorted(name for name in os.listdir(folder) if os.path.isfile(os.path.join(folder, name)))
    except OSError:
        return []


def _mend(path: str, why: str) -> str:
    import shlex

    named = shlex.quote(os.path.relpath(path))
    return f"take it over: chown $USER {named}" if why.startswith("it belongs") else f"chmod go-w {named}"


def _owner(path: str) -> int:
    try:
        return os.stat(path).st_uid
    except OSError:
        return 0


@cache
def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"the user with id {number}"


@cache
def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return f"with id {number}"


@cache
def _alone(group: int, owner: int) -> bool:
    """Whether the group is one that the system made for its owner, and nobody was added to it."""
    try:
        found, user = grp.getgrgid(group), pwd.getpwuid(owner)
    except KeyError:
        return False
    return user.pw_gid == group and found.gr_name == user.pw_name and set(found.gr_mem) <= {user.pw_name}
