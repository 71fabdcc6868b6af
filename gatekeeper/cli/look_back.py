"""Owns finding the run that a command looks back at. Every command that looks closes dead runs first."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress

from gatekeeper.adapters.executionlog.writer import ExecutionLogWriter
from gatekeeper.adapters.journal.dead_runs import close_dead_runs
from gatekeeper.adapters.journal.reading import load
from gatekeeper.adapters.journal.runs import RunFolder, resolve_run
from gatekeeper.adapters.journal.writer import JournalWriter
from gatekeeper.cli.project import require_root, state_folder
from gatekeeper.engine.clock import SystemClock
from gatekeeper.model.errors import JournalError, LockHeld
from gatekeeper.model.events import IncidentHappened, RunStarted
from gatekeeper.model.incident import IncidentKind
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.fold import RunRecord


class PastRun(NamedTuple):
    """A run that was found: where it lies, what its journal says, and how it began."""

    state: str
    folder: RunFolder
    record: RunRecord
    started: RunStarted


def find_run(text: str) -> PastRun:
    """The run that `text` means (an id, its beginning or end, a cycle, ``latest``), in the project around here.

    Raises:
        UsageError: there is no project, or no such run.
        JournalError: its journal cannot be read, or holds nothing.
    """
    state = state_folder(require_root(os.getcwd()))
    close_dead(state, SystemClock().now)
    folder = resolve_run(state, text)
    record = load(folder.path)
    if record.started is None:
        raise JournalError(f"the journal of {folder.run} holds no beginning: the run ended before anything happened")
    return PastRun(state, folder, record, record.started)


def close_dead(state: str, now: Callable[[], str]) -> tuple[RunFolder, ...]:
    """Close the runs whose process died, in their journals and in their execution logs; returns them, newest first."""
    closed = close_dead_runs(state, now)
    for folder in closed:
        with suppress(JournalError, LockHeld):
            _close_log(state, folder, now)
    return closed


def _close_log(state: str, folder: RunFolder, now: Callable[[], str]) -> None:
    record = load(folder.path)
    # A later run may have written the same document since.
    if record.started is None or not is_about(record.started.log, folder.run):
        return
    conflicts: list[str] = []
    ExecutionLogWriter(folder.run, record.started.log, state, conflicts.append, record).write()
    for message in conflicts:
        with JournalWriter.reopen(folder.path, now) as journal:
            journal.append(IncidentHappened(IncidentKind.LOG_CONFLICT, message), sync=True)


def is_about(log: str, run: str) -> bool:
    """Whether the document tells of that run; also where nobody has written it yet."""
    try:
        with open(log, "rb") as document:
            return run.encode() in document.read()
    except FileNotFoundError:
        # It died before anything was written, and nobody has written it since.
        return True
    except OSError:
        return False
