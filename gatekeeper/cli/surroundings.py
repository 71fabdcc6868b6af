"""Owns what a verdict depends on beside the tree: programs, installed dependencies, values. Runs nothing."""

from __future__ import annotations

import glob
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping

from gatekeeper.cli.opening import Bound, configuration
from gatekeeper.cli.tops import top_of
from gatekeeper.model.plan import Plan, Step
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.binding import UnboundReference, fill
from gatekeeper.policy.describe import command_line

_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")
_MOST_WORDS = 2000
_INSTALLED = (
    "node_modules/.package-lock.json",
    "node_modules/.yarn-integrity",
    "node_modules/.modules.yaml",
    ".venv/pyvenv.cfg",
    "venv/pyvenv.cfg",
    "vendor/composer/installed.json",
)
"""What installers write last into a folder that git ignores."""
_PACKAGES = (".venv/lib/python*/site-packages", "venv/lib/python*/site-packages")
"""Folders whose own times change with each package that comes, goes or is replaced in them."""


class Surroundings(NamedTuple):
    """`digest` is of all of it; `files` are those whose size and times it holds, `variables` those whose values.

    `words` are the names that were looked for on PATH.
    """

    digest: str
    files: tuple[str, ...]
    variables: tuple[str, ...]
    words: tuple[str, ...] = ()


def surroundings_of(plan: Plan, bound: Bound, environ: Mapping[str, str], branches: Mapping[str, str]) -> Surroundings:
    """What the steps of a plan would find here, now. A program is known by its place, size and times.

    `branches` are those that the repos are on; they count where a step's condition asks for one.
    """
    folders = tuple(os.path.realpath(repo.path) for repo in bound.repos)
    words = _words(plan, bound)
    programs = _programs(words, environ.get("PATH", os.defpath), tuple(top_of(each) or each for each in folders))
    installed = tuple(place for folder in folders for place in _installed(folder))
    conditions = [step.condition for step in _steps(plan) if step.condition is not None]
    asked = {name for condition in conditions for name, _ in condition.env}
    seen = {name for step in _steps(plan) for name in step.inherit or () if not name.endswith("*")}
    variables = tuple(sorted({*plan.environment, *plan.defaulted, *plan.secrets, *asked, *seen}))
    on = sorted(branches.items()) if asks_for_branch(plan) else []
    # Ports are another run's, and say nothing of what is judged.
    values = [pair for pair in configuration(bound.context) if not pair[0].startswith("port ")]
    machine = os.uname()
    told = (
        (machine.sysname, machine.machine),
        values,
        on,
        [(name, environ.get(name)) for name in variables],
        [(path, _identity(path)) for path in (*programs, *installed)],
    )
    digest = hashlib.sha256(json.dumps(told, ensure_ascii=True).encode("utf-8", "backslashreplace")).hexdigest()
    return Surroundings(f"sha256:{digest}", (*programs, *installed), variables, words)


def asks_for_branch(plan: Plan) -> bool:
    """Whether what is run of a plan depends on the branches that its repos are on."""
    return any(step.condition is not None and step.condition.branch for step in _steps(plan))


def _words(plan: Plan, bound: Bound) -> tuple[str, ...]:
    """Whatever may name a program in a command: which word of a shell line does is for the shell to say."""
    words: dict[str, None] = {"bash": None, "sh": None}
    for step in _steps(plan):
        try:
            line = fill(command_line(step.work) or "", bound.context)
        except UnboundReference:
            line = command_line(step.work) or ""
        words |= dict.fromkeys(_WORD.findall(line))
    return tuple(words)[:_MOST_WORDS]


def _programs(words: Iterable[str], path: str, tops: Iterable[str]) -> tuple[str, ...]:
    """The programs on PATH among `words`."""
    found = {shutil.which(word, path=path) for word in words}
    inside = tuple(f"{top}/" for top in tops)
    # What lies in a repo is in the tree, or was installed there.
    return tuple(sorted(each for each in found if each and not os.path.realpath(each).startswith(inside)))


def _installed(folder: str) -> Iterator[str]:
    yield from (os.path.join(folder, name) for name in _INSTALLED)
    for pattern in _PACKAGES:
        yield from sorted(glob.glob(os.path.join(glob.escape(folder), pattern)))


def _steps(plan: Plan) -> Iterator[Step]:
    yield from (step for gate in plan.gates for step in gate.steps)
    yield from plan.teardown


def _identity(path: str) -> tuple[str, int, int] | None:
    try:
        seen = os.stat(path)
    except OSError:
        return None
    return os.path.realpath(path), seen.st_size, seen.st_mtime_ns
