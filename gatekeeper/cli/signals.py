"""Owns hearing signals for the whole of a run: before the event loop is up, while it runs, and after it."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType

from gatekeeper.model.stopping import StopReason

REASONS: dict[int, StopReason] = {
    signal.SIGHUP: StopReason.HUNG_UP,
    signal.SIGTERM: StopReason.TERMINATED,
    signal.SIGINT: StopReason.INTERRUPTED,
}


class Signals:
    """Turns SIGINT, SIGTERM and SIGHUP into stop requests, from the first moment on.

    What was being ignored when we came (SIGHUP under nohup, SIGINT in a script's background job) stays ignored.
    """

    def __init__(self) -> None:
        self._early: list[StopReason] = []
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
                    request(REASONS[number])
        finally:
            self.install()

    def _keep(self, number: int, _frame: FrameType | None) -> None:
        self._early.append(REASONS[number])
