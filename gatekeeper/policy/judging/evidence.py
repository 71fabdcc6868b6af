"""Owns weighing all that an attempt left as evidence: its report, its coverage, its numbers. Knows no conduct."""

from __future__ import annotations

from collections.abc import Iterable

from gatekeeper.model.baseline import Comparison, Measured, Standard
from gatekeeper.model.outcome import Attempt
from gatekeeper.model.plan import Step
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.report import Report, ReportProblem
from gatekeeper.model.verdict import StepVerdict
from gatekeeper.policy.judging import baseline_rules, quarantine, report_rules
from gatekeeper.policy.judging.baseline_comparison import Classes, summarised
from gatekeeper.policy.judging.needs import needs_baseline
from gatekeeper.policy.judging.objection import Objection, unjudged
from gatekeeper.policy.judging.report_rules import Excuse, excuse_of
from gatekeeper.policy.judging.tested import Tested, look_at


class Weighed(NamedTuple):
    """What the evidence came to.

    `excuse` tells what known failures do for a failing exit code. `flaky` tells of tests that passed only when they
    ran again, and that neither a quarantine nor a budget lets pass.
    """

    objections: tuple[Objection, ...] = ()
    excuse: Excuse | None = None
    flaky: bool = False
    comparison: Comparison | None = None
    measured: tuple[Measured, ...] = ()


def weigh(step: Step, attempt: Attempt, standard: Standard, claimed: StepVerdict) -> Weighed:
    """The evidence of one attempt that claims to have passed or failed, beside its standard."""
    tests = _tests(step, attempt, standard, claimed)
    objections = list(tests.objections)
    measured: list[Measured] = []
    if needs_baseline(step):
        objections += baseline_rules.baseline_missing(step, standard)
    if step.coverage is not None:
        from gatekeeper.policy.judging.coverage_rules import judge_coverage

        covered = judge_coverage(step, step.coverage, attempt.coverage, standard)
        objections += covered.objections
        measured += covered.measured
    if step.metrics:
        from gatekeeper.policy.judging.metric_rules import judge_metric

        for spec in step.metrics:
            against, one = judge_metric(step, spec, attempt.metrics, standard)
            objections += against
            measured.append(one)
    return tests._replace(objections=tuple(objections), measured=tuple(measured))


def _tests(step: Step, attempt: Attempt, standard: Standard, claimed: StepVerdict) -> Weighed:
    if step.report is None and step.baseline is None:
        return Weighed()
    report = attempt.report if step.report is not None else None
    match report:
        case ReportProblem(kind="missing") if step.report and step.report.optional and step.baseline is None:
            return Weighed()
        case ReportProblem(kind, message):
            return Weighed((unjudged(f"report-{kind}", message),))
        case None:
            return Weighed((unjudged("report-missing", "the step declares a report and none was looked at"),))
        case Report():
            seen = look_at(step, claimed, attempt.outcome, report, standard)
            flaky = bool(seen.flaky) and not baseline_rules.allows_flaky(seen)
            return Weighed(tuple(_objections(seen)), excuse_of(seen), flaky, _comparison(seen))


def _objections(seen: Tested) -> Iterable[Objection]:
    for rule in (*report_rules.RULES, *baseline_rules.RULES):
        yield from rule(seen)
    yield from quarantine.objections(seen.standard, seen.ruling)


def _comparison(seen: Tested) -> Comparison | None:
    quarantined = (*seen.ruling.in_force, *seen.ruling.expired)
    graduates = {test for test in quarantined if seen.outcomes[test] in {"passed", "xpassed"}} - set(seen.flaky)
    graduates |= {test for test, came_to in seen.outcomes.items() if came_to == "xpassed"}
    listed = tuple(sorted(graduates))
    if seen.classes is not None and seen.baseline is not None:
        return summarised(seen.classes, seen.baseline.origin, listed)
    failing = tuple(sorted({test.id for test in seen.bad if test.id in seen.ruling.in_force}))
    return summarised(Classes(quarantined=failing), "", listed) if failing or listed else None
