"""Owns having an order taken: written down, given to a guardian that is ready, and to another where that one had died.

Knows nothing of what a report means, nor of what is done where there is none.
"""

from __future__ import annotations

import os
import signal
import time

from gatekeeper.adapters.guard.messages import wire
from gatekeeper.adapters.guard.pool import GuardianPool, NoGuardian

TYPE_CHECKING = False
if TYPE_CHECKING:  # the warden comes up while all this is imported
    from collections.abc import Awaitable, Callable

    from gatekeeper.adapters.guard.ledger import Ledger, Owner
    from gatekeeper.adapters.guard.line import Held, Line
    from gatekeeper.adapters.guard.messages.wire import Message
    from gatekeeper.model.containment import GuardOrder

DONE_WITHIN_S = 25.0
"""How long a guardian may take, beyond a command's limit and grace, to see everything of it gone."""

_LATE_S = 1.0
_SHORT_S = 0.01
_ATTEMPTS = 10
_KILLED_IDLE = "guardians were killed again and again before they could start anything"


class Entrusting:
    """Gives the orders of one guard to its guardians; what of them `reap` would have to find goes into the ledger.

    `folders` are those that commands had to themselves, `limited` tells that some had limits.
    """

    def __init__(self, pool: GuardianPool, ledger: str) -> None:
        self._pool = pool
        self._path = ledger
        self._ledger: Ledger | None = None
        self._owner: Owner | None = None
        self._orders = 0
        self._adopting = False
        self.folders: set[str] = set()
        self.limited = False

    @property
    def written(self) -> bool:
        """Whether anything stands in the ledger that was not said to be gone."""
        return self._ledger is not None

    async def report_of(
        self, order: GuardOrder, held: Held, contain: Callable[[Held], Awaitable[object]]
    ) -> tuple[Line | None, Message | None, str]:
        """Have it run: by whom, the report, and what is wrong where there is none. Nobody where it was stopped before.

        What a guardian leaves that died before it took the order is ended by `contain`. Raises `NoGuardian`.
        """
        self._orders += 1
        for _ in range(_ATTEMPTS):
            line = await self._give(order, held)
            if line is None:
                return None, None, ""
            self._adopt_orphans()
            try:
                message = await self._hear(line, order.timeout_s + order.grace_s)
            except TimeoutError:
                return line, None, f"the guardian did not report within {DONE_WITHIN_S:g} s of the command's end"
            if message is not None or line.taken:
                return line, message, "the guardian was killed"
            # Nothing was started, so another guardian may.
            await contain(held)
            held.close()
        raise NoGuardian(_KILLED_IDLE, machine=False)

    def say_closed(self) -> None:
        """Say in the ledger that all is gone. Raises `OSError`."""
        if self._ledger is not None and self._owner is not None:
            self._ledger.say_closed(self._owner)

    def close(self) -> None:
        """Let go of the ledger."""
        if self._ledger is not None:
            self._ledger.close()
            self._ledger = None

    async def _hear(self, line: Line, limit_s: float) -> Message | None:
        if self._orders > 1:
            # Who had two commands will have more: one guardian gets ready while another one works.
            self._pool.keep_spare()
        try:
            return await line.hear(_SHORT_S)
        except TimeoutError:
            self._pool.keep_spare()
        try:
            return await line.hear(limit_s + _LATE_S)
        except TimeoutError:
            # A command may have stopped them, and then nobody keeps its deadline.
            self._pool.warden.wake()
            line.signal(signal.SIGCONT)
            return await line.hear(DONE_WITHIN_S)

    async def _give(self, order: GuardOrder, held: Held) -> Line | None:
        from gatekeeper.adapters.guard.leftovers import private
        from gatekeeper.adapters.guard.spawn_order import entrusted

        spawn = entrusted(order, held)
        for _ in range(_ATTEMPTS):
            line = await self._pool.take()
            if held.told:
                self._pool.give_back(line)
                return None
            held.leaf, held.beside = line.leaf, line.groups_beside(order.limits)
            self.limited = self.limited or any(order.limits[1:])
            token = self._pool.warden.token
            spawn.private = held.folder = private.folder_for(token, line.pid) if order.private else ""
            self.folders.add(held.folder)
            try:
                self._write_down(held)
            except OSError as refused:
                self._pool.give_back(line)
                raise NoGuardian(f"the ledger could not be written: {refused}", machine=True) from refused
            held.since = int(time.clock_gettime(time.CLOCK_BOOTTIME) * os.sysconf("SC_CLK_TCK"))
            if line.say(wire.SPAWN, spawn.pack()):
                held.line = line
                return line
            # It died while it was idle: nothing was started, so another one can be asked.
            line.close()
        raise NoGuardian(_KILLED_IDLE, machine=False)

    def _write_down(self, held: Held) -> None:
        """Say by what it can be found again, before anything of it exists. Raises `OSError`."""
        from gatekeeper.adapters.guard.ledger import Ledger, Owner, Start

        if self._ledger is None or self._owner is None:
            self._ledger, self._owner = Ledger(self._path), Owner.this_process()
        self._ledger.append(Start(self._owner, held.cookie, held.order.label, held.leaf, held.folder, held.beside))

    def _adopt_orphans(self) -> None:
        """Be the last one that orphans fall to. Late, because of ctypes."""
        if not self._adopting:
            from gatekeeper.adapters.guard.system import kernel

            kernel.adopt_orphans()
            self._adopting = True
