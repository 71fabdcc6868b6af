"""Owns closing the journals of runs whose process died, as `aborted`. Ends no process: that is the guard's."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
from collections.abc import Callable

from gatekeeper.adapters.journal.reading import load
from gatekeeper.adapters.journal.runs import RunFolder, list_runs, run_end
from gatekeeper.adapters.journal.writer import JournalWriter
from gatekeeper.model.errors import JournalError, LockHeld
from gatekeeper.model.events import RunStarted
from gatekeeper.model.verdict import RunVerdict
from gatekeeper.policy.summary import closing_of_dead

WHY = "the run's process died before it could close its journal"
"""The `reason` of a run that is closed by others."""


def process_is_there(started: RunStarted) -> bool:
    """Whether a process with the run's id lives; on another machine nobody here can tell, so it counts as alive."""
    if started.host not in {"", socket.gethostname()}:
        return True
    try:
        os.kill(started.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return started.pid > 0


def close_dead_runs(
    state: str, now: Callable[[], str], alive: Callable[[RunStarted], bool] = process_is_there
) -> tuple[RunFolder, ...]:
    """Close every run that nobody closed and whose process is gone; returns those that were closed, newest first.

    The lock that a live run holds on its journal decides. `alive` is asked only where the file system has no locks.
    What cannot be closed, because its journal is broken or not ours to write, is left as it is.
    """
    return tuple(run for run in list_runs(state) if not run_end(run).verdict and _close(run, now, alive))


def _close(run: RunFolder, now: Callable[[], str], alive: Callable[[RunStarted], bool]) -> bool:
    # What a link leads to is no run of this project, and nobody's to close from here.
    if os.path.islink(run.path):
        return False
    try:
        # An empty journal is one that is being created at this moment, or one of a run in which nothing happened.
        if not os.path.getsize(run.journal) or not _is_dead(run, alive):
            return False
        with JournalWriter.reopen(run.path, now) as journal:
            # Somebody else may have closed it since.
            if run_end(run).verdict:
                return False
            journal.append(closing_of_dead(load(run.path), RunVerdict.ABORTED, WHY), sync=True)
    except (OSError, LockHeld, JournalError):
        return False
    return True


def _is_dead(run: RunFolder, alive: Callable[[RunStarted], bool]) -> bool:
    descriptor = os.open(run.journal, os.O_RDWR | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as fault:
        if fault.errno not in {errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS}:
            raise
        started = load(run.path).started
        return started is not None and not alive(started)
    finally:
        os.close(descriptor)
    return True
