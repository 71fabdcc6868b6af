"""Owns keeping a run's execution log up to date on disk: when it is written, and where to if it cannot be."""

from __future__ import annotations

import os
from collections.abc import Callable

from gatekeeper.adapters.executionlog.merge import Conflict, Merged, merge, new_document
from gatekeeper.adapters.executionlog.render import render, title
from gatekeeper.adapters.executionlog.saving import difference, save
from gatekeeper.model.events import Entry, RoundFinished, RunFinished, RunStarted
from gatekeeper.model.help_events import RunResumed
from gatekeeper.policy.fold import RunRecord


class ExecutionLogWriter:
    """Reads the event stream and writes the log at the start, after every round, and at the end.

    `path` is the document; `state_folder` is ``.gatekeeper``. Where the document cannot be merged into or written,
    it stays as it is, the text goes to ``<name>.gatekeeper.md`` beside it (or, if even that fails, into the run's
    folder), and `on_conflict` is told once, in words. `written_to` is where the newest text lies.
    """

    def __init__(
        self,
        run: str,
        path: str,
        state_folder: str,
        on_conflict: Callable[[str], None],
        record: RunRecord | None = None,
    ) -> None:
        self.written_to = path
        self._path = path
        self._run_folder = os.path.join(state_folder, "runs", run)
        self._on_conflict = on_conflict
        self._record = record or RunRecord(run)
        self._told = False

    def receive(self, entry: Entry) -> None:
        """Take one entry; write where a person would look."""
        self._record.apply(entry)
        if isinstance(entry.event, RunStarted | RunResumed | RoundFinished | RunFinished):
            self.write()

    def write(self) -> str:
        """Write the log as the run stands; returns why the document could not be written, or nothing."""
        conflict = write_log(self._record, self._path)
        if not conflict:
            self.written_to = self._path
            return ""
        aside = self._write_aside()
        if not self._told:
            self._told = True
            where = f"the text is in {aside}" if aside else "the text could not be written anywhere else either"
            self._on_conflict(f"the execution log {self._path} was left as it is: {conflict}; {where}")
        return conflict

    def _write_aside(self) -> str:
        beside = sidecar(self._path)
        for path in (beside, os.path.join(self._run_folder, os.path.basename(beside))):
            if not write_log(self._record, path):
                self.written_to = path
                return path
        return ""


def sidecar(path: str) -> str:
    """Where the text goes when the document must stay as it is: ``<name>.gatekeeper.md`` beside it."""
    return f"{path.removesuffix('.md')}.gatekeeper.md"


def whole_document(record: RunRecord) -> bytes:
    """The log as a document of our own."""
    return new_document(title(record), render(record))


def write_log(record: RunRecord, path: str) -> str:
    """Merge the log into the document at `path`, or make it; returns why that could not be, or nothing."""
    return save(path, lambda before: _merged(record, before))


def is_current(record: RunRecord, path: str) -> str:
    """Why the document at `path` is not what its run's journal says, or nothing where it is."""
    return difference(path, lambda before: _merged(record, before), "it is not what the journal says")


def _merged(record: RunRecord, before: bytes | None) -> Merged | Conflict:
    if not before:
        return Merged(whole_document(record))
    return merge(before, render(record))
