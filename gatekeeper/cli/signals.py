"""Owns hearing signals for the whole of a run: before the event loop is up, while it runs, and after it."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType

from gatekeeper.adapters.repos.bounds import REINS
from gatekeeper.model.stopping import StopReason

REASONS: dict[int, StopReason] = {
    signal.SIGHUP: StopReason.HUNG_UP,
    signal.SIGTERM: StopReason.TERMINATED,
    signal.SIGINT: StopReason.INTERRUPTED,
}

EXIT_CODES = {reason: 128 + number for number, reason in REASONS.items()}
"""What a program exits with that was told to stop."""

_GRACE_S = 2.0
"""What works is read to its end in that time, so that the record is whole; for whom waits it is not long."""


class Signals:
    """Turns SIGINT, SIGTERM and SIGHUP into stop requests, from the first moment on.

    What was being ignored when we came (SIGHUP under nohup, SIGINT in a script's background job) stays ignored.
    Whatever is being read at that moment (a git that hangs) has `_GRACE_S` left, and none when asked again.
    """

    def __init__(self) -> None:
        self._early: list[StopReason] = []
        self.asked = 0
        """How often somebody asked for an end."""
        self._heard = tuple(number for number in REASONS if signal.getsignal(number) is not signal.SIG_IGN)

    def install(self) -> None:
        """Keep what comes while no event loop runs; nobody is killed by it any more."""
        for number in self._heard:
            signal.signal(number, self._keep)

    async def listen(self, request: Callable[[StopReason], None]) -> None:
        """Give every request to `request`, the early ones first, until cancelled."""
        import anyio

        try:
            # The loop's own receiver: a plain handler would not wake the loop from its sleep.
            with anyio.open_signal_receiver(*map(signal.Signals, self._heard)) as signals:
                for reason in self._early:
                    request(reason)
                self._early.clear()
                async for number in signals:
                    self._draw_reins()
                    request(REASONS[number])
        finally:
            self.install()

    def settle(self) -> None:
        """Nothing runs any more: what was asked concerns nobody who comes after."""
        REINS.loosen()

    @property
    def early(self) -> StopReason:
        """The strongest of what was asked while no event loop ran, and that nobody was given yet."""
        return max(self._early, default=StopReason.NONE)

    def _keep(self, number: int, _frame: FrameType | None) -> None:
        self._draw_reins()
        self._early.append(REASONS[number])

    def _draw_reins(self) -> None:
        REINS.draw(0.0 if self.asked else _GRACE_S)
        self.asked += 1
