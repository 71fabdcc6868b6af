"""Owns one command, or the service it became, as the orchestrator sees it: its marks, and a line to its guardian."""

from __future__ import annotations

import time

from gatekeeper.adapters.guard import wire
from gatekeeper.adapters.guard.wire import Message


class Held:
    """What a guardian holds for us. `guardian` is its (pid, start ticks), zeros until it said hello.

    `stop_told` remembers the strongest word that was sent, so that one that comes early is not lost.
    """

    def __init__(self, label: str, cookie: str, leaf: str, grace_s: float) -> None:
        self.label = label
        self.cookie = cookie
        self.leaf = leaf
        self.grace_s = grace_s
        self.guardian = (0, 0)
        self.told = b""
        self.control, self.theirs = wire.pair()
        self.control.setblocking(False)

    def renew(self) -> None:
        """A new line, for a guardian that was never born."""
        self.close()
        self.control, self.theirs = wire.pair()
        self.control.setblocking(False)
        if self.told:
            self.say(self.told)

    @property
    def is_handed_over(self) -> bool:
        """Whether a guardian may have been born at the other end."""
        return self.theirs.fileno() < 0

    def hand_over(self) -> None:
        """The guardian has its end now; as long as we hold it too, its death would go unnoticed."""
        self.theirs.close()

    def say(self, word: bytes) -> None:
        """Tell the guardian to stop or to kill. One that is dead already has done so."""
        if self.told != wire.KILL:
            self.told = word
        try:
            wire.send(self.control, word)
        except OSError:
            return

    async def hear(self, within_s: float) -> Message | None:
        """The guardian's next message, or None where it is dead. Raises `TimeoutError`."""
        import anyio

        until = time.monotonic() + within_s
        while True:
            try:
                return wire.receive(self.control)
            except BlockingIOError:
                pass
            with anyio.fail_after(max(0.0, until - time.monotonic())):
                await anyio.wait_readable(self.control)

    def heard(self) -> Message | None:
        """What is there to be heard now. Raises `BlockingIOError` where there is nothing."""
        return wire.receive(self.control)

    def close(self) -> None:
        """Hang up. A guardian that still lives takes that for the order to kill."""
        self.control.close()
        self.theirs.close()
