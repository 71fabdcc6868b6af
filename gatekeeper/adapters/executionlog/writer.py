"""Owns keeping a run's execution log up to date on disk: when it is written, and where to if it cannot be."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Mapping

from gatekeeper.adapters.executionlog.atomic import leads_out
from gatekeeper.adapters.executionlog.merge import Conflict, Merged, merge, new_document
from gatekeeper.adapters.executionlog.render import Overridden, render, title
from gatekeeper.adapters.executionlog.saving import difference, save
from gatekeeper.model.events import Entry, IncidentHappened, RoundFinished, RunFinished, RunStarted
from gatekeeper.model.help_events import RunResumed
from gatekeeper.model.incident import IncidentKind
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.fold import RunRecord


class _Draft(NamedTuple):
    """What the journal says at one moment; what `templates` make of it, of these `facts`, takes longer to tell."""

    title: str
    sections: Mapping[str, str]
    facts: Mapping[str, object]
    templates: str


class _Written(NamedTuple):
    """What became of a draft: where it lies (empty: nowhere), and why not in the document or not by the templates."""

    where: str
    conflict: str = ""
    problems: tuple[str, ...] = ()


class ExecutionLogWriter:
    """Reads the event stream and writes the log at the start, after every round, and at the end.

    `path` is the document; `state_folder` is ``.gatekeeper``. Where the document cannot be merged into or written,
    it stays as it is, the text goes to ``<name>.gatekeeper.md`` beside it (or, if even that fails, into the run's
    folder), and `on_conflict` is told once, in words. `written_to` is where the newest text lies. Nobody waits for a
    project's own templates but the end of the run: until then what they say is written by a thread.
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
        self._newest: _Draft | None = None
        self._beside: threading.Thread | None = None
        self._done: deque[_Written | Exception] = deque()

    def receive(self, entry: Entry) -> None:
        """Take one entry; write where a person would look."""
        self._record.apply(entry)
        self.tell()
        if isinstance(entry.event, RunFinished):
            self.write()
        elif isinstance(entry.event, RunStarted | RunResumed | RoundFinished) or (
            # It was told of while the text was being written, and belongs into it.
            self._told_of_templates and _is_conflict(entry)
        ):
            draft = _draft(self._record)
            if self._told_of_templates:
                # They failed, maybe after a long time, and are tried once more: for the end.
                draft = draft._replace(templates="")
            if draft.templates or self.is_writing:
                self._write_beside(draft)
            else:
                self._tell(self._put(draft))

    def write(self) -> str:
        """Write the log as the run stands; returns why the document could not be written, or nothing."""
        self._newest = draft = _draft(self._record)
        self.wait()
        self.tell()
        return self._tell(self._put(draft))

    @property
    def is_writing(self) -> bool:
        """Whether something is being written beside us."""
        return self._beside is not None and self._beside.is_alive()

    def wait(self) -> None:
        """Until nothing is; may be called from any thread."""
        if self._beside is not None:
            self._beside.join()

    def _write_beside(self, draft: _Draft) -> None:
        """Write it in a thread, after what is written already; not at all once there is a newer one."""
        self._newest, before = draft, self._beside

        def work() -> None:
            if before is not None:
                before.join()
            if self._newest is draft:
                try:
                    self._done.append(self._put(draft))
                except Exception as fault:  # noqa: BLE001 - told where the events are read
                    self._done.append(fault)

        self._beside = threading.Thread(target=work, name="gatekeeper-log")
        self._beside.start()

    def tell(self) -> None:
        """Say what went wrong with what was written beside us."""
        while self._done:
            done = self._done.popleft()
            if isinstance(done, Exception):
                raise done
            self._tell(done)

    def _put(self, draft: _Draft) -> _Written:
        said = _overridden(draft)
        conflict = self._save(self._path, draft.title, said.sections)
        where = self._put_aside(draft.title, said.sections) if conflict else self._path
        return _Written(where, conflict, said.problems)

    def _put_aside(self, name: str, sections: Mapping[str, str]) -> str:
        beside = sidecar(self._path)
        for path in (beside, os.path.join(self._run_folder, os.path.basename(beside))):
            if not self._save(path, name, sections):
                return path
        return ""

    def _save(self, path: str, name: str, sections: Mapping[str, str]) -> str:
        started = self._record.started
        if started is not None and leads_out(path, (started.root, *(repo.path for repo in started.repos))):
            return f"it leads out of the tree, to {os.path.realpath(path)}"
        return save(path, lambda before: _merged(name, sections, before))

    def _tell(self, written: _Written) -> str:
        """Say what went wrong, once; returns why the document could not be written."""
        where, conflict, problems = written
        self.written_to = where or self.written_to
        if problems and not self._told_of_templates:
            self._told_of_templates = True
            self._on_conflict(f"the built-in text stands in the execution log, because {'; '.join(problems)}")
        if conflict and not self._told:
            self._told = True
            aside = f"the text is in {where}" if where else "the text could not be written anywhere else either"
            self._on_conflict(f"the execution log {self._path} was left as it is: {conflict}; {aside}")
        return conflict


def sidecar(path: str) -> str:
    """Where the text goes when the document must stay as it is: ``<name>.gatekeeper.md`` beside it."""
    return f"{path.removesuffix('.md')}.gatekeeper.md"


def sections_of(record: RunRecord, templates: str = "") -> Overridden:
    """The sections as the run's templates have them, or those of the folder `templates`; and what failed of these."""
    return _overridden(_draft(record, templates))


def _draft(record: RunRecord, templates: str = "") -> _Draft:
    started = record.started
    folder = templates or (started.log_templates if started is not None else "")
    if started is None or not folder:
        return _Draft(title(record), render(record), {}, "")
    from gatekeeper.policy.run_facts import run_facts

    return _Draft(title(record), render(record), run_facts(record, started), folder)


def _overridden(draft: _Draft) -> Overridden:
    if not draft.templates:
        return Overridden(draft.sections)
    from gatekeeper.adapters.executionlog.templates import override

    return override(draft.sections, draft.facts, draft.templates)


def whole_document(record: RunRecord, templates: str = "") -> bytes:
    """The log as a document of our own, with the run's templates or those of the folder `templates`."""
    return new_document(title(record), sections_of(record, templates).sections)


def is_current(record: RunRecord, path: str, remedy: str = "") -> str:
    """Why the document at `path` is not what its run's journal says, and `remedy`; or nothing where it is."""
    name, sections = title(record), sections_of(record).sections
    return difference(path, lambda before: _merged(name, sections, before), "it is not what the journal says", remedy)


def _merged(name: str, sections: Mapping[str, str], before: bytes | None) -> Merged | Conflict:
    if not before:
        return Merged(new_document(name, sections))
    return merge(before, sections)


def _is_conflict(entry: Entry) -> bool:
    return isinstance(entry.event, IncidentHappened) and entry.event.kind is IncidentKind.LOG_CONFLICT
