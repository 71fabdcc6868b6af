"""Owns being told to stop: once for an orderly end, twice for an end at once. Knows no signal."""

from __future__ import annotations

import anyio

from gatekeeper.model.stopping import StopReason


class Stop:
    """A request that only grows: a stronger reason replaces a weaker one, and a second request means now."""

    def __init__(self) -> None:
        self.reason = StopReason.NONE
        self.now = False
        self._changed = anyio.Event()

    @property
    def requested(self) -> bool:
        """Whether nothing new may start."""
        return self.reason is not StopReason.NONE

    def request(self, reason: StopReason) -> None:
        """Ask for an orderly end; asked a second time by a person or a signal, for an end at once."""
        again = self.reason > StopReason.OUT_OF_TIME and reason > StopReason.OUT_OF_TIME
        self.now = self.now or again
        self.reason = max(self.reason, reason)
        changed, self._changed = self._changed, anyio.Event()
        changed.set()

    async def changed(self) -> None:
        """Return when the next request comes."""
        await self._changed.wait()
