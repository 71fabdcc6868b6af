"""What the failures of a round come to: kinds with counts, causes first, and tests that came and went."""

from __future__ import annotations

from typing import Any

from gatekeeper.model.events import RoundStarted, StepFinished
from gatekeeper.model.known import KnownFailure
from gatekeeper.model.report import Totals
from gatekeeper.model.verdict import Finding
from gatekeeper.policy.categories import Category, TurnedTests, categories, turned_tests
from gatekeeper.policy.fold import RoundRecord, RunRecord

EXIT = Finding("exit-code", "exit code 1")


def failed(step: str, *findings: Finding, **more: Any) -> StepFinished:
    return StepFinished("g", step, 1, 1, "failed", findings=findings)._replace(**more)


def test_causes_come_before_what_they_blocked() -> None:
    found = categories(
        [
            StepFinished("g", "c", 1, 0, "blocked"),
            failed("a", Finding("timeout", "ended")),
            failed("b", Finding("timeout", "ended")),
            StepFinished("g", "d", 1, 1, "passed"),
        ]
    )
    assert found == (Category("timeout", 2, ("g/a", "g/b")), Category("blocked", 1, ("g/c",)))


def test_an_exit_code_is_a_kind_only_where_nothing_says_more() -> None:
    said = failed("b", Finding("lost-tests", "2"), EXIT, Finding("noted", "x", blocks=False))
    assert categories([failed("a", EXIT), said]) == (
        Category("exit-code", 1, ("g/a",)),
        Category("lost-tests", 1, ("g/b",)),
    )


def test_tests_that_are_not_listed_count_and_excused_ones_do_not() -> None:
    listed = (Finding("test-failed", "a::b"), Finding("tests-failed", "and 11 more"))
    (found,) = categories([failed("a", *listed, EXIT, tests=Totals(20, 5, 15, 0, 0))])
    assert found == Category("test-failed", 12, ("g/a",))


def test_a_known_failure_is_of_its_pattern_and_a_silent_one_of_its_verdict() -> None:
    known = failed("a", EXIT, known=KnownFailure("port_in_use", "config", "held"))
    assert categories([known, failed("b")]) == (
        Category("port_in_use", 1, ("g/a",), True, "config"),
        Category("failed", 1, ("g/b",)),
    )


def run_of(*results: StepFinished) -> RunRecord:
    record = RunRecord("r")
    for number, event in enumerate(results, 1):
        each = RoundRecord(RoundStarted(number, "why", "T"), "")
        each.steps.append(event)
        record.rounds.append(each)
    return record


def test_tests_that_came_and_went() -> None:
    before = failed("a", Finding("test-failed", "t::x: 1 is not 2"), Finding("test-error", "t::y"))
    after = failed("a", Finding("test-failed", "t::x: 1 is not 3"), Finding("test-failed", "t::z"))
    record = run_of(before._replace(tests=Totals(3, 1, 1, 1, 0)), after._replace(tests=Totals(3, 1, 2, 0, 0)))
    assert turned_tests(record, 1) == TurnedTests(("t::y",), ("t::z",))


def test_where_not_all_tests_are_listed_none_is_said_to_have_turned() -> None:
    many = failed("a", Finding("test-failed", "t::x"), Finding("tests-failed", "and 30 more"))
    record = run_of(many._replace(tests=Totals(40, 9, 31, 0, 0)), failed("a", tests=Totals(40, 40, 0, 0, 0)))
    assert turned_tests(record, 1) == TurnedTests((), ())
    assert turned_tests(run_of(many, failed("a", tests=Totals(1, 1, 0, 0, 0))), 1) == TurnedTests((), ())
