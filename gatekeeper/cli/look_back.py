"""Owns finding the run that a command looks back at. Every command that looks closes dead runs first."""

import os
from typing import NamedTuple

from gatekeeper.adapters.journal.dead_runs import close_dead_runs
from gatekeeper.adapters.journal.reading import load
from gatekeeper.adapters.journal.runs import RunFolder, resolve_run
from gatekeeper.cli.project import require_root, state_folder
from gatekeeper.engine.clock import SystemClock
from gatekeeper.model.errors import JournalError
from gatekeeper.model.events import RunStarted
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
    close_dead_runs(state, SystemClock().now)
    folder = resolve_run(state, text)
    record = load(folder.path)
    if record.started is None:
        raise JournalError(f"the journal of {folder.run} holds no beginning: the run ended before anything happened")
    return PastRun(state, folder, record, record.started)
