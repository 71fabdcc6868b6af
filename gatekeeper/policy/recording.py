"""Owns what of an attempt's evidence can be recorded as a baseline, and as what. Knows no file."""

from __future__ import annotations

from gatekeeper.model.baseline import Baseline
from gatekeeper.model.events import StepFinished
from gatekeeper.model.outcome import Exited, NotStarted, Outcome, TimedOut
from gatekeeper.model.plan import Step
from gatekeeper.model.report import Coverage, MetricValue, Report, ReportProblem
from gatekeeper.policy.judging.outcomes import failing, outcomes_of
from gatekeeper.policy.judging.words import describe_timeout

_LISTED = 3
_OUTPUT_LOST = "output-lost"


def why_unfit(step: Step, outcome: Outcome, report: Report | ReportProblem | None) -> str:
    """Why an attempt of `step` says nothing that could be recorded, or empty."""
    match outcome:
        case Exited(code):
            pass
        case TimedOut() as timeout:
            return describe_timeout(timeout)
        case NotStarted(_, detail):
            return f"its command could not be started: {detail}"
        case _:
            return "its command did not end by itself"
    if step.report is None:
        return "" if code == 0 else f"its command failed (exit code {code}), and no report tells what of it"
    match report:
        case Report():
            return _unfit_report(report, code)
        case ReportProblem(kind="missing", message=message):
            return "" if step.report.optional and code == 0 else message
        case ReportProblem(message=message):
            return message
        case None:
            return "no report was looked at"


def why_result_unfit(step: Step, event: StepFinished, report: Report | ReportProblem | None) -> str:
    """Why a result that a journal tells of, with its `report` as it is read now, cannot be recorded; or empty."""
    if event.exit_code is None:
        return f"it ended as {event.verdict}" if event.signal is None else f"it died of signal {event.signal}"
    if lost := [finding.message for finding in event.findings if finding.kind == _OUTPUT_LOST]:
        return lost[0]
    if why := why_unfit(step, Exited(event.exit_code), report):
        return why
    if isinstance(report, Report) and report.counts != event.tests:
        return "its report does not hold the tests that the journal counts"
    numbers = {one.name for one in event.measured if one.value is not None}
    if step.coverage is not None and "coverage.lines" not in numbers:
        return "its coverage was not read"
    missing = [one.name for one in step.metrics if one.tolerance is not None and one.name not in numbers]
    return f"the number {missing[0]} was not read" if missing else ""


def _unfit_report(report: Report, code: int) -> str:
    if report.contradictions:
        return f"the report contradicts itself: {report.contradictions[0]}"
    if unread := [case.id for case in report.cases if not case.collected]:
        more = f" and {len(unread) - _LISTED} more" if len(unread) > _LISTED else ""
        return f"not all of the tests could be collected: {', '.join(unread[:_LISTED])}{more}"
    if not report.counts.total:
        return "the report holds not one test"
    bad = sum(failing(case.outcome) for case in report.cases)
    if code == 0 and bad:
        return f"exit code 0, but the report has {bad} failing tests"
    if code != 0 and not bad:
        return f"exit code {code}, but every test of the report passed"
    return ""


def results(
    step: Step,
    report: Report | None,
    coverage: Coverage | None,
    metrics: tuple[MetricValue, ...],
    *,
    origin: str,
    digest: str,
) -> Baseline:
    """What an attempt of `step` came to, as a baseline. Numbers that are not there are not in it."""
    shares: dict[str, float] = {}
    if coverage is not None:
        found = [("lines", coverage.lines), ("branches", coverage.branches)]
        if step.coverage is not None and step.coverage.files is not None:
            shares |= shares_of_files(coverage)
        shares |= {name: percent for name, share in found if share and (percent := share.percent) is not None}
    return Baseline(
        origin,
        digest,
        outcomes_of(report) if report is not None else {},
        shares,
        {metric.name: metric.value for metric in metrics if metric.value is not None},
        bounded_counts(step, report),
    )


def shares_of_files(coverage: Coverage) -> dict[str, float]:
    """The share of every single file's lines in percent, by the name that a baseline has for it."""
    shares = ((file.path, file.lines.percent) for file in coverage.per_file)
    return {f"file:{path}": percent for path, percent in shares if percent is not None}


def bounded_counts(step: Step, report: Report | None) -> dict[str, float]:
    """The counts that `step` bounds against its baseline; others change with every run and would only be noise."""
    if step.baseline is None or report is None:
        return {}
    told = (
        ("warnings", step.baseline.warnings, report.warnings),
        ("duration_s", step.baseline.duration_s, report.duration_s),
    )
    return {
        name: float(count)
        for name, budget, count in told
        if budget is not None and budget.growth is not None and count is not None
    }
