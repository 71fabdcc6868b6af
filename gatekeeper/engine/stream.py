"""Owns the one event stream: journal first, then every reader. Knows no event in particular."""

from __future__ import annotations

from gatekeeper.engine.ports import Journal, Reader
from gatekeeper.model.events import Event, IncidentHappened, RunFinished, StepFinished
from gatekeeper.model.incident import IncidentKind

_SYNCED = (StepFinished, RunFinished)


class EventStream:
    """Publishes events, and counts incidents by kind.

    A journal that fails stops the run; a reader that fails is told once and left out.
    """

    def __init__(self, journal: Journal, readers: tuple[Reader, ...]) -> None:
        self._journal = journal
        self._readers = list(readers)
        self.incidents: dict[str, int] = {}

    def publish(self, event: Event) -> None:
        """Write `event`, then show it to every reader. Raises `JournalError`."""
        if isinstance(event, IncidentHappened):
            self.incidents[event.kind.value] = self.incidents.get(event.kind.value, 0) + 1
        entry = self._journal.append(event, sync=isinstance(event, _SYNCED))
        for reader in tuple(self._readers):
            try:
                reader.receive(entry)
            except Exception as fault:  # noqa: BLE001 - a reader of any kind must not be able to change a verdict
                self._readers.remove(reader)
                self.publish(
                    IncidentHappened(IncidentKind.INTERNAL, f"{type(reader).__name__} stopped reading: {fault!r}")
                )
