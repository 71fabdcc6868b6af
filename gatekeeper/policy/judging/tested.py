"""Owns what the rules on tests look at: a report by ids, its quarantine, its baseline. Objects to nothing."""

from __future__ import annotations

from collections.abc import Mapping

from gatekeeper.model.baseline import Baseline, Standard
from gatekeeper.model.demands import BaselineSpec
from gatekeeper.model.outcome import Exited, Outcome
from gatekeeper.model.plan import Step
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.report import Report, ReportedTest, TestOutcome
from gatekeeper.model.verdict import StepVerdict
from gatekeeper.policy.judging.baseline_comparison import Classes, compare
from gatekeeper.policy.judging.outcomes import failing, outcomes_of
from gatekeeper.policy.judging.quarantine import Ruling, excuse, rule

NO_DEMANDS = BaselineSpec(compares=False)


class Tested(NamedTuple):
    """The tests of one attempt. `classes` is None where there is no baseline to compare them with.

    `bad` are the failing cases that could be collected, `uncollected` those that could not. `excused` says of failing
    tests why they do not block: they failed before, or a quarantine holds. `allowed` tells that all new failures are
    within the step's budget. `flaky` are the tests that ran more than once and did not fail in the end; those in
    quarantine are not among them.
    """

    step: Step
    claimed: StepVerdict
    outcome: Outcome
    report: Report
    standard: Standard
    outcomes: Mapping[str, TestOutcome]
    ruling: Ruling
    classes: Classes | None
    bad: tuple[ReportedTest, ...]
    uncollected: tuple[ReportedTest, ...]
    excused: Mapping[str, str]
    flaky: tuple[str, ...]

    @property
    def demands(self) -> BaselineSpec:
        """What the step demands of its tests; nothing where it says nothing."""
        return self.step.baseline or NO_DEMANDS

    @property
    def baseline(self) -> Baseline | None:
        """The baseline, where there is one that can be read."""
        return self.standard.baseline if isinstance(self.standard.baseline, Baseline) else None

    @property
    def allowed(self) -> bool:
        """Whether the new failures that are there are as many as the step allows, or fewer."""
        new = len(self.classes.new_failures) if self.classes is not None else 0
        return 0 < new <= self.demands.new_failures

    def blocks(self, test: ReportedTest) -> bool:
        """Whether the failure of this test, which was collected, is neither excused nor within the budget."""
        if test.id in self.excused:
            return False
        new = self.classes is not None and test.id not in self.ruling.expired
        return not (new and self.allowed)

    @property
    def exit_code(self) -> int | None:
        """The command's own exit code; None where it did not come to one."""
        return self.outcome.code if isinstance(self.outcome, Exited) else None


def look_at(step: Step, claimed: StepVerdict, outcome: Outcome, report: Report, standard: Standard) -> Tested:
    """Everything that rules on tests need, worked out once."""
    outcomes = outcomes_of(report)
    ruling = rule(standard, outcomes)
    classes = None
    if step.baseline is not None and step.baseline.compares and isinstance(standard.baseline, Baseline):
        classes = compare(standard.baseline.tests, outcomes, ruling.in_force)
    return Tested(
        step,
        claimed,
        outcome,
        report,
        standard,
        outcomes,
        ruling,
        classes,
        bad=tuple(case for case in report.cases if case.collected and failing(case.outcome)),
        uncollected=tuple(case for case in report.cases if not case.collected),
        excused=_excused(ruling, classes, outcomes),
        flaky=_flaky(report, ruling, outcomes),
    )


def _excused(ruling: Ruling, classes: Classes | None, outcomes: Mapping[str, TestOutcome]) -> dict[str, str]:
    known = {test: excuse(entry) for test, entry in ruling.in_force.items() if failing(outcomes[test])}
    if classes is not None:
        known |= dict.fromkeys(classes.still_failing, "failed in the baseline too")
        known |= {
            new: f"failed in the baseline too, as {old}" for old, new in classes.renamed if failing(outcomes[new])
        }
    return {test: why for test, why in known.items() if test not in ruling.expired}


def _flaky(report: Report, ruling: Ruling, outcomes: Mapping[str, TestOutcome]) -> tuple[str, ...]:
    again = {case.id for case in report.cases if case.collected and (case.outcome == "flaky" or case.attempts > 1)}
    return tuple(sorted(test for test in again if not failing(outcomes[test]) and test not in ruling.in_force))
