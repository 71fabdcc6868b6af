"""Owns the looks of a guardian at what it is about to end. Evidence only: whatever goes wrong there, the end goes on.

Knows neither when to look nor what is seen. What looks is imported at the first look: a command that ends by itself
does not pay for it.
"""

from __future__ import annotations

import signal

from gatekeeper.adapters.guard.helpers.watch import Watch
from gatekeeper.adapters.guard.leftovers import kill_ladder
from gatekeeper.adapters.guard.messages.wire import Report
from gatekeeper.adapters.guard.output.channel import Channel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from gatekeeper.adapters.guard.dossier.last_look import LastLook


class Looks:
    """The looks at one command; what is seen goes into its report."""

    def __init__(self, watch: Watch, path: str, output: Channel, report: Report) -> None:
        """`path` is the file of its output."""
        self._watch = watch
        self._path = path
        self._output = output
        self._report = report
        self._last: LastLook | None = None

    def glance(self) -> None:
        """The first of two, some moments before its time is over: together they tell spinning from sleeping."""
        self._take(lambda last: last.glance())

    def look(self) -> None:
        """The second, before it is asked to end."""
        self._take(lambda last: last.look(self._report))

    def last_words(self) -> None:
        """After its grace."""
        self._take(lambda last: last.last_words(self._report))

    def glimpse(self) -> None:
        """In place of the others, where it is to be killed at once: what grows must not go on growing meanwhile."""
        kill_ladder.signal_group(self._watch.reaper, (signal.SIGSTOP,))
        self._take(lambda last: last.glimpse(self._report))

    def _take(self, look: Callable[[LastLook], None]) -> None:
        try:
            self._output.catch_up()
            if self._last is None:
                from gatekeeper.adapters.guard.dossier.last_look import LastLook

                self._last = LastLook(self._watch, self._path)
            look(self._last)
        except Exception as fault:  # noqa: BLE001 - no look is worth a command that does not end
            self._report.detail = f"looking at its processes failed: {fault!r}"
