"""TAP 13 and 14 as node, bats, tape, Test::More and tap write it, and as it is when something went wrong."""

from __future__ import annotations

import pytest

from gatekeeper.model.report import Totals
from tests.adapters.testreports.reading import bad, passes, problem, read, sample, told


def contradictions(text: str) -> list[str]:
    return [words.removeprefix("r: ") for words in read("tap", text).contradictions]


def test_node() -> None:
    """Subtests before their test; a suite is one, too; a sharp in a name is escaped; YAML tells why and where."""
    report = sample("tap", "node")
    assert report.counts == Totals(10, 4, 2, 0, 2, xfailed=1, xpassed=1)
    assert told(report) == [
        ("basket::fails", "failed", "Expected values to be strictly equal: 2 !== 3", "basket.test.js:5"),
        ("basket::is skipped", "skipped", "not today", ""),
        ("basket", "failed", "1 subtest failed", "basket.test.js:4"),
        ("todo fails", "xfailed", "known", "basket.test.js:9"),
        ("todo passes", "xpassed", "", ""),
        ("outer::SKIP me", "skipped", "", ""),
    ]
    assert report.passed == ("adds", "basket::passes", "outer::inner # not a directive", "outer")
    assert report.contradictions == ()
    assert report.duration_s == pytest.approx(0.0046, abs=0.0005)  # not twice what suites and their tests took


def test_a_file_that_node_could_not_load() -> None:
    [case] = sample("tap", "node-broken").cases
    assert (case.id, case.outcome, case.collected, case.place) == (
        "broken.test.js",
        "error",
        False,
        "broken.test.js:1",
    )


@pytest.mark.parametrize("name", ["bats", "bats13", "bats-timed"])
def test_bats(name: str) -> None:
    """`not ok # SKIP` is what its formatter for TAP 13 makes of a skip; with `-T` the time is no part of the name."""
    report = sample("tap", name)
    assert report.counts == Totals(4, 1, 1, 0, 1, xpassed=1)
    [case] = bad(report)
    assert (case.id, case.place) == ("fails", "b.bats:2")
    assert case.message.startswith('(in test file b.bats, line 2) `@test "fails"')
    assert report.passed == ("adds",)
    assert report.duration_s == (pytest.approx(0.015) if name == "bats-timed" else None)


def test_tape() -> None:
    report = sample("tap", "tape")
    assert [(case.id, case.message, case.place) for case in bad(report)] == [
        ("is # equal", "operator: equal, expected: 2, actual: 1", "tape.js:2"),
        ("plan != count", "operator: fail, expected: 2, actual: 1", bad(report)[1].place),
    ]
    assert report.counts == Totals(5, 2, 2, 0, 1)


def test_vitest() -> None:
    """Files and suites have their tests in braces; blocks are indented by four, and texts in them lie left of that."""
    report = sample("tap", "vitest")
    failed = "expected [ 1, 2 ] to deeply equal [ 1, 3 ]"
    assert told(report) == [
        ("basket.test.mjs > basket::fails", "failed", failed, "basket.test.mjs:4"),
        ("basket.test.mjs > basket::later", "skipped", "", ""),
        ("basket.test.mjs > basket::write me", "xpassed", "", ""),
        ("basket.test.mjs::basket", "failed", "subtests that failed: 1", ""),
        ("basket.test.mjs", "failed", "subtests that failed: 1", ""),
        ("broken.test.mjs", "error", report.cases[-1].message, "broken.test.mjs:1"),
    ]
    assert not report.cases[-1].collected
    assert report.cases[-1].message.startswith("Cannot find module './nothing-here'")
    assert report.contradictions == report.notes == ()
    assert sample("tap", "vitest-flat").counts == Totals(7, 3, 1, 1, 1, xpassed=1)


def test_mocha() -> None:
    """What it says of a failure is no YAML, only indented."""
    assert [(case.id, case.message, case.place) for case in bad(sample("tap", "mocha"))] == [
        ("basket fails", "1 == 2 AssertionError [ERR_ASSERTION]: 1 == 2", "m/m.js:2"),
        ('hooks "before all" hook for "never"', "no db Error: no db", "m/m.js:4"),
    ]


def test_perl() -> None:
    report = sample("tap", "perl")
    assert told(report) == [
        ("inner::b", "failed", "", ""),
        ("inner", "failed", "subtests that failed: 1", ""),
        ("todo fails", "xfailed", "known", "p.pl:4"),
        ("(test 4)", "skipped", "not today", ""),
    ]


def test_subtests_in_braces() -> None:
    """As tap buffers them; a brace may be the end of a name, too."""
    report = sample("tap", "braces")
    assert report.passed == ("first::inner", "first", "obj is {", "last")
    assert told(report) == [("first::bad", "failed", "", "a.test.js:4"), ("ends with {", "failed", "", "")]
    assert report.contradictions == ("r: 'first' is ok, but not all of its subtests are: 1 failed",)


def test_a_report_that_ran_nothing() -> None:
    report = sample("tap", "skipall")
    assert report.counts.total == 0
    assert report.notes == ("r: it ran nothing: no perl",)


def test_bailing_out() -> None:
    assert sample("tap", "bail").contradictions == (
        "r: it bailed out: no db",
        "r: it has no plan, it crashed or was cut short",
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ok 1\n", "it has no plan, it crashed or was cut short"),
        ("1..2\nok 1\n", "it has 1 test, and a plan of 2"),
        ("1..1\nok 1\nok 2\n", "it has 2 tests, and a plan of 1"),
        ("1..2\nok 1\nok 1\n", "it has the number 1 twice"),
        ("1..2\nok 1\nok 7\n", "it has a plan of 2, and a test with a number outside of it"),
        ("1..1\nok 0\n", "it has a plan of 1, and a test with a number outside of it"),
        ("1..1\nok 1\n1..1\n", "it has a second plan"),
        ("1..0 # SKIP no\nok 1\n", "it has 1 test, and a plan of 0"),
        ("1..1\nok 1 # TO", "it is cut short: its last line or block has no end"),
        ("1..1\nok 1\n  ---\n  a: 1\n", "it is cut short: its last line or block has no end"),
        ("1..1\nok 1\n  ---\n  a: 1\nnot ok 2\n", "a block of details has no end"),
        ("1..1\n    ok 1 - a\n    1..1\nok 1 - b\n    ok 1 - c\n", "it has subtests that belong to no test"),
        ("1..1\n    not ok 1 - a\n    1..1\nok 1 - b\n", "'b' is ok, but not all of its subtests are: 1 failed"),
        ("1..1\n    ok 1 - a\nok 1 - b\n", "the subtest 'b' has no plan, it crashed or was cut short"),
        ("1..1\nok 1 - b {\n    ok 1 - a\n    1..1\n", "the subtest 'b' has no end"),
        ("1..1\nok 1\nBail out!\n", "it bailed out: it does not say why"),
    ],
)
def test_what_is_incomplete_or_says_two_things(text: str, words: str) -> None:
    assert any(said.startswith(words) for said in contradictions(text)), contradictions(text)
    assert not passes(read("tap", text))


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        ("ok 1 - a", None),
        ("ok", None),
        ("ok 1 a # skip", "skipped"),
        ("ok 1 a # Skipped: later", "skipped"),
        ("not ok 1 a # TODO x", "xfailed"),
        ("ok 1 a # todo", "xpassed"),
        ("ok 1 a # TODONE", None),
        ("ok 1 a \\# TODO x", None),
        ("ok 1 a#TODO x", None),
        ("not ok 1 a # SKIP", "skipped"),
        ("not ok", "failed"),
    ],
)
def test_what_a_line_means(line: str, outcome: str | None) -> None:
    report = read("tap", f"1..1\n{line}\n")
    assert [case.outcome for case in report.cases] == ([outcome] if outcome else [])
    assert report.contradictions == ()


def test_what_is_no_tap_is_passed_over() -> None:
    """npm's own lines, a program's output, carriage returns, a byte order mark."""
    report = read("tap", "\ufeffTAP version 14\r\n> npm test\r\npragma +strict\r\nok 1 - a\r\nokay then\r\n1..1\r\n")
    assert passes(report)
    assert report.passed == ("a",)
    assert report.notes == ("r: lines that are no TAP: 2",)


def test_the_last_comment_needs_no_end() -> None:
    assert passes(read("tap", "1..1\nok 1 - a\n# tests 1"))


def test_failures_inside_a_todo_are_expected() -> None:
    report = read("tap", "1..1\n    not ok 1 - a\n    ok 2 - c\n    1..2\nnot ok 1 - b # TODO later\n")
    assert [(case.id, case.outcome) for case in report.cases] == [("b::a", "xfailed"), ("b", "xfailed")]
    assert report.contradictions == ()


def test_a_block_of_details_hides_no_failure() -> None:
    """A block ends where something stands further left, whether it has an end or not."""
    report = read("tap", "1..2\nok 1\n  ---\n  message: |\n    x\nnot ok 2 - hidden\n  ...\n")
    assert [case.id for case in bad(report)] == ["hidden"]


@pytest.mark.parametrize("text", ["", "hello\n", "\0\0\0\n", "okay\n"])
def test_what_is_no_such_report(text: str) -> None:
    assert problem("tap", text) == "r is not TAP: it has neither a plan nor a test"
