"""Owns one attempt on this machine, from order to facts: prepare, run or ask, check, collect. Judges nothing.

Knows its neighbours (guard, probes, evidence) only as the Protocols in `ports`; whoever wires them hands them in.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping

import anyio

from gatekeeper.adapters.local.command import arguments
from gatekeeper.adapters.local.environment import private_names, step_environment
from gatekeeper.adapters.local.hiding import hidden, hidden_service
from gatekeeper.adapters.local.ready_made import remove_own_report, with_own_report
from gatekeeper.model.containment import GuardOrder
from gatekeeper.model.outcome import (
    Attempt,
    Cancelled,
    CheckResult,
    DeadService,
    Exited,
    NotStarted,
    Outcome,
    Output,
    Probed,
    ProbeResult,
    Signalled,
    StepOrder,
    TimedOut,
)
from gatekeeper.model.plan import Argv, Check, Command, HttpProbe, Probe, ReadyMade, Shell, Step
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.masking import Masker

TYPE_CHECKING = False
if TYPE_CHECKING:  # on the way to the first spawn, annotations must not cost a Protocol
    from gatekeeper.adapters.local.evidence import Evidence
    from gatekeeper.adapters.local.ports import CommandGuard, Prober


class Surroundings(NamedTuple):
    """Where attempts run.

    `environ` is what gatekeeper inherited, `added` what this run adds for every step (held ports). `masker` hides
    secrets in what attempts say, and in their output.
    """

    root: str
    run_folder: str
    environ: Mapping[str, str]
    added: Mapping[str, str] = {}
    masker: Masker = Masker(())


class _Running:
    """An attempt that is under way: what is known of it so far, and how `stop` reaches it."""

    def __init__(self) -> None:
        self.attempt = Attempt(Cancelled(), 0.0)
        self.scope = anyio.CancelScope()
        self.stopped = False
        self.under_guard = False


class LocalExecutor:
    """Executes attempts here; never raises for what a step did.

    The order's hard timeout covers the command and its `ready` check together. `after_each` checks come after that,
    with their own bounds, because they tell how the step left things, however it ended. Without `evidence` there is
    nobody to take in what steps leave: that is for runs of which no step is to leave any.
    """

    def __init__(
        self,
        surroundings: Surroundings,
        guard: CommandGuard,
        prober: Prober,
        evidence: Evidence | None,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._at = surroundings
        self._guard = guard
        self._prober = prober
        self._evidence = evidence
        self._monotonic = monotonic
        self._running: set[_Running] = set()
        self._warm = False

    async def execute(self, order: StepOrder) -> Attempt:
        """Run one attempt to its end. Cancelling the task ends the step before the cancellation goes on."""
        order = with_own_report(order, self._at.run_folder)
        running = _Running()
        self._running.add(running)
        folder = self._folder(order.step)
        try:
            with running.scope:
                match order.step.work:
                    case Shell() | Argv() | ReadyMade() as command:
                        await self._run(order, command, folder, running)
                    case probe:
                        await self._probe(order, probe, folder, running)
                if not running.stopped:
                    await self._check_after(order.step, folder, running)
        finally:
            self._running.discard(running)
            remove_own_report(order.step)
        if running.scope.cancelled_caught:
            running.attempt = running.attempt._replace(outcome=Cancelled())
        return hidden(running.attempt, self._at.masker)

    async def stop(self, *, now: bool) -> None:
        """End every attempt that is running at this moment as `Cancelled`; with `now`, services lose their grace too.

        Returns without waiting for the ends.
        """
        for running in tuple(self._running):
            running.stopped = True
            if not running.under_guard:
                running.scope.cancel()
        await (self._guard.kill_now() if now else self._guard.stop(now=False))

    async def end_service(self, service: str) -> DeadService | None:
        """End a kept service and see it gone; what is left of it, or None where there is none of that name."""
        ended = await self._guard.end_service(service)
        return ended and hidden_service(ended, self._at.masker)

    async def died_services(self) -> tuple[DeadService, ...]:
        """The kept services that ended by themselves since the last call."""
        died = await self._guard.died_services()
        return tuple(hidden_service(one, self._at.masker) for one in died)

    async def _run(self, order: StepOrder, command: Command, folder: str, running: _Running) -> None:
        step, started = order.step, self._monotonic()
        environ = step_environment(order, folder, self._at.environ, self._at.added)
        argv = arguments(command, folder, environ)
        if isinstance(argv, NotStarted):
            running.attempt = running.attempt._replace(outcome=argv)
            return
        cleared = await self._evidence.clear(step, folder) if self._evidence is not None else None
        guarded = GuardOrder(
            label=str(step.id),
            argv=argv,
            cwd=folder,
            environ=environ,
            output=f"{self._at.run_folder}/output/{order.output_name}",
            timeout_s=order.timeout_s,
            limit=order.limit,
            grace_s=step.grace_s,
            quiet_s=step.quiet_s,
            limits=step.limits,
            keep=step.keep,
            tty=step.tty,
            masked=self._at.masker.forms,
            strict=step.redact == "strict" and bool(self._at.masker),
            private=private_names(step),
        )
        running.under_guard = True
        try:
            self._warm_up(step)
            end = await self._guard.run(guarded)
        finally:
            running.under_guard = False
        running.attempt = running.attempt._replace(
            outcome=end.outcome,
            duration_s=end.duration_s,
            strays=end.strays,
            strays_total=end.strays_total,
            output=self._relative(end.output),
            incidents=end.incidents,
            last_lines=end.last_lines,
            service=step.keep if end.service else None,
            exceeded=end.exceeded,
            listeners=end.listeners,
            dossier=end.dossier,
            dossier_digest=end.dossier_digest,
            lost=end.lost,
            layers=end.layers,
        )
        if running.stopped:
            # It may have ended by itself at the same instant, but nobody is going to check how it left things.
            await self._give_up(end.outcome, running)
            return
        match end.outcome:
            case NotStarted() | Cancelled():
                return
            case Exited(0) if step.ready is not None:
                await self._wait_until_ready(order, step.ready, folder, running, started)
            case _:
                pass
        if self._evidence is not None and cleared is not None:
            running.attempt = await self._evidence.collect(step, folder, cleared, running.attempt)

    def _warm_up(self, step: Step) -> None:
        """Let the first HTTP check find its client imported; a command runs meanwhile anyway."""
        checks = (step.ready, *step.after_each)
        if not self._warm and any(isinstance(check.probe, HttpProbe) for check in checks if check is not None):
            self._warm = True
            self._prober.warm_up()

    async def _give_up(self, outcome: Outcome, running: _Running) -> None:
        match outcome:
            case Exited() | Signalled():
                running.attempt = running.attempt._replace(outcome=Cancelled())
                await self._drop_service(running)
            case _:
                pass

    async def _wait_until_ready(
        self, order: StepOrder, check: Check, folder: str, running: _Running, started: float
    ) -> None:
        left = order.timeout_s - (self._monotonic() - started)
        result: ProbeResult | None = None
        try:
            result = await self._prober.ask_until(check, cwd=folder, left_s=left)
        finally:
            spent = self._monotonic() - started
            running.attempt = running.attempt._replace(duration_s=spent)
            # Also when the wait itself was cancelled: what is not ready is not kept.
            dropped = None if result is not None and result.met else await self._drop_service(running)
        if not result.met and self._is_over(spent, order):
            hint = f"it was waiting to be ready: {result.request}: {result.problem}"
            running.attempt = running.attempt._replace(outcome=TimedOut(spent, "deadline", order.limit, hint))
        if dropped is not None:
            result = result._replace(problem=f"{result.problem}; the service {dropped} was ended")
        self._note(running, CheckResult("ready", result))

    async def _drop_service(self, running: _Running) -> str | None:
        service = running.attempt.service
        if service is not None:
            running.attempt = running.attempt._replace(service=None)
            with anyio.CancelScope(shield=True):
                ended = await self._guard.end_service(service)
            if ended is not None:
                # What it wrote while it did not get ready is what tells why.
                running.attempt = running.attempt._replace(
                    output=ended.output or running.attempt.output,
                    last_lines=ended.last_lines or running.attempt.last_lines,
                    lost=ended.lost or running.attempt.lost,
                )
        return service

    async def _probe(self, order: StepOrder, probe: Probe, folder: str, running: _Running) -> None:
        started = self._monotonic()
        result = await self._prober.ask(probe, timeout_s=order.timeout_s, cwd=folder)
        spent = self._monotonic() - started
        cut = not result.met and self._is_over(spent, order)
        running.attempt = running.attempt._replace(
            outcome=TimedOut(spent, "deadline", order.limit, result.problem) if cut else Probed(result.met),
            duration_s=spent,
            probe=result,
            captures=result.captures,
        )

    async def _check_after(self, step: Step, folder: str, running: _Running) -> None:
        match running.attempt.outcome:
            case NotStarted() | Cancelled() | TimedOut(limit="run"):
                return
            case _:
                for check in step.after_each:
                    self._note(running, CheckResult("after_each", await self._prober.ask_until(check, cwd=folder)))

    @staticmethod
    def _is_over(spent: float, order: StepOrder) -> bool:
        return spent >= order.timeout_s - 0.001  # sums of floats may fall short of what was waited for

    def _note(self, running: _Running, check: CheckResult) -> None:
        running.attempt = running.attempt._replace(
            checks=(*running.attempt.checks, check), captures=(*running.attempt.captures, *check.probe.captures)
        )

    def _folder(self, step: Step) -> str:
        return os.path.normpath(os.path.join(self._at.root, step.cwd))

    def _relative(self, output: Output | None) -> Output | None:
        if output is None:
            return None
        return output._replace(path=output.path.removeprefix(f"{self._at.run_folder}/"))
