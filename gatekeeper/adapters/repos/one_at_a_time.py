"""Owns that worktrees of one repository are made and taken away one after the other. Knows no worktree.

git does not expect several of these at once: one sees another's half-written notes, and fails. The kernel's flock is
the lock, on the repository's own git directory itself, so that no file of ours is in it; it goes with its process.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from gatekeeper.adapters.repos.bounds import Bounds, OutOfTime

_LOOK_S = 0.02
_PATIENCE_S = 2.0


@contextmanager
def alone(git_directory: str, bounds: Bounds | None = None) -> Iterator[None]:
    """While the block runs nobody else is in one for this repository.

    Raises `OutOfTime` where that is not to be had within `bounds`, or within two seconds without any, which a run
    that is to end has in every case; `OSError` where it cannot be locked.
    """
    ends = time.monotonic() + _PATIENCE_S
    descriptor = os.open(git_directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        while not _locked(descriptor):
            if bounds is not None:
                bounds.check()
            elif time.monotonic() >= ends:
                raise OutOfTime(f"others made and removed worktrees for {_PATIENCE_S:g} s")
            time.sleep(_LOOK_S)
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
