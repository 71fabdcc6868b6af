"""Owns the promise: what `Guard.run` was asked to run is gone when it returns, save a service it was told to keep.

This is the orchestrator's side: it writes the ledger, asks the warden for a guardian, waits for its report, and when
a guardian dies without one, brings in all other layers. Knows no step, gate or journal. Linux only; elsewhere see
`gatekeeper.adapters.guard.sampling`.
"""

from __future__ import annotations

import os
import time

from gatekeeper.adapters.guard import wire
from gatekeeper.adapters.guard.warden_link import WardenGone, WardenLink
from gatekeeper.model.containment import GuardEnd, GuardOrder
from gatekeeper.model.incident import Incident, IncidentKind
from gatekeeper.model.outcome import (
    Cancelled,
    Exited,
    GuardBroken,
    NotStarted,
    Outcome,
    Signalled,
    Stray,
    TimedOut,
)

TYPE_CHECKING = False
if TYPE_CHECKING:  # on the way to the first spawn, annotations must not import what comes later
    from gatekeeper.adapters.guard.capture import Sealed
    from gatekeeper.adapters.guard.held import Held
    from gatekeeper.adapters.guard.ledger import Ledger, Owner
    from gatekeeper.adapters.guard.wire import Message, Report, Survivor

_BORN_WITHIN_S = 15.0
_DONE_WITHIN_S = 25.0
_CLOSED_WITHIN_S = 10.0
_ATTEMPTS = 3
_ALWAYS = ("guardian", "subreaper", "cookie", "ledger")


class Guard:
    """Runs commands so that nothing of them survives. One a run; `run` may be called many times at once."""

    def __init__(self, *, run: str, folder: str, ledger: str) -> None:
        """`folder` is the run's evidence folder, `ledger` the file that `reap` reads if we are killed."""
        self._folder = folder
        self._ledger_path = ledger
        self._token = f"{run.replace(',', '_')}:{os.urandom(4).hex()}"
        self._run = run
        self._warden = WardenLink(self._token)
        self._ledger: Ledger | None = None
        self._owner: Owner | None = None
        self._parent: str | None = None
        self._count = 0
        self._running: dict[int, Held] = {}
        self._services: dict[str, Held] = {}
        self._subreaper = False

    def start(self) -> None:
        """Start the warden and return at once. May be called before anything else is imported; not needed twice."""
        self._warden.start()

    def layers(self) -> tuple[str, ...]:
        """What contains a command here, strongest first. Tries the cgroup once."""
        if self._parent is None:
            from gatekeeper.adapters.guard import cgroup

            self._parent = cgroup.usable_parent()
        return ("cgroup2", *_ALWAYS) if self._parent else _ALWAYS

    async def run(self, order: GuardOrder) -> GuardEnd:
        """Run one command to its end and see everything of it gone. Never raises for what the command did.

        When the surrounding scope is cancelled, the command is ended first (with its grace) and then the
        cancellation goes on; `stop_all` ends it too, and lets this return the end as it was seen.
        """
        import anyio

        try:
            held = self._admit(order)
        except OSError as refused:
            return self._refused(f"nothing could be started: {refused}")
        self._running[id(held)] = held
        try:
            return await self._conduct(order, held)
        except anyio.get_cancelled_exc_class():
            with anyio.CancelScope(shield=True):
                if held.is_handed_over:
                    await self._end(held)
            raise
        finally:
            del self._running[id(held)]
            if self._services.get(order.keep or "") is not held:
                held.close()

    async def end_service(self, name: str) -> bool:
        """End a kept service; True when it was alive and is seen to be gone."""
        held = self._services.pop(name, None)
        if held is None:
            return False
        import anyio

        gone = False
        with anyio.CancelScope(shield=True):
            gone = await self._end(held)
        held.close()
        return gone

    async def died_services(self) -> tuple[str, ...]:
        """The kept services that ended by themselves since the last call; nothing of them is alive."""
        died = []
        for name, held in tuple(self._services.items()):
            try:
                message = held.heard()
            except BlockingIOError:
                continue
            if self._services.pop(name, None) is held:
                died.append(name)
                if message is None:
                    await self._contain(held)
                held.close()
        return tuple(died)

    async def stop_all(self, *, now: bool = False) -> None:
        """Make every `run` that is under way end with `Cancelled`: politely, or `now`. Does not wait for it."""
        for held in self._running.values():
            held.say(wire.KILL if now else wire.STOP)

    async def kill_now(self) -> None:
        """No more grace for anything that runs, services included. Does not wait for it."""
        await self.stop_all(now=True)
        for held in self._services.values():
            held.say(wire.KILL)

    async def close(self) -> None:
        """End every service and the warden and see them gone. Bounded; a second call finds nothing to do."""
        import anyio

        with anyio.CancelScope(shield=True):
            await self.stop_all(now=True)
            async with anyio.create_task_group() as ending:
                for name in tuple(self._services):
                    ending.start_soon(self.end_service, name)
            await self._warden.bury(_CLOSED_WITHIN_S)
            if self._ledger is not None and self._owner is not None:
                from gatekeeper.adapters.guard import containment, sweep

                sweep.kill_carriers((self._token,), 1.0)
                containment.reap_adopted()
                self._ledger.close(self._owner)

    # -- one command's way ------------------------------------------------------------------------------------------

    def _admit(self, order: GuardOrder) -> Held:
        """Write down by what the command can be found again, before anything of it exists. Raises `OSError`."""
        from gatekeeper.adapters.guard import cgroup
        from gatekeeper.adapters.guard.held import Held
        from gatekeeper.adapters.guard.ledger import Ledger, Line, Owner

        self.layers()
        if self._ledger is None or self._owner is None:
            self._ledger, self._owner = Ledger(self._ledger_path), Owner.this_process()
        self._count += 1
        cookie = f"{self._token}.{self._count}"
        leaf = ""
        if self._parent:
            leaf = f"{self._parent}/{cgroup.leaf_name(self._run[-60:], order.label[-60:], cookie.rpartition(':')[2])}"
        held = Held(order.label, cookie, leaf, order.grace_s)
        try:
            self._ledger.append(Line(self._owner, cookie, order.label, leaf))
        except OSError:
            held.close()
            raise
        return held

    async def _conduct(self, order: GuardOrder, held: Held) -> GuardEnd:
        born = await self._bear(order, held)
        if born is not None:
            return born
        bound = order.timeout_s + order.grace_s + _DONE_WITHIN_S
        try:
            message = await held.hear(bound)
        except TimeoutError:
            return await self._broken(order, held, f"the guardian did not report within {bound:g} s")
        if message is None:
            return await self._broken(order, held, "the guardian was killed")
        report = wire.Report.unpack(message.content)
        if report.end == "broken":
            return await self._broken(order, held, report.detail)
        if report.service:
            await self._keep(order.keep or "", held)
        return await self._finish(order, report)

    async def _bear(self, order: GuardOrder, held: Held) -> GuardEnd | None:
        """Get a guardian for the order, from a new warden where the old one is dead; None when it is there."""
        spawn = self._spawn_order(order, held)
        trouble = "the warden died again and again before it could start anything"
        for _ in range(_ATTEMPTS):
            generation = self._warden.generation
            try:
                generation = self._warden.start()
                await self._warden.send(wire.SPAWN, spawn, (held.theirs.fileno(),))
                held.hand_over()
                self._adopt_orphans()
                message = await held.hear(_BORN_WITHIN_S)
            except OSError as refused:
                return self._refused(f"no warden could be started: {refused.strerror or refused}")
            except WardenGone:
                message = None
            except TimeoutError:
                message, trouble = None, f"the warden did not start anything within {_BORN_WITHIN_S:g} s"
            if message is not None and message.kind == wire.HELLO:
                pid, start = message.content
                held.guardian = (int(str(pid)), int(str(start)))
                return None
            # No hello: nothing was started for us, whatever happened to the warden.
            held.renew()
            await self._bury(generation)
        return await self._broken(order, held, trouble)

    def _spawn_order(self, order: GuardOrder, held: Held) -> tuple[object, ...]:
        from gatekeeper.adapters.guard import sweep

        return wire.SpawnOrder(
            argv=order.argv,
            cwd=order.cwd,
            environ=sweep.with_cookie(order.environ, held.cookie),
            grace_s=order.grace_s,
            keep=order.keep is not None,
            leaf=held.leaf,
            output=order.output,
            output_limit=order.output_limit,
            quiet_s=order.quiet_s,
            timeout_s=order.timeout_s,
        ).pack()

    async def _finish(self, order: GuardOrder, report: Report) -> GuardEnd:
        from gatekeeper.adapters.guard import containment

        incidents = [Incident(IncidentKind.INTERNAL, report.output_problem)] if report.output_problem else []
        sealed: Sealed | None = None
        try:
            sealed = await self._sealed(order, report)
        except OSError as failed:
            incidents.append(
                Incident(IncidentKind.INTERNAL, f"the output {order.output} could not be sealed: {failed}")
            )
        lines = sealed.last_lines if sealed else ()
        said = ""
        if report.end in ("deadline", "quiet"):
            from gatekeeper.adapters.guard import dossier

            said = dossier.hint(report, sealed.unfinished if sealed else "")
            try:
                dossier.write(self._folder, order.label, report, lines)
            except OSError as failed:
                incidents.append(Incident(IncidentKind.INTERNAL, f"the dossier could not be written: {failed}"))
        if report.unkillable:
            who = ", ".join(map(str, report.unkillable))
            incidents.append(Incident(IncidentKind.UNKILLABLE, f"SIGKILL did not end within 10 s: pid {who}"))
        if report.survivors_total > len(report.survivors):
            more = f"{report.survivors_total} processes were left, of which {len(report.survivors)} are described"
            incidents.append(Incident(IncidentKind.STRAY, more))
        if self._warden.generation > 1:
            containment.reap_adopted()
        return GuardEnd(
            _outcome(order, report, said),
            report.duration_s,
            (("cgroup2", *_ALWAYS) if report.joined else _ALWAYS),
            tuple(map(_stray, report.survivors)),
            tuple(incidents),
            sealed.output if sealed else None,
            lines,
            report.service,
        )

    async def _sealed(self, order: GuardOrder, report: Report) -> Sealed | None:
        from gatekeeper.adapters.guard import capture

        try:
            size = os.stat(order.output).st_size
        except OSError:
            return None
        if size <= capture.INLINE_UP_TO:
            return capture.seal(order.output, self._folder, order.output_limit, still_written=report.service)
        import anyio.to_thread

        return await anyio.to_thread.run_sync(
            lambda: capture.seal(order.output, self._folder, order.output_limit, still_written=report.service)
        )

    def _refused(self, detail: str) -> GuardEnd:
        return GuardEnd(NotStarted("no-resources", detail), 0.0, ())

    async def _keep(self, name: str, held: Held) -> None:
        before = self._services.get(name)
        self._services[name] = held
        if before is not None:
            # Two services of one name would leave the first without an owner.
            await self._end(before)
            before.close()

    # -- the end, and what to do when the guard itself was hurt ------------------------------------------------------

    async def _end(self, held: Held) -> bool:
        """Have the guardian end what it holds and see it gone; True when it was still there to be ended."""
        there = True
        try:
            there = _goes_on(held.heard())
        except BlockingIOError:
            held.say(wire.STOP)
        until = time.monotonic() + held.grace_s + _DONE_WITHIN_S
        try:
            while (message := await held.hear(max(0.1, until - time.monotonic()))) is not None:
                if not _goes_on(message):
                    return there
        except TimeoutError:
            pass
        await self._contain(held)
        return there

    async def _broken(self, order: GuardOrder, held: Held, detail: str) -> GuardEnd:
        caught = await self._contain(held)
        sealed = await self._sealed(order, wire.Report())
        incident = Incident(IncidentKind.CONTAINMENT_BROKEN, f"{detail}; {len(caught)} processes were ended without it")
        return GuardEnd(
            GuardBroken(detail),
            0.0,
            _ALWAYS[1:],
            tuple(map(_stray, caught)),
            (incident,),
            sealed.output if sealed else None,
            sealed.last_lines if sealed else (),
        )

    async def _bury(self, generation: int) -> None:
        import anyio

        with anyio.CancelScope(shield=True):
            await self._warden.bury(1.0, generation)

    async def _contain(self, held: Held) -> tuple[Survivor, ...]:
        """Every layer but the guardian: end what it held, whoever holds it now. What was caught that way."""
        import anyio

        from gatekeeper.adapters.guard import containment

        others = (*self._running.values(), *self._services.values())
        spared = frozenset(one.guardian[0] for one in others if one is not held)
        caught: list[Survivor] = []
        with anyio.CancelScope(shield=True):
            caught.extend(await containment.contain(held, self._warden, spared))
        return tuple(caught)

    def _adopt_orphans(self) -> None:
        """Be the last one that orphans fall to. Late, so that the first spawn does not wait for ctypes."""
        if not self._subreaper:
            from gatekeeper.adapters.guard import kernel

            self._subreaper = True
            kernel.adopt_orphans()


def _goes_on(message: Message | None) -> bool:
    """Whether a guardian that said this still holds something."""
    if message is None or message.kind == wire.GONE:
        return False
    return message.kind == wire.HELLO or wire.Report.unpack(message.content).service


def _stray(survivor: Survivor) -> Stray:
    return Stray(survivor.pid, survivor.argv, survivor.age_s, survivor.layer, survivor.cwd, survivor.ports)


def _outcome(order: GuardOrder, report: Report, hint: str) -> Outcome:
    match report.end:
        case "exited":
            return Exited(report.code)
        case "signalled":
            return Signalled(report.code)
        case "deadline":
            return TimedOut(report.after_s, "deadline", order.limit, hint)
        case "quiet":
            return TimedOut(report.after_s, "quiet", order.limit, hint)
        case "stopped":
            return Cancelled()
        case "not-started":
            reason, _, detail = report.detail.partition(" ")
            return NotStarted(reason, detail)  # type: ignore[arg-type]  # `leader.reason` says only what this takes
        case _:
            return GuardBroken(report.detail or f"the guardian said {report.end!r}")
