"""Owns keeping a run's execution log up to date on disk: when it is written, and where to if it cannot be."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from gatekeeper.adapters.executionlog.atomic import leads_out
from gatekeeper.adapters.executionlog.merge import Conflict, Merged, merge, new_document
from gatekeeper.adapters.executionlog.render import Overridden, render, title
from gatekeeper.adapters.executionlog.saving import difference, save
from gatekeeper.model.events import Entry, IncidentHappened, RoundFinished, RunFinished, RunStarted
from gatekeeper.model.help_events import RunResumed
from gatekeeper.model.incident import IncidentKind
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
        self._told_of_templates = False

    def receive(self, entry: Entry) -> None:
        """Take one entry; write where a person would look."""
        self._record.apply(entry)
        if isinstance(entry.event, RunStarted | RunResumed | RoundFinished | RunFinished) or (
            # It was told of while the text was being written, and belongs into it.
            self._told_of_templates and _is_conflict(entry)
        ):
            self.write()

    def write(self) -> str:
        """Write the log as the run stands; returns why the document could not be written, or nothing."""
        said = sections_of(self._record)
        conflict = self._save(self._path, said.sections)
        if said.problems and not self._told_of_templates:
            self._told_of_templates = True
            self._on_conflict(f"the built-in text stands in the execution log, because {'; '.join(said.problems)}")
        if not conflict:
            self.written_to = self._path
            return ""
        aside = self._write_aside(said.sections)
        if not self._told:
            self._told = True
            where = f"the text is in {aside}" if aside else "the text could not be written anywhere else either"
            self._on_conflict(f"the execution log {self._path} was left as it is: {conflict}; {where}")
        return conflict

    def _write_aside(self, sections: Mapping[str, str]) -> str:
        beside = sidecar(self._path)
        for path in (beside, os.path.join(self._run_folder, os.path.basename(beside))):
            if not self._save(path, sections):
                self.written_to = path
                return path
        return ""

    def _save(self, path: str, sections: Mapping[str, str]) -> str:
        started = self._record.started
        if started is not None and leads_out(path, (started.root, *(repo.path for repo in started.repos))):
            return f"it leads out of the tree, to {os.path.realpath(path)}"
        return save(path, lambda before: _merged(self._record, sections, before))


def sidecar(path: str) -> str:
    """Where the text goes when the document must stay as it is: ``<name>.gatekeeper.md`` beside it."""
    return f"{path.removesuffix('.md')}.gatekeeper.md"


def sections_of(record: RunRecord, templates: str = "") -> Overridden:
    """The sections as the run's templates have them, or those of the folder `templates`; and what failed of these."""
    built_in = render(record)
    folder = templates or (record.started.log_templates if record.started is not None else "")
    if record.started is None or not folder:
        return Overridden(built_in)
    from gatekeeper.adapters.executionlog.templates import override
    from gatekeeper.policy.log_facts import log_facts

    return override(built_in, log_facts(record, record.started), folder)


def whole_document(record: RunRecord, templates: str = "") -> bytes:
    """The log as a document of our own, with the run's templates or those of the folder `templates`."""
    return new_document(title(record), sections_of(record, templates).sections)


def is_current(record: RunRecord, path: str, remedy: str = "") -> str:
    """Why the document at `path` is not what its run's journal says, and `remedy`; or nothing where it is."""
    sections = sections_of(record).sections
    return difference(path, lambda before: _merged(record, sections, before), "it is not what the journal says", remedy)


def _merged(record: RunRecord, sections: Mapping[str, str], before: bytes | None) -> Merged | Conflict:
    if not before:
        return Merged(new_document(title(record), sections))
    return merge(before, sections)


def _is_conflict(entry: Entry) -> bool:
    return isinstance(entry.event, IncidentHappened) and entry.event.kind is IncidentKind.LOG_CONFLICT
