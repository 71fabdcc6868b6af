"""Owns which files of a run's folder its journal names, and what it says they hold. Knows no file system."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gatekeeper.model.events import Event, StepFinished
from gatekeeper.model.evidence_events import BaselineMeasured, RerunFinished
from gatekeeper.model.help_events import FixerFinished, FixerStarted, MitigationFinished
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.service_events import ServiceEnded
from gatekeeper.model.verification import Contradiction, NamedFile


class Named(NamedTuple):
    """The files, each once, in the order in which they are named first, and what the journal says that cannot be."""

    files: tuple[NamedFile, ...]
    contradictions: tuple[Contradiction, ...]


def named_files(events: Iterable[tuple[int, Event]]) -> Named:
    """The files that `events`, with their lines, name.

    What is named has been written to its end, so that two digests of one file contradict one another.
    """
    found: dict[str, NamedFile] = {}
    problems: list[Contradiction] = []
    for line, event in events:
        for file in _files_of(line, event):
            before = found.setdefault(file.path, file)
            if before.digest != file.digest:
                problems.append(Contradiction(line, f"{file.path} has another digest here than in line {before.line}"))
    return Named(tuple(found.values()), tuple(problems))


def _files_of(line: int, event: Event) -> Iterator[NamedFile]:
    match event:
        case StepFinished():
            if event.output is not None:
                yield NamedFile(event.output, event.output_digest or "", line, event.output_size)
            for copy in (*event.reports, *event.coverage_files, *event.metric_files, *event.artifacts):
                if copy.kept:
                    yield NamedFile(copy.kept, copy.digest, line, copy.size or None)
            if event.dossier is not None:
                yield NamedFile(event.dossier, event.dossier_digest or "", line)
        case RerunFinished() | BaselineMeasured():
            if event.output is not None:
                yield NamedFile(event.output, event.output_digest or "", line)
            yield from (NamedFile(copy.kept, copy.digest, line) for copy in event.reports if copy.kept)
        case FixerStarted(brief=str(digest), brief_file=str(brief)) if brief:
            yield NamedFile(brief, digest, line)
        case FixerFinished(output=str(output)) | MitigationFinished(output=str(output)):
            yield NamedFile(output, event.output_digest or "", line)
        case ServiceEnded(output=str(output)):
            yield NamedFile(output, event.output_digest or "", line)
        case _:
            pass
