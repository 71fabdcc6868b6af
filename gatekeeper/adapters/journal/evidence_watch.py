"""Owns seeing that a run's own evidence still is what was written: journal, outputs, kept reports. Mends nothing."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator

from gatekeeper.adapters.journal.unheld import unheld
from gatekeeper.adapters.journal.writer import NAME
from gatekeeper.model.events import Entry, StepFinished
from gatekeeper.model.help_events import FixerFinished, FixerStarted, MitigationFinished
from gatekeeper.model.integrity import IntegrityChange
from gatekeeper.model.service_events import ServiceEnded

_NAMED = 20


class EvidenceWatch:
    """A reader of the event stream that remembers every digest, and looks once more when asked."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._lines: list[str] = []
        self._files: dict[str, str] = {}

    def receive(self, entry: Entry) -> None:
        """Take one entry in."""
        self._lines.append(entry.digest)
        match entry.event:
            case StepFinished() as event:
                self._remember(event.output, event.output_digest)
                for artifact in (*event.artifacts, *event.reports):
                    self._remember(artifact.kept, artifact.digest)
            case FixerStarted() as event:
                self._remember(event.brief_file, event.brief)
            case FixerFinished() | MitigationFinished() as event:
                self._remember(event.output, event.output_digest)
            case ServiceEnded() as event:
                self._remember(event.output, event.output_digest)
            case _:
                pass

    def altered(self) -> tuple[IntegrityChange, ...]:
        """What is not as this run wrote it; may take as long as reading all of it does.

        It is about what was received until now: entries may go on coming in while a thread reads.
        """
        lines, files = tuple(self._lines), dict(self._files)
        found = [*self._journal(lines), *self._kept(files)]
        return tuple(
            IntegrityChange(path, "evidence", "weakening", (f"evidence-altered: {why}",))
            for path, why in found[:_NAMED]
        )

    def _remember(self, path: str | None, digest: str | None) -> None:
        if path and digest:
            self._files[path] = digest

    def _journal(self, lines: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        path = os.path.join(self._folder, NAME)
        try:
            with open(path, "rb", opener=unheld) as journal:
                number = 0
                for number, (digest, line) in enumerate(zip(lines, journal, strict=False), 1):
                    found = hashlib.sha256(line.removesuffix(b"\n")).hexdigest()
                    if f"sha256:{found}" != digest:
                        yield path, f"line {number} is not what this run wrote"
                        return
                if gone := len(lines) - number:
                    yield path, f"{gone} line{'s' if gone > 1 else ''} of it {'are' if gone > 1 else 'is'} gone"
        except OSError as fault:
            yield path, f"it cannot be read any more: {fault.strerror}"

    def _kept(self, files: dict[str, str]) -> Iterator[tuple[str, str]]:
        for name, digest in files.items():
            path = os.path.join(self._folder, name)
            try:
                with open(path, "rb", opener=unheld) as file:
                    if f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}" != digest:
                        yield path, "it is not what this run wrote"
            except FileNotFoundError:
                yield path, "it is gone"
            except OSError as fault:
                yield path, f"it cannot be read any more: {fault.strerror}"
