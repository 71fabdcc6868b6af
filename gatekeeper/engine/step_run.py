"""Owns one attempt's way: bind, choose the deadline, announce, execute, judge, announce. Knows no other step."""

from collections.abc import Awaitable, Callable, Mapping

from gatekeeper.engine.copies import kept_copies
from gatekeeper.engine.ports import Clock, Recogniser, Standards, StepExecutor
from gatekeeper.engine.stop import Stop
from gatekeeper.engine.stream import EventStream
from gatekeeper.model.baseline import NO_STANDARD
from gatekeeper.model.containment import Containment
from gatekeeper.model.errors import JournalError
from gatekeeper.model.events import IncidentHappened, StepFinished, StepStarted
from gatekeeper.model.incident import IncidentKind
from gatekeeper.model.outcome import Attempt, DeadService, Exited, NotStarted, Output, Signalled, StepOrder
from gatekeeper.model.plan import Step, StepId, Tier
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.report import Coverage, Report
from gatekeeper.model.service_events import ServiceEnded, ServiceStarted
from gatekeeper.model.verdict import Finding, StepResult, StepVerdict
from gatekeeper.policy.binding import Context, UnboundReference, bind_step
from gatekeeper.policy.deadlines import Deadline
from gatekeeper.policy.describe import command_line, probe_line
from gatekeeper.policy.judge import judge
from gatekeeper.policy.patterns.verdict import reclassed

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

    async def run(self, step: Step, deadline: Deadline, place: AttemptPlace, stop: Stop | None = None) -> StepResult:
        """Execute one attempt and tell what came of it; nothing begins once `stop` was requested.

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
        if stop is not None and stop.requested:
            # The request may have come since the step was chosen; what it ends are attempts that are running.
            return self.conclude(bound, StepResult(step.id, StepVerdict.CANCELLED), place._replace(attempt=0))
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
        attempt = await self._executor.execute(order)
        self._captures.update(attempt.captures)
        if attempt.service is not None:
            # Before anything is written: what lives must be known even if the journal fails now.
            self.services[attempt.service] = _Kept(step, bound, attempt.output)
        result = self.conclude(bound, await self._recognised(bound, await self._judge(bound, attempt)), place)
        if attempt.service is not None:
            self._stream.publish(ServiceStarted(attempt.service, step.gate, step.name))
        if bound.rerun and not (stop is not None and stop.requested):
            await self._diagnose(order, result)
        return result

    def bound(self, step: Step, place: AttemptPlace) -> Step:
        """The step filled in with what is known now. Raises `UnboundReference`."""
        return bind_step(step, self._context_of(place))

    def asked_after_s(self, _steps: tuple[StepId, ...]) -> float:
        """For how many seconds what these steps depend on is not to be asked again."""
        return 0.0

    async def _judge(self, step: Step, attempt: Attempt) -> StepResult:
        evidence = step.report is not None or step.coverage is not None or step.metrics
        standard = await self._standards.of(step) if evidence else NO_STANDARD
        return judge(step, attempt, self._containment, standard)

    async def _recognised(self, step: Step, result: StepResult) -> StepResult:
        if result.verdict not in _RECOGNISABLE:
            return result
        found = await self._recogniser.recognise(step, result)
        for skipped in found.skipped:
            self._stream.publish(IncidentHappened(IncidentKind.INTERNAL, skipped, step.gate, step.name))
        return reclassed(result, found.known)

    def conclude(
        self, step: Step, result: StepResult, place: AttemptPlace, service: DeadService | None = None
    ) -> StepResult:
        """Announce a judged step, also one that never ran (with `place.attempt` 0).

        It is judged for what came of its `service`, or else for the attempt of `result`.
        """
        event = _finished(step, result, place) if service is None else _fallen(step, result, place, service)
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


def _out_of_time(step: Step, deadline: Deadline) -> StepResult:
    message = f"not started: the {deadline.limit}'s time is over"
    return StepResult(step.id, StepVerdict.TIMED_OUT, (Finding(f"{deadline.limit}-deadline", message),))


def _judged(step: Step, result: StepResult, place: AttemptPlace) -> StepFinished:
    return StepFinished(
        gate=step.gate,
        step=step.name,
        round=place.round,
        attempt=place.attempt,
        verdict=result.verdict.value,
        tier=place.tier.value,
        findings=result.findings,
        tree=place.tree,
        inputs=place.inputs,
        known=result.known,
        class_=result.known.class_ if result.known else None,
        pattern=result.known.pattern if result.known else None,
    )


def _fallen(step: Step, result: StepResult, place: AttemptPlace, service: DeadService) -> StepFinished:
    event = _judged(step, result, place)._replace(command=command_line(step.work), last_lines=service.last_lines)
    return _with_output(event, service.output)


def _with_output(event: StepFinished, output: Output | None) -> StepFinished:
    if output is None:
        return event
    return event._replace(
        output=output.path, output_digest=output.digest, output_size=output.size, output_dropped=output.dropped
    )


def _finished(step: Step, result: StepResult, place: AttemptPlace) -> StepFinished:
    event, attempt = _judged(step, result, place), result.attempt
    if attempt is None:
        return event
    exit_code = signal = None
    match attempt.outcome:
        case Exited(code):
            exit_code = code
        case Signalled(number):
            signal = number
        case _:
            pass
    probe = attempt.probe
    report = attempt.report if isinstance(attempt.report, Report) else None
    coverage = attempt.coverage if isinstance(attempt.coverage, Coverage) else None
    return _with_output(event, attempt.output)._replace(
        command=command_line(step.work),
        exit_code=exit_code,
        signal=signal,
        duration_s=round(attempt.duration_s, 4),
        strays=attempt.strays,
        strays_total=attempt.strays_total,
        tests=report.counts if report else None,
        request=probe.request if probe else probe_line(step.work),
        expected=probe.expected if probe else None,
        received=probe.received if probe else None,
        checks=attempt.checks,
        artifacts=attempt.artifacts,
        listeners=attempt.listeners,
        dossier=attempt.dossier or None,
        dossier_digest=attempt.dossier_digest or None,
        flaky=result.flaky,
        reports=kept_copies(report.files if report else ()),
        report_format=step.report.format if step.report and report else "",
        coverage_files=kept_copies(coverage.files if coverage else ()),
        metric_files=kept_copies(metric.file for metric in attempt.metrics),
        comparison=result.comparison,
        measured=result.measured,
        last_lines=attempt.last_lines if result.verdict is not StepVerdict.PASSED else (),
    )
