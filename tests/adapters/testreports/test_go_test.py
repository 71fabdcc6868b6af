"""The events of ``go test -json``, from packages that pass, fail, panic, exit and do not build."""

from __future__ import annotations

import json

import pytest

from gatekeeper.model.report import ReportedTest, Totals
from tests.adapters.testreports.reading import SAMPLES, bad, passes, problem, read, sample, told


def events(*made: tuple[str, str] | tuple[str, str, str]) -> str:
    """Lines of events in the package p: (action, test) or ("output", test, text)."""
    lines = []
    for action, test, *output in made:
        event = {"Action": action, "Package": "p", "Test": test, "Output": "".join(output)}
        lines.append(json.dumps({key: value for key, value in event.items() if value}) + "\n")
    return "".join(lines)


def test_passes_failures_skips_and_subtests() -> None:
    report = sample("go_test", "basket")
    assert report.counts == Totals(7, 3, 3, 0, 1)
    assert told(report) == [
        ("example.test/shop/basket::TestFail", "failed", "got 2, want 3", "basket_test.go:13"),
        ("example.test/shop/basket::TestSkip", "skipped", "not today", "basket_test.go:16"),
        ("example.test/shop/basket::TestSub/two", "failed", "two is wrong", "basket_test.go:20"),
        ("example.test/shop/basket::TestSub", "failed", "one of its subtests failed", ""),
    ]
    assert report.contradictions == ()
    assert report.duration_s == 0.0


@pytest.mark.parametrize("name", ["broken", "build-1.24"])
def test_a_package_that_does_not_build(name: str) -> None:
    """In plain text up to Go 1.23, then as events."""
    report = sample("go_test", name)
    [case] = report.cases
    assert case == ReportedTest(
        "example.test/shop/broken::(the package)",
        "error",
        "did not build: undefined: undefined",
        "broken/b_test.go:5",
        collected=False,
    )


def test_a_panic() -> None:
    report = sample("go_test", "panics")
    assert [(case.id, case.message, case.place) for case in bad(report)] == [
        ("example.test/shop/panics::TestPanics", "panic: assignment to entry in nil map", "panics/p_test.go:8")
    ]


def test_a_timeout_of_go_fails_the_test_that_ran() -> None:
    report = sample("go_test", "timeout")
    assert [(case.outcome, case.message, case.place) for case in bad(report)] == [
        ("failed", "panic: test timed out after 1s", "timeout/t_test.go:6")
    ]


def test_a_package_that_fails_before_its_tests() -> None:
    """`TestMain` gives up: not one test was reached."""
    [case] = sample("go_test", "setup").cases
    assert (case.outcome, case.collected, case.message) == (
        "error",
        False,
        "failed, and no test of it did: no database",
    )


def test_a_test_that_ends_the_process_with_0() -> None:
    """Go itself is deceived: exit code 0, and the package is not told of."""
    report = sample("go_test", "sys")
    assert report.contradictions == (
        "r: packages without an end, which crashed or were cut short: example.test/shop/sys",
    )


def test_a_test_that_prints_no_line_end_passed_all_the_same() -> None:
    report = sample("go_test", "prints")
    assert report.counts == Totals(2, 2, 0, 0, 0)
    assert passes(report)


def test_cached_results_are_noted() -> None:
    report = sample("go_test", "cached")
    assert passes(report)
    assert report.notes == ("r: packages that Go did not run, as it had results cached (`-count=1` runs them): 1",)


def test_no_tests_to_run() -> None:
    assert sample("go_test", "none").counts.total == 0


def test_a_count_of_two_runs_every_test_twice() -> None:
    """What passes each time is no flaky test; what fails once failed."""
    report = sample("go_test", "count")
    assert report.counts == Totals(7, 3, 3, 0, 1)
    assert [case.attempts for case in bad(report)] == [2, 2, 2]
    mixed = events(
        ("run", "A"),
        ("fail", "A"),
        ("run", "A"),
        ("pass", "A"),
        ("run", "B"),
        ("pass", "B"),
        ("run", "B"),
        ("fail", "B"),
        ("fail", ""),
    )
    assert [(case.outcome, case.attempts) for case in read("go_test", mixed).cases] == [("failed", 2), ("failed", 2)]


def test_failed_tests_that_are_run_again() -> None:
    """gotestsum puts the second run of the package behind the first."""
    report = sample("go_test", "rerun")
    assert report.counts == Totals(2, 1, 0, 0, 0, flaky=1)
    [case] = report.cases
    assert (case.outcome, case.attempts, case.message) == ("flaky", 2, "the first time")
    twice = (SAMPLES / "prints.go.jsonl").read_text() * 2
    assert read("go_test", twice).counts == Totals(2, 2, 0, 0, 0)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (events(("run", "A"), ("pass", "A")), "packages without an end, which crashed or were cut short: p"),
        (events(("run", "A"), ("pass", "")), "p passed, but tests of it never ended: A"),
        (events(("run", "A"), ("fail", "A"), ("pass", "")), "p is said to have passed, but tests of it did not"),
        (events(("run", "A"), ("pass", "A"), ("pass", ""))[:-1], "it is cut short: its last line has no end"),
    ],
)
def test_what_is_incomplete_or_says_two_things(made: str, words: str) -> None:
    report = read("go_test", made)
    assert f"r: {words}" in report.contradictions
    assert not passes(report)


def test_a_package_that_fails_after_its_tests_passed() -> None:
    """A race that is found late: the tests count, and the package is an error."""
    made = events(
        ("run", "A"), ("pass", "A"), ("output", "", "testing: race detected outside of test execution\n"), ("fail", "")
    )
    [case] = read("go_test", made).cases
    assert (case.id, case.collected) == ("p::(the package)", True)
    assert "race detected" in case.message


def test_tests_that_others_took_along() -> None:
    """A parallel test panics: those that were waiting never ended."""
    made = events(
        ("run", "A"),
        ("pause", "A"),
        ("run", "B"),
        ("output", "B", "panic: no\n"),
        ("output", "B", "\t/x/b_test.go:4 +0x1\n"),
        ("fail", ""),
    )
    assert told(read("go_test", made)) == [
        ("p::A", "error", "never ended", ""),
        ("p::B", "failed", "panic: no", "/x/b_test.go:4"),
    ]


def test_benchmarks_have_no_end() -> None:
    assert passes(
        read("go_test", events(("run", "BenchmarkA"), ("output", "BenchmarkA", "1000 ns/op\n"), ("pass", "")))
    )


def test_lines_of_the_compiler_between_events_are_noted() -> None:
    report = read("go_test", "go: downloading x\n" + events(("run", "A"), ("pass", "A"), ("pass", "")))
    assert passes(report)
    assert report.notes == ("r: lines that are no events: 1",)


@pytest.mark.parametrize("text", ["", "hello\n", "{}\n", '{"Action"\n', "[1]\n", "ok  \tp\t0.1s\n"])
def test_what_is_no_such_report(text: str) -> None:
    assert problem("go_test", text) == "r is not the output of `go test -json`: it holds no event of it"
