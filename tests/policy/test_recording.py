"""What can be recorded as a baseline: the same that judging compares with it, and nothing that it never asks for."""

from __future__ import annotations

import pytest

from gatekeeper.model.demands import BaselineSpec, Budget, CoverageSpec, MetricSpec
from gatekeeper.model.outcome import Attempt, Exited
from gatekeeper.model.plan import Shell, Step
from gatekeeper.model.report import Coverage, MetricValue, Report, ReportedTest, Share, Totals
from gatekeeper.policy.judge import judge
from gatekeeper.policy.judging.needs import needs_baseline
from gatekeeper.policy.judging.outcomes import outcomes_of
from gatekeeper.policy.recording import results

STEP = Step("suite", "unit", Shell("true"), 60.0)
TOTALS_ONLY = BaselineSpec(compares=False, skipped=Budget(total=1.0))
GROWS = BaselineSpec(compares=False, warnings=Budget(growth=0.0))
COVERAGE = CoverageSpec(("lcov.info",))


@pytest.mark.parametrize(
    ("step", "needed"),
    [
        (STEP, False),
        (STEP._replace(baseline=BaselineSpec()), True),
        (STEP._replace(baseline=TOTALS_ONLY), False),
        (STEP._replace(baseline=GROWS), True),
        (STEP._replace(coverage=COVERAGE._replace(lines=80.0, files=50.0)), False),
        (STEP._replace(coverage=COVERAGE._replace(files=0.0)), True),
        (STEP._replace(metrics=(MetricSpec("m", limit=3.0),)), False),
        (STEP._replace(metrics=(MetricSpec("m", tolerance=0.0),)), True),
    ],
)
def test_who_is_read_a_baseline_is_who_is_refused_without_one(step: Step, needed: bool) -> None:
    """Or a step would be refused for want of what nobody could record for it."""
    share = Share(1, 1)
    attempt = Attempt(Exited(0), 1.0, coverage=Coverage(share, share), metrics=(MetricValue("m", 1.0),))
    refused = {finding.kind for finding in judge(step, attempt).findings}
    assert needs_baseline(step) is ("baseline-missing" in refused) is needed


def test_a_test_that_is_told_of_twice_is_recorded_as_it_is_judged() -> None:
    """By its worse outcome, whichever came last."""
    cases = (ReportedTest("a::t", "failed"), ReportedTest("a::t", "skipped"))
    report = Report(Totals(2, 0, 1, 0, 1), cases, ())
    recorded = results(STEP, report, None, (), origin="a run", digest="").tests
    assert recorded == outcomes_of(report) == {"a::t": "failed"}
