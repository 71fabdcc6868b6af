"""Owns the guard for systems without the kernel's help (macOS): it looks at all processes again and again. Best effort.

What forks twice and empties its environment between two looks is missed. So this guard calls itself ``best-effort``
wherever its layers show. It has the interface of `Guard`. When the orchestrator is killed or hangs, a watchdog ends
what had been seen until then; what it could not, `reap` finds by its cookie. Of limits it has those that the
kernel keeps for each process: processor time, open files and niceness. What asks for more is not begun.
"""

from __future__ import annotations

import os

from gatekeeper.adapters.guard.sampling.refusal import why_not
from gatekeeper.model.containment import GuardEnd, GuardOrder
from gatekeeper.model.outcome import DeadService, NotStarted
from gatekeeper.policy.containment import BEST_EFFORT, beyond_best_effort

TYPE_CHECKING = False
if TYPE_CHECKING:  # psutil is slow to import; it comes with the first command
    from collections.abc import Callable

    from gatekeeper.adapters.guard.ledger import Ledger, Owner
    from gatekeeper.adapters.guard.sampling.census import Census
    from gatekeeper.adapters.guard.sampling.command import Sampled
    from gatekeeper.adapters.guard.sampling.watchdog_link import Watchdog

LAYERS = BEST_EFFORT


class SamplingGuard:
    """Runs commands and ends what it saw of them. One a run; `run` may be called many times at once."""

    def __init__(self, *, run: str, folder: str, ledger: str, mask: Callable[[str], str] = str) -> None:
        """`folder` is the run's evidence folder, `ledger` the file that `reap` reads; `mask` hides secrets."""
        self._folder = folder
        self._mask = mask
        self._ledger_path = ledger
        self._token = f"{run.replace(',', '_')}:{os.urandom(8).hex()}"
        self._count = 0
        self._census: Census | None = None
        self._watchdog: Watchdog | None = None
        self._ledger: Ledger | None = None
        self._owner: Owner | None = None
        self._running: list[Sampled] = []
        self._services: dict[str, Sampled] = {}

    def start(self) -> None:
        """The watchdog comes with the first command; there is nothing to be started before."""

    def layers(self) -> tuple[str, ...]:
        """What contains a command here."""
        return LAYERS

    async def run(self, order: GuardOrder) -> GuardEnd:
        """Run one command to its end and end everything that was seen of it. As `Guard.run`."""
        import anyio

        from gatekeeper.adapters.guard import ending

        if beyond := beyond_best_effort(order):
            return GuardEnd(NotStarted("bad-value", beyond), 0.0, LAYERS)
        self._count += 1
        try:
            sampled = self._started(order)
        except OSError as refused:
            return GuardEnd(why_not(order, refused), 0.0, LAYERS)
        except ValueError as refused:
            return GuardEnd(NotStarted("bad-value", str(refused)), 0.0, LAYERS)
        self._running.append(sampled)
        try:
            report = await sampled.conduct()
        except anyio.get_cancelled_exc_class():
            with anyio.CancelScope(shield=True):
                await sampled.end()
            raise
        finally:
            self._running.remove(sampled)
        if report.service and order.keep:
            before = self._services.pop(order.keep, None)
            self._services[order.keep] = sampled
            if before is not None:
                await before.end()
        return (await ending.reported(order, report, self._folder, self._mask))._replace(layers=LAYERS)

    async def end_service(self, name: str) -> DeadService | None:
        """End a kept service and what was seen of it; what is left, or None where there is none of that name."""
        sampled = self._services.pop(name, None)
        if sampled is None:
            return None
        from gatekeeper.adapters.guard import ending

        self._running.append(sampled)  # so that whoever is asked twice can still take its grace away
        try:
            await sampled.end()
        finally:
            self._running.remove(sampled)
        return await ending.dead_service(name, sampled.order, self._folder)

    async def died_services(self) -> tuple[DeadService, ...]:
        """The kept services that ended by themselves since the last call."""
        from gatekeeper.adapters.guard import ending

        died = {name: sampled for name, sampled in self._services.items() if not sampled.alive()}
        for name, sampled in died.items():
            del self._services[name]
            await sampled.end()
        return tuple([await ending.dead_service(name, one.order, self._folder) for name, one in died.items()])

    async def stop(self, *, now: bool = False) -> None:
        """Make every `run` that is under way end with `Cancelled`: politely, or `now`. Does not wait for it."""
        for sampled in self._running:
            sampled.tell(now=now)

    async def kill_now(self) -> None:
        """No more grace for anything that runs, services included."""
        await self.stop(now=True)
        for sampled in self._services.values():
            sampled.tell(now=True)
            await sampled.end()

    async def close(self) -> None:
        """End every service, and the watchdog."""
        import anyio

        with anyio.CancelScope(shield=True):
            await self.stop(now=True)
            for name in tuple(self._services):
                await self.end_service(name)
        if self._watchdog is not None:
            self._watchdog.close()
            self._watchdog = None
        if self._ledger is not None and self._owner is not None:
            self._ledger.say_closed(self._owner)
            self._ledger.close()
            self._ledger = None

    def _started(self, order: GuardOrder) -> Sampled:
        """Write it down, then start it. Raises `OSError` or `ValueError` where it cannot be started."""
        from gatekeeper.adapters.guard.ledger import Ledger, Owner, Start
        from gatekeeper.adapters.guard.leftovers import private
        from gatekeeper.adapters.guard.sampling.census import Census
        from gatekeeper.adapters.guard.sampling.command import Sampled
        from gatekeeper.adapters.guard.sampling.watchdog_link import Watchdog

        cookie = f"{self._token}.{self._count}"
        key = f"{os.getpid()}:{self._token[-16:]}"
        folder = private.folder_for(key, self._count) if order.private else ""
        self._census = self._census or Census()
        self._watchdog = self._watchdog or Watchdog(self._token)
        if self._ledger is None or self._owner is None:
            self._ledger, self._owner = Ledger(self._ledger_path), Owner.this_process()
        self._ledger.append(Start(self._owner, cookie, order.label, "", folder))
        return Sampled(order, cookie, self._count, self._census, self._watchdog, folder)
