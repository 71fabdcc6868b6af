"""Owns the promise: what `Guard.run` was asked to run is gone when it returns, save a service it was told to keep.

This is the orchestrator's side: it writes the ledger, gives the order to a guardian, waits for its report, and when
a guardian dies without one, brings in all other layers. Knows no step, gate or journal. Linux only; elsewhere see
`gatekeeper.adapters.guard.sampling.guard`.
"""

from __future__ import annotations

import contextlib
import time

from gatekeeper.adapters.guard.entrusting import DONE_WITHIN_S, Entrusting
from gatekeeper.adapters.guard.messages import wire
from gatekeeper.adapters.guard.pool import GuardianPool, NoGuardian

TYPE_CHECKING = False
if TYPE_CHECKING:  # the warden comes up while all this is imported
    from collections.abc import Callable

    from gatekeeper.adapters.guard.line import Held, Line
    from gatekeeper.adapters.guard.messages.wire import Message, Survivor
    from gatekeeper.model.containment import GuardEnd, GuardOrder
    from gatekeeper.model.outcome import DeadService

_CLOSED_WITHIN_S = 10.0


class Guard:
    """Runs commands so that nothing of them survives. One a run; `run` may be called many times at once."""

    def __init__(
        self,
        *,
        run: str,
        folder: str,
        ledger: str,
        helpers: GuardianPool | None = None,
        mask: Callable[[str], str] = str,
    ) -> None:
        """`folder` is the run's evidence, `ledger` is for `reap`, `mask` hides secrets, `helpers` are there already."""
        self._run = run
        self._folder = folder
        self._mask = mask
        self._pool = helpers or GuardianPool()
        self._warden = self._pool.warden
        self._token = self._warden.token
        self._orders = Entrusting(self._pool, ledger)
        self._count = 0
        self._running: dict[int, Held] = {}
        self._services: dict[str, Held] = {}
        self._ending: list[Held] = []

    def start(self) -> None:
        """Start the warden and return at once: it comes up while the caller still imports. Raises `OSError`."""
        self._pool.start()

    def layers(self) -> tuple[str, ...]:
        """What contains a command here, strongest first."""
        return self._pool.layers()

    async def run(self, order: GuardOrder) -> GuardEnd:
        """Run one command to its end and see everything of it gone. Never raises for what the command did.

        When the surrounding scope is cancelled, the command is ended first (with its grace) and then the
        cancellation goes on; `stop` ends it too, and lets this return the end as it was seen.
        """
        import anyio

        from gatekeeper.adapters.guard.line import Held

        self._count += 1
        held = Held(self._count, order, f"{self._token}.{self._count}")
        self._running[held.serial] = held
        try:
            return await self._conduct(order, held)
        except anyio.get_cancelled_exc_class():
            with anyio.CancelScope(shield=True):
                if held.line is not None:
                    await self._end(held, held.line)
            if order.keep and self._services.get(order.keep) is held:
                del self._services[order.keep]
            raise
        finally:
            del self._running[held.serial]
            if self._services.get(order.keep or "") is not held:
                held.close()

    async def end_service(self, name: str) -> DeadService | None:
        """End a kept service and see it gone; what is left of it, or None where there is none of that name."""
        import anyio

        from gatekeeper.adapters.guard import ending

        if (held := self._services.pop(name, None)) is None or held.line is None:
            return None
        self._ending.append(held)
        with anyio.CancelScope(shield=True):
            last_word = await self._end(held, held.line)
            ended = await ending.dead_service(name, held.order, self._folder, last_word)
        self._ending.remove(held)
        held.close()
        return ended

    async def died_services(self) -> tuple[DeadService, ...]:
        """The kept services that ended by themselves since the last call; nothing of them is alive."""
        from gatekeeper.adapters.guard import ending

        died = []
        for name, held in tuple(self._services.items()):
            try:
                message = await held.line.last_word(_CLOSED_WITHIN_S) if held.line else None
            except BlockingIOError:
                continue
            except TimeoutError:
                message = None
            if self._services.get(name) is held:
                del self._services[name]
                if message is None:
                    await self._contain(held)
                held.close()
                died.append(await ending.dead_service(name, held.order, self._folder, message))
        return tuple(died)

    async def stop(self, *, now: bool = False) -> None:
        """Make every `run` that is under way end with `Cancelled`: politely, or `now`. Does not wait for it."""
        for held in self._running.values():
            held.say(wire.KILL if now else wire.STOP)

    async def kill_now(self) -> None:
        """No more grace for anything, services included. Does not wait for it."""
        await self.stop(now=True)
        for held in (*self._services.values(), *self._ending):
            held.say(wire.KILL)

    async def close(self) -> None:
        """End every service and the warden and see them gone. Bounded; a second call finds nothing to do."""
        import anyio

        with anyio.CancelScope(shield=True):
            await self.stop(now=True)
            async with anyio.create_task_group() as ending:
                for name in tuple(self._services):
                    ending.start_soon(self.end_service, name)
            self._pool.close()
            self._warden.let_go()
            # The helpers end while we import.
            from gatekeeper.adapters.guard import containment

            await self._warden.bury(_CLOSED_WITHIN_S)
            if self._orders.written:
                folders, limited = self._orders.folders, self._orders.limited
                if containment.finish(self._token, folders, _CLOSED_WITHIN_S, limited=limited):
                    self._orders.say_closed()
                self._orders.close()

    async def _conduct(self, order: GuardOrder, held: Held) -> GuardEnd:
        from gatekeeper.adapters.guard import ending

        started = time.monotonic()
        try:
            line, message, trouble = await self._orders.report_of(order, held, self._contain)
        except NoGuardian as refused:
            return ending.refused(str(refused)) if refused.machine else ending.unguarded(str(refused))
        if line is None:
            return ending.never_began()
        report = wire.Report.unpack(message.content) if message else wire.Report(detail=trouble)
        if report.end == "broken":
            caught = await self._contain(held)
            return await ending.broken(order, report.detail, caught, time.monotonic() - started, self._folder)
        if report.service:
            await self._keep(order.keep or "", held)
        elif not report.unkillable:
            held.line = None
            self._pool.give_back(line)
        return await ending.reported(order, report, self._folder, self._mask)

    async def _keep(self, name: str, held: Held) -> None:
        before = self._services.get(name)
        self._services[name] = held
        if before is not None and before.line is not None:  # two of one name would leave the first without an owner
            await self._end(before, before.line)
            before.close()

    async def _end(self, held: Held, line: Line) -> Message | None:
        """Have the guardian end what it holds and see it gone; its last word, or None where it had none."""
        with contextlib.suppress(BlockingIOError):
            if (message := line.heard()) is not None and not wire.goes_on(message):
                return message
        held.say(wire.STOP)
        until = time.monotonic() + held.order.grace_s + DONE_WITHIN_S
        try:
            while (message := await line.hear(max(0.1, until - time.monotonic()))) is not None:
                if not wire.goes_on(message):
                    return message
        except TimeoutError:
            pass
        await self._contain(held)
        return None

    async def _contain(self, held: Held) -> tuple[Survivor, ...]:
        """Every layer but the guardian: end what it held, whoever holds it now. What was caught that way."""
        import anyio

        from gatekeeper.adapters.guard import containment

        caught: list[Survivor] = []
        with anyio.CancelScope(shield=True):
            caught.extend(await containment.contain(held, self._warden))
        return tuple(caught)
