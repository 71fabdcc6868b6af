"""Owns telling which commits a repo has that it had not, and what they touch."""

from __future__ import annotations

import os

from gatekeeper.adapters.repos.bounds import Bounds
from gatekeeper.adapters.repos.questions import CannotKeep, asked
from gatekeeper.adapters.repos.status import shown
from gatekeeper.policy.settling import Commit

_MOST = 200


def commits_since(folder: str, before: str, now: str, bounds: Bounds) -> tuple[Commit, ...]:
    """The commits that `now` reaches and `before` does not, newest first, 200 at most; `files` are seen from `folder`.

    `before` is empty where there was no commit. Raises `CannotKeep` where git cannot tell.
    """
    if not now or before == now:
        return ()
    question = (
        *(
            "log",
            f"--max-count={_MOST}",
            "--no-show-signature",
            "--no-renames",
            "-m",
            "--relative",
            "--name-only",
            "-z",
        ),
        *("--format=%x01%H %s", now, *((f"^{before}",) if before else ()), "--"),
    )
    answer = asked(folder, question, bounds)
    if answer.code:
        raise CannotKeep(f"git cannot tell what was committed since {before[:12]}: {answer.why}")
    found: dict[str, Commit] = {}
    for record in answer.out.split(b"\x01")[1:]:
        head, *names = record.split(b"\0")
        commit, _, subject = os.fsdecode(head).partition(" ")
        files = tuple(shown(name.removeprefix(b"\n")) for name in names if name.strip(b"\n"))
        # A merge is told of once for each of its parents.
        former = found.get(commit, Commit(commit, subject, ()))
        found[commit] = former._replace(files=tuple(dict.fromkeys((*former.files, *files))))
    return tuple(found.values())
