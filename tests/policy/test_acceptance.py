"""What may become of a baseline: stronger by itself, weaker only by name."""

from __future__ import annotations

import itertools
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as some

from gatekeeper.model.baseline import Baseline
from gatekeeper.model.demands import MetricSpec
from gatekeeper.model.plan import Shell, Step
from gatekeeper.model.report import TestOutcome
from gatekeeper.policy.acceptance import Change, take, weakening
from gatekeeper.policy.graduation import graduates

OUTCOMES: tuple[TestOutcome, ...] = get_args(TestOutcome)
STEP = Step("suite", "unit", Shell("true"), 60.0, metrics=(MetricSpec("kb"), MetricSpec("score", better="higher")))
numbers = some.dictionaries(some.sampled_from(["lines", "branches", "file:a"]), some.floats(0, 100))
baselines = some.builds(
    Baseline,
    some.just(""),
    some.just(""),
    some.dictionaries(some.sampled_from("abcd"), some.sampled_from(OUTCOMES)),
    numbers,
    some.dictionaries(some.sampled_from(["kb", "score", "gone"]), some.floats(0, 100)),
    some.dictionaries(some.sampled_from(["warnings", "duration_s"]), some.floats(0, 100)),
)


def having(tests: dict[str, TestOutcome], **numbers: dict[str, float]) -> Baseline:
    return Baseline("", "", tests, **numbers)


def facts(baseline: Baseline) -> dict[str, object]:
    named = {"coverage.": baseline.coverage, "metric:": baseline.metrics, "count:": baseline.counts}
    return {**baseline.tests, **{f"{kind}{key}": n for kind, all_ in named.items() for key, n in all_.items()}}


@pytest.mark.parametrize(("old", "new"), list(itertools.product((*OUTCOMES, None), repeat=2)))
def test_every_change_of_a_test(old: TestOutcome | None, new: TestOutcome | None) -> None:
    """Only passing, or passing unexpectedly where it failed as expected, is ever taken without a name."""
    before, after = (having({"t": outcome} if outcome else {}) for outcome in (old, new))
    taken = take(before, after, STEP)
    failing = {"failed", "error"}
    if old == new or {old, new} == failing:
        assert (taken.taken, taken.left) == ((), ())
    elif new == "passed" or (old, new) == ("xfailed", "xpassed"):
        assert taken.taken == (Change("t", "stronger", old, new, "test", "t"),)
        assert taken.baseline.tests == after.tests
    else:
        assert taken.left == (Change("t", "weaker", old, new, "test", "t"),)
        assert taken.baseline.tests == before.tests
        named = take(before, after, STEP, names=["t"])
        assert named.baseline.tests == after.tests
        assert weakening(named) == ("t",)


@given(baselines, baselines)
def test_without_a_name_nothing_gets_weaker(before: Baseline, after: Baseline) -> None:
    """All that was there stays there, no number gets worse, and no test that passed does anything else."""
    taken = take(before, after, STEP)
    assert weakening(taken) == ()
    now = taken.baseline
    assert now.tests.keys() >= before.tests.keys()
    assert all(now.tests[test] == "passed" for test, outcome in before.tests.items() if outcome == "passed")
    assert all(now.coverage[name] >= share for name, share in before.coverage.items())
    assert now.metrics.get("kb", 0) <= before.metrics.get("kb", 100)
    assert now.metrics.get("score", 100) >= before.metrics.get("score", 0)
    again = take(now, after, STEP)
    assert (again.taken, again.baseline) == ((), now)


@given(baselines, baselines)
def test_with_every_name_the_baseline_is_what_the_run_said(before: Baseline, after: Baseline) -> None:
    """But for an error that is a failure now: to a baseline they are one."""
    every = take(before, after, STEP, everything=True)
    names = [change.name for change in every.taken]
    assert take(before, after, STEP, names=names or ["nothing"]).baseline == every.baseline
    wanted, found = facts(after), facts(every.baseline)
    alike = {"failed": "error"}
    assert {k: alike.get(str(v), v) for k, v in found.items()} == {k: alike.get(str(v), v) for k, v in wanted.items()}


@given(baselines, baselines, some.sets(some.sampled_from("abcd")))
def test_with_names_nothing_else_is_touched(before: Baseline, after: Baseline, names: set[str]) -> None:
    taken = take(before, after, STEP, names=names or {"a"})
    old, new = facts(before), facts(taken.baseline)
    changed = {name for name in {*old, *new} if old.get(name) != new.get(name)}
    assert changed <= (names or {"a"})
    assert set(taken.unknown) == {name for name in names or {"a"} if name not in {**old, **facts(after)}}


def test_a_first_baseline_has_all_that_passed_whatever_is_named() -> None:
    results = having({"a": "passed", "b": "failed", "c": "skipped"}, coverage={"lines": 80.0})
    assert take(None, results, STEP, names=["b"]).baseline == having(
        {"a": "passed", "b": "failed"}, coverage={"lines": 80.0}
    )
    assert take(None, results, STEP, everything=True).baseline == results


def test_how_long_tests_took_is_taken_only_by_name() -> None:
    """It changes with every run; a baseline that takes the shortest time ever would be broken by the next."""
    before, after = having({}, counts={"duration_s": 9.0}), having({}, counts={"duration_s": 8.0})
    for old, new, ids in ((before, after, ()), (after, before, ("count:duration_s",))):
        assert take(old, new, STEP).baseline == old
        assert take(old, new, STEP).left == ()
        named = take(old, new, STEP, names=["count:duration_s"])
        assert (named.baseline, weakening(named)) == (new, ids)
    assert take(None, after, STEP).baseline == after


def test_a_renamed_test_is_neither_lost_nor_new() -> None:
    """As judging sees it; what is named is taken, and other renames are left."""
    before = having({"a.py::test_old_name": "failed", "gone.py::test_x": "passed"})
    after = having({"a.py::test_new_name": "failed"})
    taken = take(before, after, STEP)
    assert taken.baseline.tests == {"a.py::test_new_name": "failed", "gone.py::test_x": "passed"}
    assert [change.name for change in taken.left] == ["gone.py::test_x"]
    assert taken.renamed == (("a.py::test_old_name", "a.py::test_new_name"),)
    assert take(before, after, STEP, names=["gone.py::test_x"]).baseline.tests == {"a.py::test_old_name": "failed"}
    assert take(before, after, STEP, names=["a.py::test_new_name"]).renamed == taken.renamed


def test_who_passed_in_each_of_the_last_runs_graduates() -> None:
    runs = [("a", "b"), ("a", "b"), ("b", "a", "c"), ("a",), ("a", "b")]
    assert graduates(runs) == ("a",)
    assert graduates(runs[:4]) == ()
    assert graduates([()] * 5) == ()
    assert graduates([*runs, ()]) == ("a",)
    assert graduates(runs, runs=2) == ("a", "b")
