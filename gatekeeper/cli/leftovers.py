"""Owns telling live runs from dead ones, and finishing what the dead ones left: processes, cgroups, open journals."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Callable

from gatekeeper.model.errors import EnvironmentFault

_OPEN = "open"
_SUFFIX = ".jsonl"
WORKTREES = "worktrees"
"""Where scratch worktrees lie, in the state folder."""


class OpenRun:
    """Marks a run as open while its process lives: the ledger's file, locked. The kernel unlocks for the dead."""

    def __init__(self, state: str, run: str) -> None:
        """Raises `EnvironmentFault` where the mark cannot be made."""
        self.ledger = os.path.join(state, _OPEN, run + _SUFFIX)
        try:
            os.makedirs(os.path.dirname(self.ledger), mode=0o700, exist_ok=True)
            self._descriptor = _locked(self.ledger)
        except OSError as fault:
            raise EnvironmentFault(
                f"cannot mark the run as open: {self.ledger}: {fault.strerror}. Without the mark nobody could finish "
                "what it leaves when it is killed."
            ) from fault

    def close(self) -> None:
        """Say that the run is over. What its guard could not see gone stays written down for `reap`."""
        from gatekeeper.adapters.guard.ledger import is_closed

        if is_closed(self.ledger):
            # A step may have removed it, with the whole folder: `git clean -fdx` does.
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.ledger)
        os.close(self._descriptor)


def _locked(path: str) -> int:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return descriptor
        # Somebody who tidies up came between opening and locking, and took it for a dead run's.
        os.close(descriptor)


def tidy(state: str, now: Callable[[], str]) -> tuple[str, ...]:
    """Finish what dead runs left; returns a line for each thing found. Cheap where all is well."""
    found: list[str] = []
    try:
        names = sorted(os.listdir(os.path.join(state, _OPEN)))
    except OSError:
        names = []
    for name in names:
        path = os.path.join(state, _OPEN, name)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _of_another_version(path):
                found.append(f"left alone, to be finished by the version of gatekeeper that wrote it: {path}")
                continue
            found += _finish(path)
            if not _left_here(path):
                os.unlink(path)
        except BlockingIOError:
            pass  # its process lives
        finally:
            os.close(descriptor)
    if names:
        from gatekeeper.cli.look_back import close_dead

        found += [f"closed as aborted: {run.run}, whose process died" for run in close_dead(state, now)]
        from gatekeeper.adapters.repos.spare_index import tidy as tidy_indexes

        tidy_indexes()
    # After the processes that may still have worked in them.
    worktrees = os.path.join(state, WORKTREES)
    try:
        left = len(os.listdir(worktrees)) > 1  # its .gitignore is always there
    except OSError:
        left = False
    if left:
        from gatekeeper.adapters.repos.scratch import tidy as tidy_worktrees

        found += [f"removed the scratch worktree {worktree}" for worktree in tidy_worktrees(worktrees)]
    return tuple(found)


def open_runs(state: str) -> frozenset[str]:
    """The runs that have not said that they are over; after `tidy` those whose process lives."""
    try:
        names = os.listdir(os.path.join(state, _OPEN))
    except OSError:
        return frozenset()
    return frozenset(name.removesuffix(_SUFFIX) for name in names)


def _of_another_version(path: str) -> bool:
    from gatekeeper.adapters.guard.ledger import other_format

    return other_format(path)


def _left_here(path: str) -> bool:
    """Whether something that was started since the last boot may still be there."""
    from gatekeeper.adapters.guard.ledger import unfinished
    from gatekeeper.adapters.guard.system.identity import boot_id

    return any(start.owner.boot == boot_id() for start in unfinished(path))


def _finish(ledger: str) -> list[str]:
    from gatekeeper.adapters.guard.choice import reap

    run = os.path.basename(ledger).removesuffix(_SUFFIX)
    return [f"ended what {run} left: {reaped}" for reaped in reap(ledger)]
