"""Owns the one event stream: journal first, then every reader. Knows no event in particular."""

from __future__ import annotations

from collections import deque

from gatekeeper.engine.ports import Journal, Reader
from gatekeeper.model.errors import JournalError
from gatekeeper.model.events import Entry, Event, IncidentHappened, RunFinished, StepFinished
from gatekeeper.model.incident import IncidentKind

_SYNCED = (StepFinished, RunFinished)


class EventStream:
    """Publishes events, and counts incidents by kind.

    A journal that fails stops the run; a reader that fails is told once and left out. Every reader sees every event
    in the order of the journal, also where a reader itself has something to say.
    """

    def __init__(self, journal: Journal, readers: tuple[Reader, ...]) -> None:
        self._journal = journal
        self._readers = list(readers)
        self._unseen: deque[Entry] = deque()
        self._showing = False
        self.incidents: dict[str, int] = {}

    def publish(self, event: Event) -> None:
        """Write `event`, then show it to every reader. Raises `JournalError`."""
        if isinstance(event, IncidentHappened):
            self.incidents[event.kind.value] = self.incidents.get(event.kind.value, 0) + 1
        entry = self._journal.append(event, sync=isinstance(event, _SYNCED))
        self._unseen.append(entry)
        if self._showing:
            # Said by a reader, or about one, while an earlier event is still being shown: that one comes first.
            return
        self._showing = True
        try:
            while self._unseen:
                self._show(self._unseen.popleft())
        finally:
            self._showing = False

    def _show(self, entry: Entry) -> None:
        for reader in tuple(self._readers):
            try:
                reader.receive(entry)
            except JournalError:
                raise
            except Exception as fault:  # noqa: BLE001 - a reader of any kind must not be able to change a verdict
                self._readers = [other for other in self._readers if other is not reader]
                message = f"{type(reader).__name__} stopped reading: {fault!r}"
                self.publish(IncidentHappened(IncidentKind.INTERNAL, message))
