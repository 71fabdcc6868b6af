"""Budgets on tests: totals, growth against the baseline, and numbers that nobody told."""

from __future__ import annotations

import itertools
from typing import Literal

import pytest

from gatekeeper.model.baseline import BaselineProblem, Standard
from gatekeeper.model.demands import BaselineSpec, Budget
from gatekeeper.model.plan import Step
from gatekeeper.model.report import ReportedTest, TestOutcome
from gatekeeper.model.verdict import StepVerdict

from .evidence import COMPARING, baseline, changed, entry, judged, kinds, messages, passing, report, standard

PASSED, FAILED, ERROR = StepVerdict.PASSED, StepVerdict.FAILED, StepVerdict.ERROR
Kind = Literal["skipped", "xfailed", "flaky"]
KINDS: tuple[Kind, ...] = ("skipped", "xfailed", "flaky")
TESTS = [f"a::t{n}" for n in range(6)]


def bounded(compares: object = True, **budgets: object) -> Step:
    """A step with these budgets."""
    return COMPARING._replace(baseline=changed(BaselineSpec(bool(compares)), **budgets))


def with_some(kind: Kind, *tests: str) -> dict[str, TestOutcome]:
    """All tests, of which these came to something else than passing."""
    return {test: kind if test in tests else "passed" for test in TESTS}


@pytest.mark.parametrize(("kind", "most"), list(itertools.product(KINDS, range(4))))
def test_a_total_is_kept_or_broken(kind: Kind, most: int) -> None:
    """Without a baseline, and also what was so before counts."""
    result = judged(
        report(with_some(kind, "a::t1", "a::t2")), standard(), of=bounded(False, **{kind: Budget(float(most))})
    )
    assert (result.verdict is PASSED) == (most >= 2)
    if most < 2:
        expected = f"2 tests {kind}, {most} at most may be; they are: a::t1, a::t2"
        assert messages(result, f"newly-{kind}") == [expected]


@pytest.mark.parametrize(("kind", "growth"), list(itertools.product(KINDS, range(4))))
def test_growth_is_what_was_not_so_in_the_baseline(kind: Kind, growth: int) -> None:
    before = baseline(with_some(kind, "a::t0", "a::t1"))
    found = report(with_some(kind, "a::t1", "a::t2", "a::t3"))
    result = judged(found, standard(before), of=bounded(**{kind: Budget(growth=float(growth))}))
    assert (result.verdict is PASSED) == (growth >= 2), "a skip that went pays for no new one"
    assert f"newly-{kind}" in kinds(result, blocking=growth < 2)
    assert "a::t2, a::t3" in messages(result, f"newly-{kind}")[0]


def test_a_skipped_test_that_moved_is_no_new_skip() -> None:
    before = baseline({"a::t": "skipped", "a::u": "passed"})
    found = report({"b::t": "skipped", "a::u": "passed"})
    assert judged(found, standard(before), of=bounded(skipped=Budget(growth=0.0))).verdict is PASSED


def test_a_new_test_that_is_skipped_is_a_new_skip() -> None:
    found = report({"a::t": "passed", "a::quite another": "skipped"})
    assert (
        judged(found, standard(baseline(passing(["a::t"]))), of=bounded(skipped=Budget(growth=0.0))).verdict is FAILED
    )


def test_a_new_skip_is_told_also_where_nothing_bounds_it() -> None:
    result = judged(report(with_some("skipped", "a::t1")), standard(baseline(passing(TESTS))))
    assert result.verdict is PASSED
    assert [(found.message, found.blocks) for found in result.findings] == [
        ("1 test skipped unlike in the baseline: a::t1", False)
    ]


@pytest.mark.parametrize("held", [standard(), standard(BaselineProblem("gates/baselines/c/s.json: not JSON"))])
@pytest.mark.parametrize("kind", ["skipped", "warnings", "duration_s"])
def test_growth_without_a_baseline_is_not_judged(held: Standard, kind: str) -> None:
    found = report(passing(TESTS))._replace(warnings=1, duration_s=1.0)
    result = judged(found, held, of=bounded(False, **{kind: Budget(growth=5.0)}))
    assert result.verdict is ERROR
    assert kinds(result) in (["baseline-missing"], ["baseline-unusable"])


@pytest.mark.parametrize(("name", "unit"), [("warnings", ""), ("duration", " s")])
def test_a_number_that_the_report_does_not_tell_is_never_0(name: str, unit: str) -> None:
    key = "duration_s" if unit else name
    spec = bounded(False, **{key: Budget(3.0)})
    silent = report(passing(TESTS))
    result = judged(silent, standard(), of=spec)
    hint = "use a format that tells it, or count it under `metrics:`"
    assert result.verdict is ERROR
    assert messages(result, f"no-{name}") == [f"the step bounds its {name}, and its report tells nothing of it; {hint}"]
    assert judged(changed(silent, **{key: 3}), standard(), of=spec).verdict is PASSED
    broken = judged(changed(silent, **{key: 4}), standard(), of=spec)
    assert broken.verdict is FAILED
    assert messages(broken, name) == [f"{name}: 4{unit}, at most 3{unit}"]


@pytest.mark.parametrize("key", ["warnings", "duration_s"])
def test_growth_needs_the_baselines_own_number(key: str) -> None:
    spec, found = bounded(**{key: Budget(growth=2.0)}), changed(report(passing(TESTS)), **{key: 5})
    none = judged(found, standard(baseline(passing(TESTS))), of=spec)
    assert none.verdict is ERROR
    assert "`gatekeeper baseline accept CYCLE --step suite/unit --reason TEXT`" in none.findings[0].message
    assert judged(found, standard(baseline(passing(TESTS), counts={key: 3.0})), of=spec).verdict is PASSED
    assert judged(found, standard(baseline(passing(TESTS), counts={key: 2.5})), of=spec).verdict is FAILED
    assert judged(found, standard(baseline(passing(TESTS), counts={key: float("nan")})), of=spec).verdict is ERROR


@pytest.mark.parametrize(
    ("budget", "before", "verdict", "flaky"),
    [
        (None, "passed", PASSED, True),
        (None, "flaky", PASSED, True),
        (Budget(total=0.0), "passed", FAILED, False),
        (Budget(total=1.0), "passed", PASSED, False),
        (Budget(growth=0.0), "flaky", PASSED, False),
        (Budget(growth=0.0), "passed", FAILED, False),
        (Budget(growth=1.0), "passed", PASSED, False),
    ],
)
def test_a_retry_on_an_unchanged_tree_is_flaky_unless_a_budget_allows_it(
    budget: Budget | None, before: TestOutcome, verdict: StepVerdict, flaky: bool
) -> None:
    found = report({"a::u": "passed"}, ReportedTest("a::t", "flaky", attempts=2))
    spec = COMPARING._replace(baseline=BaselineSpec(flaky=budget))
    result = judged(found, standard(baseline({"a::t": before, "a::u": "passed"})), of=spec)
    assert (result.verdict, result.flaky) == (verdict, flaky)
    assert "test-rerun" in kinds(result, blocking=False)


def test_a_test_that_failed_each_time_is_not_flaky() -> None:
    found = report({"a::u": "passed"}, ReportedTest("a::t", "failed", attempts=3))
    result = judged(found, standard(baseline({"a::t": "failed", "a::u": "passed"})), 1)
    assert (result.verdict, result.flaky) == (PASSED, False)


def test_a_quarantined_test_makes_no_run_flaky() -> None:
    found = report({"a::u": "passed"}, ReportedTest("a::t", "flaky", attempts=2))
    held = standard(baseline(passing(["a::t", "a::u"])), entry("a::t"))
    assert judged(found, held).flaky is False
