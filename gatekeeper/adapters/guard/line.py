"""Owns the orchestrator's end of a guardian: a line to it, and what is held at its other end."""

from __future__ import annotations

import signal
import socket
import time

from gatekeeper.adapters.guard.messages import wire
from gatekeeper.adapters.guard.messages.wire import Message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gatekeeper.model.containment import GuardOrder


class Line:
    """A line to one guardian, named by `pid` and `start` (ticks) from its first hello on; zeros before.

    `leader` names the process that it has prepared to be the next leader, in the same way, and `leaf` is the cgroup
    that was made for it, or empty; `beside` is what groups of version 1 beside that leaf would be called. All are of
    the last hello; `ready` tells that no order was given since, and `taken` that the last order was taken. `generation`
    says which warden made it.
    """

    def __init__(self, channel: socket.socket, generation: int = 0) -> None:
        channel.setblocking(False)
        self._channel = channel
        self.generation = generation
        self.pid = 0
        self.start = 0
        self.leader = (0, 0)
        self.leaf = ""
        self.beside = ""
        self.ready = False
        self.taken = False

    def say(self, kind: bytes, content: tuple[object, ...] = ()) -> bool:
        """Tell the guardian something; False where it is dead."""
        try:
            wire.send(self._channel, kind, content)
        except OSError:
            return False
        if kind == wire.SPAWN:
            self.ready = self.taken = False
        return True

    def signal(self, number: signal.Signals) -> None:
        """Signal the guardian itself, where it is still there."""
        from gatekeeper.adapters.guard.leftovers import kill_ladder

        kill_ladder.signal_one(self.pid, self.start, (number,))

    def heard(self) -> Message | None:
        """What it has to report, or None where it is dead. Raises `BlockingIOError` where there is nothing."""
        while (message := wire.receive(self._channel)) is not None and message.kind in (wire.HELLO, wire.TAKEN):
            if message.kind == wire.TAKEN:
                self.taken = True
                continue
            *identities, leaf, beside = message.content
            self.pid, self.start, *leader = map(int, map(str, identities))
            self.leader, self.leaf, self.beside = (leader[0], leader[1]), str(leaf), str(beside)
            self.ready = True
        return message

    async def hear(self, within_s: float, *, or_hello: bool = False) -> Message | None:
        """Its next message, or None where it is dead. Raises `TimeoutError`.

        With `or_hello`, also None once it is `ready`.
        """
        until = time.monotonic() + within_s
        while True:
            try:
                return self.heard()
            except BlockingIOError:
                if or_hello and self.ready:
                    return None
            import anyio

            with anyio.fail_after(max(0.0, until - time.monotonic())):
                await anyio.wait_readable(self._channel)

    async def last_word(self, within_s: float) -> Message | None:
        """What a guardian said, or is about to say because nothing below it lives any more; None where it is dead.

        Raises:
            BlockingIOError: what it holds is alive, as far as can be seen.
            TimeoutError: it did not say it in time.
        """
        from gatekeeper.adapters.guard.system import procfs

        try:
            return self.heard()
        except BlockingIOError:
            if not procfs.is_alive(self.pid, self.start) or any(one.alive for one in procfs.descendants(self.pid)):
                raise
        return await self.hear(within_s)

    def groups_beside(self, limits: tuple[float | None, ...]) -> tuple[str, ...]:
        """The groups of version 1 that may be made beside its leaf for these limits of a `GuardOrder`."""
        if not self.beside or not any(limits[1:]):
            return ()
        from gatekeeper.adapters.guard.limits import controllers

        return controllers.beside(self.beside)

    def close(self) -> None:
        """Hang up. A guardian that still lives takes that for the order to kill."""
        self._channel.close()


class Held:
    """One command, or the service it became: its marks, and the line to its guardian once it has one.

    `leaf` is its cgroup, `beside` are those of version 1 that may be made for its limits, and `folder` is the one that
    it has to itself; they may be empty. `since` is when it was entrusted to a guardian, in ticks since boot: but for
    the leader, nothing of it is older. `told` is the strongest word that was said to it, also before it had a guardian.
    """

    def __init__(self, serial: int, order: GuardOrder, cookie: str) -> None:
        self.serial = serial
        self.order = order
        self.cookie = cookie
        self.leaf = ""
        self.folder = ""
        self.beside: tuple[str, ...] = ()
        self.line: Line | None = None
        self.since = 0
        self.told = b""

    def say(self, word: bytes) -> None:
        """Have it end: `wire.STOP` or `wire.KILL`."""
        self.told = self.told if self.told == wire.KILL else word
        if self.line is not None:
            self.line.say(word, (self.serial,))

    def close(self) -> None:
        """Let go of its guardian."""
        if self.line is not None:
            self.line.close()
            self.line = None
