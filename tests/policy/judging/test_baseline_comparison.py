"""Comparing tests with a baseline: every id in one class, whatever happened."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.model.baseline import LISTED
from gatekeeper.model.report import ReportedTest, TestOutcome
from gatekeeper.policy.judging.baseline_comparison import Classes, compare, summarised
from gatekeeper.policy.judging.outcomes import outcomes_of

from .evidence import baseline, judged, passing, report, standard

OUTCOMES: tuple[TestOutcome, ...] = ("passed", "failed", "error", "skipped", "xfailed", "xpassed", "flaky")
FAILING = {"failed", "error"}
NEW_KIND: dict[TestOutcome, str] = {"skipped": "newly_skipped", "xfailed": "newly_xfailed", "flaky": "newly_flaky"}
IDS = st.sampled_from([f"{home}::{name}" for home in ("a.py", "b.py") for name in ("t", "T", "t[1]", "u_v", "u_w")])
TESTS = st.dictionaries(IDS, st.sampled_from(OUTCOMES))


def class_of(classes: Classes, test: str) -> str:
    """The one class that a test is in."""
    (found,) = (name for name, tests in classes._asdict().items() if test in tests)
    return found


@pytest.mark.parametrize(("before", "now"), list(itertools.product(OUTCOMES, OUTCOMES)))
def test_every_change_of_a_test_has_its_class(before: TestOutcome, now: TestOutcome) -> None:
    found = class_of(compare({"a::t": before}, {"a::t": now}), "a::t")
    if now in FAILING:
        assert found == ("still_failing" if before in FAILING else "new_failures")
    elif now in NEW_KIND and now != before:
        assert found == NEW_KIND[now], "also where it failed before: nobody has seen it pass"
    else:
        assert found == ("fixed" if before in FAILING else "same")


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_tests_that_are_new_or_gone(outcome: TestOutcome) -> None:
    assert class_of(compare({}, {"a::t": outcome}), "a::t") == ("new_failures" if outcome in FAILING else "added")
    assert class_of(compare({"a::t": outcome}, {}), "a::t") == "lost"


def test_a_test_that_is_skipped_now_is_not_lost() -> None:
    classes = compare(passing(["a::t", "a::u"]), {"a::t": "skipped", "a::u": "passed"})
    assert (classes.newly_skipped, classes.lost) == (("a::t",), ())


@settings(deadline=None)
@given(before=TESTS, now=TESTS, excused=st.sets(IDS))
def test_every_id_is_in_exactly_one_class(
    before: dict[str, TestOutcome], now: dict[str, TestOutcome], excused: set[str]
) -> None:
    """And in the right one of the two sides."""
    classes = compare(before, now, excused)
    plain = [test for name, tests in classes._asdict().items() if name != "renamed" for test in tests]
    paired = [test for pair in classes.renamed for test in pair]
    assert sorted(plain + paired) == sorted(before.keys() | now.keys())
    assert set(classes.lost) <= before.keys() - now.keys()
    assert set(classes.added) <= now.keys() - before.keys()
    assert {old for old, _ in classes.renamed} <= before.keys() - now.keys()
    assert {new for _, new in classes.renamed} <= now.keys() - before.keys()
    assert set(classes.quarantined) == {test for test, came_to in now.items() if came_to in FAILING} & excused
    failing = {test for test, came_to in now.items() if came_to in FAILING}
    moved = {new for _, new in classes.renamed}
    assert failing <= {*classes.new_failures, *classes.still_failing, *classes.quarantined, *moved}


@settings(deadline=None)
@given(before=TESTS, now=TESTS)
def test_what_is_seen_forwards_is_seen_backwards(before: dict[str, TestOutcome], now: dict[str, TestOutcome]) -> None:
    """What failed and passes has failed anew if one looks back; what fails on both sides fails on both."""
    there, back = compare(before, now), compare(now, before)
    both = before.keys() & now.keys()
    assert set(there.still_failing) == set(back.still_failing)
    assert set(there.fixed) <= set(back.new_failures)
    gone = {*there.lost, *(old for old, _ in there.renamed)}
    new = {*back.added, *back.new_failures, *(new for _, new in back.renamed)}
    assert gone == new - both
    assert compare(before, dict(reversed(now.items()))) == there, "the order of a report means nothing"


@settings(deadline=None)
@given(tests=TESTS)
def test_nothing_happened_to_what_is_the_same(tests: dict[str, TestOutcome]) -> None:
    classes = compare(tests, tests)
    assert {*classes.same, *classes.still_failing} == tests.keys()


def test_of_an_id_that_occurs_twice_the_worst_counts() -> None:
    """Two files of a report may hold the same id; a pass in one does not hide a failure in the other."""
    twice = report(passing(["a::t", "a::u"]), ReportedTest("a::t", "failed"), ReportedTest("a::u", "skipped"))
    assert outcomes_of(twice) == {"a::t": "failed", "a::u": "skipped"}
    assert judged(twice, standard(baseline(passing(["a::t", "a::u"]))), 1).comparison is not None
    assert outcomes_of(report({}, ReportedTest("a.py", "error", collected=False))) == {}


def test_what_is_told_is_bounded_and_its_numbers_are_whole() -> None:
    many = {f"a::t{n:04}": "failed" for n in range(LISTED * 2)}
    told = summarised(compare({}, dict.fromkeys(many, "failed")), "a baseline", ("a::x",))
    assert told.new_failures == tuple(sorted(many))[:LISTED]
    assert dict(told.counts) == {"new_failures": LISTED * 2, "graduates": 1}


def test_of_twenty_thousand_tests_each_is_in_one_place() -> None:
    """Also where every single one of them has moved, or has another name."""
    ids = [f"tests/area_{n // 200}/test_{n // 20}.py::TestIt::test_case_{n % 20}" for n in range(20_000)]
    before = passing(ids)
    for now in (ids, [test.replace("tests/", "spec/") for test in ids], [test.replace("case", "it") for test in ids]):
        classes = compare(before, passing(now))
        assert len(classes.same) + len(classes.renamed) + len(classes.lost) == 20_000
