"""Owns making a scratch worktree hold what a working tree holds, and a change of it, and taking that back.

git says what differs from the commit; it is copied file by file. Of the working tree nothing is written, and its
index and its objects stay as they are. What git ignores is not carried.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress

from gatekeeper.adapters.repos.bounds import Bounds, OutOfTime
from gatekeeper.adapters.repos.content import ABSENT
from gatekeeper.adapters.repos.git import Answer, ask
from gatekeeper.adapters.repos.leaveout import leave_out as left_out
from gatekeeper.adapters.repos.worktree import NotReadable, read_worktree
from gatekeeper.model.errors import EnvironmentFault

WITHIN_S = 300.0


def carry(top: str, into: str, leave_out: tuple[str, ...], bounds: Bounds | None = None) -> None:
    """Make the worktree at `into` hold what the working tree at `top` holds beyond its commit.

    `leave_out` are absolute paths or globs that do not count. `bounds` stop it early.

    Raises:
        EnvironmentFault: it could not be read, or copied.
    """
    bounds = bounds or Bounds(WITHIN_S)
    try:
        found = read_worktree(os.fsencode(os.path.realpath(top)), left_out(leave_out), bounds)
        if found.problems:
            raise EnvironmentFault(f"{top} cannot be read whole: {found.problems[0]}")
        for path, line in found.files.items():
            bounds.check()
            _carry_one(os.path.join(os.fsencode(top), path), os.path.join(os.fsencode(into), path), line)
    except (NotReadable, OutOfTime, OSError) as fault:
        raise EnvironmentFault(f"what {top} holds could not be brought into a scratch worktree: {fault}") from None


def take_back(into: str, commit: str) -> None:
    """Make the worktree at `into` hold its commit again, and nothing beside it but what git ignores.

    Raises:
        EnvironmentFault: git could not do it.
    """
    for question in (("reset", "--quiet", "--hard", commit), ("clean", "-ffdq")):
        answer = _ask(into, question)
        if answer.code:
            raise EnvironmentFault(f"the scratch worktree {into} could not be set back: {answer.why}")


def apply_patch(top: str, folder: str, patch: str) -> str:
    """Apply the patch file to the worktree at `top`; returns why that cannot be, or nothing.

    The paths in it begin at `folder`, which lies in the worktree, or else at its top.
    """
    below = os.path.relpath(folder, top)
    why = ""
    for place in dict.fromkeys((below, ".")):
        directory = () if place == "." else (f"--directory={place}",)
        answer = _ask(top, ("apply", "--whitespace=nowarn", *directory, "--", patch))
        if not answer.code:
            return ""
        why = why or answer.why
    return why


def _ask(folder: str, question: tuple[str, ...]) -> Answer:
    try:
        (answer,) = ask(os.fsencode(folder), ("-c", "core.hooksPath=/dev/null", *question), bounds=Bounds(WITHIN_S))
    except (OutOfTime, OSError) as fault:
        raise EnvironmentFault(f"git cannot work in {folder}: {fault}") from None
    return answer


def _carry_one(source: bytes, target: bytes, line: str) -> None:
    if os.path.isdir(target) and not os.path.islink(target):
        shutil.rmtree(target)
    else:
        with suppress(FileNotFoundError, NotADirectoryError):
            os.unlink(target)
    if line == ABSENT:
        return
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.isdir(source) and not os.path.islink(source):
        shutil.copytree(os.fsdecode(source), os.fsdecode(target), symlinks=True)
    else:
        shutil.copy2(source, target, follow_symlinks=False)
