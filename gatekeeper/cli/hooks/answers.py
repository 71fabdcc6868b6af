"""Owns what an installed hook may answer by itself next time: for which commits, and what that depends on.

It is kept only where all that the slow way would look at again can be looked at without git and without the definition.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from datetime import datetime

import gatekeeper
from gatekeeper.adapters.hooks.answer import gatekeeper_answer
from gatekeeper.adapters.hooks.answers import Grounds, Kept, facts_of, keep_answer
from gatekeeper.adapters.hooks.pushes import line_of
from gatekeeper.adapters.verdicts.keeping import place_of
from gatekeeper.cli.hooks.desk import Desk
from gatekeeper.cli.judged_trees import Known
from gatekeeper.cli.tops import top_of
from gatekeeper.model.push import Push
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.tree_verdict import TreeVerdict
from gatekeeper.policy.pushes import RefUpdate, without_password
from gatekeeper.policy.tree_verdicts import Green

_HOOK = "pre-push"


class Answered(NamedTuple):
    """One ref whose commit was found green. `known` is what was known of it first; `left` what is left to CI."""

    update: RefUpdate
    commit: str
    cycle: str
    left: str
    known: Known


def keep_answers(desk: Desk, words: list[str], answered: list[Answered], log: str) -> None:
    """Keep what may be answered without us. Does nothing where we were not called by an installed hook."""
    if desk.project is None or desk.judge_by or not words:
        return  # a ref that judges may move
    for each in answered:
        grounds = _grounds(desk, each.known)
        facts = facts_of(grounds) if grounds is not None else None
        if facts is None:
            continue
        # Asked after the facts were taken: what changes from now on, whoever compares them will see.
        known, update = desk.look_up(each.cycle, each.commit, each.update.branch), each.update
        standing = known.answer.standing
        if not isinstance(standing, Green) or (known.subject, known.around) != (each.known.subject, each.known.around):
            continue
        began = datetime.fromisoformat(standing.found.time).timestamp()
        kept = Kept(
            asked=(_HOOK, desk.cycle, desk.judge_by, words[0]),
            ref=update.ref,
            oid=update.new,
            since=math.ceil(began),
            until=math.floor(began + known.answer.reuse_s),
            told=_told(each, standing.found),
            log=log,
            line=_line(each, standing.found, words[0]),
        )
        keep_answer(desk.root, kept, facts)


def _told(each: Answered, found: TreeVerdict) -> str:
    named = f"{each.update.branch or each.update.ref} ({each.commit[:12]})"
    left = f"{named}: {each.left}; it" if each.left else named
    return f"gatekeeper: {left} is {found.verdict} already, by {found.run}"


def _line(each: Answered, found: TreeVerdict, remote: str) -> bytes:
    push = Push(
        time="",
        remote=without_password(remote),
        ref=each.update.ref,
        old="",
        new=each.update.new,
        commit=each.commit,
        cycle=each.cycle,
        verdict=found.verdict,
        run=found.run,
        reused=True,
    )
    # An installed hook writes the first two itself: they are what it alone knows.
    return line_of(push).rstrip(b"\n").split(b", ", 2)[2]


def _grounds(desk: Desk, known: Known) -> Grounds | None:
    """All that the answer depends on; None where something of it cannot be looked at so simply."""
    path, around = desk.given.path or os.defpath, known.around
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    relative = not all(os.path.isabs(folder) for folder in folders)
    outside = len(known.inside) < len(known.bound.repos)
    # A hook has git's own variables, and we have left them behind.
    if relative or outside or any(name.startswith("GIT_") for name in around.variables):
        return None
    repos = tuple(repo.path for repo in known.bound.repos)
    variables = [(name, os.environ.get(name)) for name in (*around.variables, "HOME") if name != "PATH"]
    return Grounds(
        real=(os.path.relpath(desk.root), *repos, *around.files),
        files=(
            gatekeeper.__file__,
            gatekeeper_answer.__file__,
            *around.files,
            *folders,
            *_passed_over(around.words, folders),
            *(place for repo in repos for place in _repositories_between(repo, desk.root)),
        ),
        fresh=(place_of(desk.state, known.subject),),
        variables=(*variables, ("PATH", path if desk.given.path is not None else None)),
    )


def _passed_over(words: tuple[str, ...], folders: list[str]) -> Iterator[str]:
    """Files on PATH of a program's name that are no programs: whoever makes one executable puts it in the way."""
    for folder in folders:
        try:
            names = set(os.listdir(folder))
        except OSError:
            # What cannot be listed may be entered all the same.
            names = set(words) if os.path.isdir(folder) else set()
        for word in names.intersection(words):
            place = os.path.join(folder, word)
            if not os.access(place, os.X_OK) or not os.path.isfile(place):
                yield place


def _repositories_between(repo: str, root: str) -> Iterator[str]:
    """Where a repository could come to lie that `repo` would belong to then, and does not now."""
    top, folder = top_of(os.path.realpath(root)), os.path.realpath(repo)
    while folder != top and folder != os.path.dirname(folder):
        yield os.path.join(folder, ".git")
        folder = os.path.dirname(folder)
