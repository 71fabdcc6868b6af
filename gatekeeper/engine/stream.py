"""Owns the one event stream: journal first, then every reader. Knows no event in particular."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable

import anyio
import anyio.lowlevel
from anyio import TASK_STATUS_IGNORED
from anyio.abc import TaskStatus

from gatekeeper.engine.ports import Journal, Reader
from gatekeeper.model.errors import JournalError
from gatekeeper.model.events import Entry, Event, IncidentHappened, RunFinished, StepFinished
from gatekeeper.model.help_events import FixerStarted, MitigationStarted
from gatekeeper.model.incident import IncidentKind

_SYNCED = (StepFinished, FixerStarted, MitigationStarted, RunFinished)

# What an event is about (a spawn, most often) goes first; whoever shows it can wait a moment.
_PATIENCE_S = 0.008


class EventStream:
    """Publishes events, and counts incidents by kind.

    A journal that fails stops the run; a reader that fails is told once and left out. Every reader sees every event
    in the order of the journal, also where a reader itself has something to say. `settling` waits for readers that do
    their work beside us.
    """

    def __init__(
        self, journal: Journal, readers: tuple[Reader, ...], settling: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        self._journal = journal
        self._readers = list(readers)
        self._settling = settling
        self._unseen: deque[Entry] = deque()
        self._showing = False
        self._arrived: anyio.Event | None = None
        self._followers: list[Callable[[Event], None]] = []
        self.incidents: dict[str, int] = {}

    def follow(self, follower: Callable[[Event], None]) -> None:
        """Hand every event, as it stands in the journal, to `follower` before anybody acts on it."""
        self._followers.append(follower)

    def count(self, event: Event) -> None:
        """Count what was published before this stream began, in the same run."""
        if isinstance(event, IncidentHappened):
            self.incidents[event.kind.value] = self.incidents.get(event.kind.value, 0) + 1

    def publish(self, event: Event) -> None:
        """Write `event`, then show it to every reader: now, or soon while `deliver` runs. Raises `JournalError`."""
        self.count(event)
        entry = self._journal.append(event, sync=isinstance(event, _SYNCED))
        for follower in self._followers:
            follower(entry.event)
        self._unseen.append(entry)
        if self._arrived is None:
            self._show_unseen()
        else:
            self._arrived.set()

    async def deliver(self, *, task_status: TaskStatus[None] = TASK_STATUS_IGNORED) -> None:
        """Show events beside what else goes on, until cancelled; then everything has been shown."""
        self._arrived = anyio.Event()
        task_status.started()
        try:
            while True:
                await self._arrived.wait()
                await anyio.sleep(_PATIENCE_S)
                self._arrived = anyio.Event()
                self._show_unseen()
        finally:
            self._arrived = None
            self._show_unseen()

    async def settle(self) -> None:
        """Show what is waiting to be shown now: what readers have to say of it must come before the end."""
        self._show_unseen()
        if self._settling is not None:
            await self._settling()
            self._show_unseen()

    async def hurry(self) -> None:
        """Show what is waiting to be shown, once everybody else has had their turn."""
        await anyio.lowlevel.checkpoint()
        self._show_unseen()

    def _show_unseen(self) -> None:
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
