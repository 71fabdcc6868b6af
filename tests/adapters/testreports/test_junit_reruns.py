"""Which of two cases of one name is a second attempt, and what then counts."""

from __future__ import annotations

import io
from itertools import product

import pytest

from gatekeeper.adapters.testreports.junit import read_junit
from gatekeeper.model.report import Report

PASS = '<testcase classname="c" name="a" time="1"/>'
FAIL = '<testcase classname="c" name="a" time="2"><failure message="m"/></testcase>'
SKIP = '<testcase classname="c" name="a" time="4"><skipped/></testcase>'
TORN = '<testcase classname="c" name="a" time="8"><error message="failed on teardown with x"/></testcase>'
GO = '<properties><property name="go.version" value="go1.19"/></properties>'
WRITERS = {
    "pytest": '<testsuites name="pytest tests"><testsuite name="mine">{}</testsuite></testsuites>',
    "pytest of old": '<testsuite name="mine" errors="" failures="" skipped="" tests="">{}</testsuite>',
    "go": "<testsuites><testsuite name='p'>" + GO + "{}</testsuite></testsuites>",
    "anybody": '<testsuites name="jest tests"><testsuite name="s">{}</testsuite></testsuites>',
}


def read(writer: str, *cases: str) -> Report:
    report = read_junit(io.BytesIO(WRITERS[writer].format("".join(cases)).encode()), "r.xml")
    assert isinstance(report, Report), report
    return report


def told(report: Report) -> list[tuple[str, str, int]]:
    return [(test_id, "passed", 1) for test_id in report.passed] + [
        (case.id, case.outcome, case.attempts) for case in report.cases
    ]


@pytest.mark.parametrize("writer", ["pytest", "pytest of old"])
@pytest.mark.parametrize(
    ("cases", "outcome", "attempts"),
    [
        ((PASS, PASS), "flaky", 2),
        ((PASS, PASS, PASS), "flaky", 3),
        ((PASS, FAIL), "failed", 2),
        ((PASS, SKIP), "skipped", 2),
        ((FAIL, TORN), "error", 1),
        ((PASS, FAIL, TORN), "error", 2),
        ((PASS, TORN), "error", 2),
        ((FAIL, PASS), "failed", 2),
        ((FAIL, SKIP), "failed", 2),
        ((FAIL, PASS, PASS), "failed", 3),
    ],
)
def test_pytest(writer: str, cases: tuple[str, ...], outcome: str, attempts: int) -> None:
    """An attempt that is run again looks passed; a failure that was written is never undone."""
    report = read(writer, *cases)
    assert told(report) == [("c::a", outcome, attempts)]
    assert report.duration_s == sum(1 << [PASS, FAIL, SKIP, TORN].index(case) for case in cases)


@pytest.mark.parametrize(
    ("cases", "outcome", "attempts"),
    [
        ((FAIL, PASS), "flaky", 2),
        ((FAIL, FAIL, PASS), "flaky", 3),
        ((FAIL, FAIL), "failed", 2),
        ((FAIL, PASS, PASS), "failed", 3),
        ((PASS, FAIL), "failed", 2),
        ((PASS, PASS), "passed", 1),
        ((SKIP, PASS), "skipped", 2),
    ],
)
def test_go(cases: tuple[str, ...], outcome: str, attempts: int) -> None:
    """A failure and one pass is a rerun that passed; a failure and more passes is `-count`, and failed."""
    assert told(read("go", *cases)) == [("c::a", outcome, attempts)]


def test_everywhere_else_each_case_is_a_test() -> None:
    """Titles may repeat: no outcome of one hides that of another."""
    for cases in product([PASS, FAIL, SKIP], repeat=3):
        report = read("anybody", *cases)
        assert report.counts.total == 3
        assert report.counts.passed == cases.count(PASS)
        assert report.counts.failed == cases.count(FAIL)
        assert {test_id for test_id, _, _ in told(report)} == {"c::a", "c::a #2", "c::a #3"}


@pytest.mark.parametrize("writer", WRITERS)
def test_a_test_that_failed_last_is_never_anything_better(writer: str) -> None:
    """Whoever wrote it, and whatever stands before."""
    for *before, last in product([PASS, FAIL, SKIP, TORN], [PASS, FAIL, SKIP, TORN], [FAIL, TORN]):
        counts = read(writer, *before, last).counts
        assert counts.failed + counts.errors > 0


def test_the_same_test_in_two_suites_of_pytest_is_two_tests() -> None:
    """Reports of two jobs that were put into one file; only a repetition inside one suite is a rerun."""
    suite = f'<testsuite name="pytest">{PASS}{PASS}</testsuite>'
    document = f"<testsuites>{suite}{suite.replace(PASS + PASS, PASS + FAIL)}</testsuites>"
    report = read_junit(io.BytesIO(document.encode()), "r.xml")
    assert isinstance(report, Report)
    assert told(report) == [("c::a", "flaky", 2), ("c::a #2", "failed", 2)]


def test_a_number_that_somebody_has_already_is_not_given_again() -> None:
    """A test may be called like the second of another."""
    taken = PASS.replace('name="a"', 'name="a #2"')
    assert set(read("anybody", taken, PASS, PASS, PASS).passed) == {"c::a", "c::a #2", "c::a #3", "c::a #4"}


def test_a_property_of_a_test_makes_no_dialect() -> None:
    """What a test says of itself cannot turn its failures into reruns."""
    inside = FAIL.replace("<failure", f"{GO}<failure")
    assert read("anybody", inside, PASS).counts.failed == 1
