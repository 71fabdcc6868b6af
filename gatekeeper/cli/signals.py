"""Owns hearing signals for the whole of a run: before the event loop is up, while it runs, and after it."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType

from gatekeeper.policy.run_verdict import StopReason

REASONS: dict[int, StopReason] = {
    signal.SIGHUP: StopReason.HUNG_UP,
    signal.SIGTERM: StopReason.TERMINATED,
    signal.SIGINT: StopReason.INTERRUPTED,
}


class Signals:
    """Collects stop requests from the first moment on; `forward` hands over what came and what comes."""

    def __init__(self) -> None:
        self._early: list[StopReason] = []
        self._request: Callable[[StopReason], None] = self._early.append

    def install(self) -> None:
        """Take SIGINT, SIGTERM and SIGHUP; a SIGHUP that was being ignored (nohup) stays ignored."""
        for number in REASONS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._heard)

    def forward(self, request: Callable[[StopReason], None]) -> None:
        """Give every request, the early ones included, to `request`."""
        self._request = request
        for reason in self._early:
            request(reason)
        self._early.clear()

    def _heard(self, number: int, _frame: FrameType | None) -> None:
        self._request(REASONS[number])
