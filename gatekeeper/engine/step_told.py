"""Owns the event that tells of a judged step: what of its result and of its attempt the journal keeps."""

from __future__ import annotations

from gatekeeper.engine.copies import kept_copies
from gatekeeper.model.events import StepFinished
from gatekeeper.model.outcome import DeadService, Exited, Output, Signalled
from gatekeeper.model.plan import Step
from gatekeeper.model.report import Coverage, Report
from gatekeeper.model.verdict import StepResult, StepVerdict
from gatekeeper.policy.describe import command_line, probe_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gatekeeper.engine.step_run import AttemptPlace


def finished(step: Step, result: StepResult, place: AttemptPlace) -> StepFinished:
    """What is told of a step that was judged for its attempt, or that never ran."""
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


def fallen(step: Step, result: StepResult, place: AttemptPlace, service: DeadService) -> StepFinished:
    """What is told of a step that is judged anew for what came of its service."""
    event = _judged(step, result, place)._replace(command=command_line(step.work), last_lines=service.last_lines)
    return _with_output(event, service.output)


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


def _with_output(event: StepFinished, output: Output | None) -> StepFinished:
    if output is None:
        return event
    return event._replace(
        output=output.path, output_digest=output.digest, output_size=output.size, output_dropped=output.dropped
    )
