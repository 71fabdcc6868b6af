"""Owns one attempt's way: bind, choose the deadline, announce, execute, judge, announce. Knows no other step."""

from collections.abc import Awaitable, Callable, Iterable, Mapping

from gatekeeper.engine.ports import Clock, Recogniser, Standards, StepExecutor
from gatekeeper.engine.step_told import fallen, finished
from gatekeeper.engine.stream import EventStream
from gatekeeper.model.baseline import NO_STANDARD
from gatekeeper.model.containment import Containment
from gatekeeper.model.errors import JournalError
from gatekeeper.model.events import IncidentHappened, StepStarted
from gatekeeper.model.incident import IncidentKind
from gatekeeper.model.outcome import Attempt, Cancelled, DeadService, NotStarted, Output, StepOrder
from gatekeeper.model.plan import HttpProbe, Step, StepId, TcpProbe, Tier
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.service_events import ServiceEnded, ServiceStarted
from gatekeeper.model.verdict import Finding, StepResult, StepVerdict
from gatekeeper.policy.binding import Context, UnboundReference, bind_step
from gatekeeper.policy.deadlines import Deadline
from gatekeeper.policy.describe import command_line, probe_line
from gatekeeper.policy.judge import judge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gatekeeper.engine.breakers import Breakers

_LINES_TOLD = 5
_RECOGNISABLE = frozenset({StepVerdict.FAILED, StepVerdict.TIMED_OUT, StepVerdict.INFRA, StepVerdict.ERROR})


class AttemptPlace(NamedTuple):
    """Where an attempt stands in its run; `inputs` is the digest of what its step depends on, where it says so."""

    run: str
    round: int
    attempt: int
    tier: Tier
    tree: str
    inputs: str = ""


class Bereft(NamedTuple):
    """A step whose service died: the step as it was planned and as it ran, what is told of that, what is left."""

    step: Step
    bound: Step
    message: str
    service: DeadService


class _Kept(NamedTuple):
    """Who brought a service up: the step as it was planned and as it ran, and what it had written by then."""

    step: Step
    bound: Step
    output: Output | None


class StepRunner:
    """Runs attempts of steps, one call each, and keeps what they captured."""

    def __init__(
        self,
        executor: StepExecutor,
        stream: EventStream,
        clock: Clock,
        context: Context,
        *,
        containment: Containment,
        standards: Standards,
        recogniser: Recogniser,
        diagnose: Callable[[StepOrder, StepResult], Awaitable[None]],
    ) -> None:
        self._executor = executor
        self._stream = stream
        self._clock = clock
        self._context = context
        self._containment = containment
        self._standards = standards
        self._recogniser = recogniser
        self._diagnose = diagnose
        self._captures: dict[str, str] = dict(context.captures)
        self.services: dict[str, _Kept] = {}
        self._breakers: Breakers | None = None

    async def run(
        self, step: Step, deadline: Deadline, place: AttemptPlace, is_over: Callable[[], bool] | None = None
    ) -> StepResult:
        """Execute one attempt and tell what came of it; nothing begins once what it belongs to `is_over`.

        Without `is_over` it is executed whatever happened, also where what it depends on is left alone.

        Raises `JournalError` only.
        """
        try:
            bound = self.bound(step, place)
        except UnboundReference as missing:
            attempt = Attempt(NotStarted("bad-value", str(missing)), 0.0)
            return self.conclude(step, judge(step, attempt), place)
        if deadline.seconds <= 0:
            return self.conclude(bound, _out_of_time(bound, deadline), place._replace(attempt=0))
        if bound.keep is not None:
            await self._replace_service(bound.keep)
        if is_over is not None:
            if is_over():
                # It may be so since the step was chosen; what that ends are attempts that are running.
                return self.conclude(bound, StepResult(step.id, StepVerdict.CANCELLED), place._replace(attempt=0))
            if _asks(bound) and (left_alone := self._asking().refused(bound)) is not None:
                result = StepResult(step.id, StepVerdict.INFRA, (left_alone,))
                return self.conclude(bound, result, place._replace(attempt=0))
        order = StepOrder(place.run, bound, place.round, place.attempt, deadline.seconds, deadline.limit)
        command = command_line(bound.work)
        self._stream.publish(
            StepStarted(
                gate=bound.gate,
                step=bound.name,
                round=place.round,
                attempt=place.attempt,
                timeout_s=round(deadline.seconds, 3),
                command=command,
                probe=probe_line(bound.work),
                cwd=bound.cwd,
                output=f"output/{order.output_name}" if command is not None else None,
                redact=bound.redact,
            )
        )
        began = self._clock.monotonic()
        attempt = await self._executor.execute(order)
        self._captures.update(attempt.captures)
        if attempt.service is not None:
            # Before anything is written: what lives must be known even if the journal fails now.
            self.services[attempt.service] = _Kept(step, bound, attempt.output)
        result = await self._recognised(bound, await self._judge(bound, attempt))
        result = self._concluded(bound, result, began, place)
        if attempt.service is not None:
            self._stream.publish(ServiceStarted(attempt.service, step.gate, step.name))
        if bound.rerun and not (is_over is not None and is_over()):
            await self._diagnose(order, result)
        return result

    def bound(self, step: Step, place: AttemptPlace) -> Step:
        """The step filled in with what is known now. Raises `UnboundReference`."""
        return bind_step(step, self._context_of(place))

    async def end_running(self) -> None:
        """End every attempt that is running; services stay. Returns without waiting for the ends."""
        await self._executor.stop(now=False)

    def asked_after_s(self, steps: Iterable[StepId]) -> float:
        """How long it takes until what `steps` depend on outside of the cycle may be asked again."""
        return self._breakers.wait_s(steps) if self._breakers is not None else 0.0

    def _asking(self) -> "Breakers":
        if self._breakers is None:
            # Most runs depend on nothing outside, and do not wait for this to be imported.
            from gatekeeper.engine.breakers import Breakers

            ports = frozenset(self._context.ports.values())
            self._breakers = Breakers(self._clock, ports=ports, services=lambda: self.services)
        return self._breakers

    def _concluded(self, step: Step, result: StepResult, began: float, place: AttemptPlace) -> StepResult:
        tells = _asks(step) or result.verdict is StepVerdict.INFRA
        if not tells and self._breakers is None:
            return self.conclude(step, result, place)
        result, opened = self._asking().heard(step, result, began=began, tree=place.tree)
        self.conclude(step, result, place)
        if opened is not None:
            self._stream.publish(opened)
        return result

    async def _judge(self, step: Step, attempt: Attempt) -> StepResult:
        evidence = step.report is not None or step.coverage is not None or step.metrics
        # What was cancelled is held against nothing, and to find out against what may take long.
        wanted = evidence and not isinstance(attempt.outcome, Cancelled)
        standard = await self._standards.of(step) if wanted else NO_STANDARD
        return judge(step, attempt, self._containment, standard)

    async def _recognised(self, step: Step, result: StepResult) -> StepResult:
        if result.verdict not in _RECOGNISABLE:
            return result
        from gatekeeper.policy.patterns.verdict import reclassed

        found = await self._recogniser.recognise(step, result)
        for skipped in found.skipped:
            self._stream.publish(IncidentHappened(IncidentKind.INTERNAL, skipped, step.gate, step.name))
        known = found.known
        if known is not None and known.dependency and not self._asking().is_outside(known.dependency):
            # What the cycle started itself, and cannot be reached, has failed.
            return result._replace(known=known)
        return reclassed(result, known)

    def conclude(
        self, step: Step, result: StepResult, place: AttemptPlace, service: DeadService | None = None
    ) -> StepResult:
        """Announce a judged step, also one that never ran (with `place.attempt` 0).

        It is judged for what came of its `service`, or else for the attempt of `result`.
        """
        event = finished(step, result, place) if service is None else fallen(step, result, place, service)
        self._stream.publish(event)
        for incident in result.incidents:
            self._stream.publish(IncidentHappened(*incident))
        return result

    async def bury_dead_services(self, ran: tuple[StepId, ...]) -> tuple[Bereft, ...]:
        """Announce services that died by themselves; `ran` are the steps of this round.

        Returns the steps that had brought them up.
        """
        died = []
        for service in await self._executor.died_services():
            if (kept := self.services.pop(service.name, None)) is None:
                continue
            step, name = kept.step, service.name
            followed = ran[ran.index(step.id) + 1 :] if step.id in ran else ran
            since = f"; since then ran: {', '.join(map(str, followed))}" if followed else ""
            said = ", ".join(f'"{line}"' for line in service.last_lines[-_LINES_TOLD:])
            self._tell_end(name, "died", kept, service)
            because = f" ({service.why})" if service.why else ""
            message = f"the service {name}, started by {step.id}, died before the cycle ended{because}{since}"
            told = f"{message}; its last lines: {said}" if said else f"{message}; it had written nothing"
            self._stream.publish(IncidentHappened(IncidentKind.SERVICE_DIED, told, step.gate, step.name))
            left = service._replace(output=service.output or kept.output)
            died.append(Bereft(step, kept.bound, message, left))
        return tuple(died)

    async def end_services(self) -> None:
        """End every service that still lives, newest first; a journal that fails stops none of that."""
        unwritten: JournalError | None = None
        for name in reversed(tuple(self.services)):
            ended = await self._executor.end_service(name)
            kept = self.services.pop(name)
            try:
                self._tell_end(name, "ended", kept, ended)
            except JournalError as fault:
                unwritten = fault
        if unwritten is not None:
            raise unwritten

    async def _replace_service(self, name: str) -> None:
        if name in self.services:
            ended = await self._executor.end_service(name)
            self._tell_end(name, "replaced", self.services.pop(name), ended)

    def _tell_end(self, name: str, how: str, kept: _Kept, service: DeadService | None) -> None:
        output = service.output if service else None
        event = ServiceEnded(name, how)
        self._stream.publish(event._replace(output=output.path, output_digest=output.digest) if output else event)
        if service and service.alive:
            self._stream.publish(
                IncidentHappened(IncidentKind.UNKILLABLE, service.alive, kept.step.gate, kept.step.name)
            )
        if service and service.lost:
            self._stream.publish(IncidentHappened(IncidentKind.INTERNAL, service.lost, kept.step.gate, kept.step.name))

    def _context_of(self, place: AttemptPlace) -> Context:
        facts: Mapping[str, str] = {
            **self._context.facts,
            "run.round": str(place.round),
            "run.attempt": str(place.attempt),
        }
        return self._context._replace(captures=self._captures, facts=facts)


def _asks(step: Step) -> bool:
    return isinstance(step.work, HttpProbe | TcpProbe)


def _out_of_time(step: Step, deadline: Deadline) -> StepResult:
    message = f"not started: the {deadline.limit}'s time is over"
    return StepResult(step.id, StepVerdict.TIMED_OUT, (Finding(f"{deadline.limit}-deadline", message),))
