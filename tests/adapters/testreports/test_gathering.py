"""Gathering the tests of a report: ids, attempts, sums, and several files as one."""

from __future__ import annotations

import pytest

from gatekeeper.adapters.testreports.gathering import Gathering, relative, seconds, together
from gatekeeper.model.report import ReportedTest, Totals


def test_the_same_name_twice_is_two_tests() -> None:
    """Neither hides the other, in whichever order they come."""
    gathered = Gathering("r.xml")
    assert gathered.passed("a") == "a"
    assert gathered.add(ReportedTest("a", "failed")) == "a #2"
    assert gathered.passed("a") == "a #3"
    report = gathered.report()
    assert report.counts == Totals(3, 2, 1, 0, 0)
    assert (report.passed, [case.id for case in report.cases]) == (("a", "a #3"), ["a #2"])
    assert report.notes == ("r.xml: 2 of its tests have another's name and got a number, such as 'a #2'",)


def test_the_last_attempt_counts() -> None:
    """A pass after another attempt is flaky, a failure after a pass is a failure; attempts add up."""
    gathered = Gathering("r")
    gathered.add_attempt(ReportedTest("a", "failed", "at first"))
    gathered.add_attempt(ReportedTest("a", "passed"))
    gathered.passed("b")
    gathered.add_attempt(ReportedTest("b", "failed", attempts=2))
    gathered.add(ReportedTest("c", "passed", attempts=2))
    assert [(case.id, case.outcome, case.attempts) for case in gathered.report().cases] == [
        ("a", "flaky", 2),
        ("b", "failed", 3),
        ("c", "flaky", 2),
    ]


def test_durations_are_added_up_and_are_none_where_nobody_tells() -> None:
    """Each attempt costs its time; no time at all is no zero."""
    gathered = Gathering("r")
    gathered.passed("a", 0.1)
    gathered.add_attempt(ReportedTest("a", "passed", duration_s=0.2))
    gathered.add(ReportedTest("b", "failed"))
    assert gathered.report().duration_s == 0.3
    silent = Gathering("r")
    silent.passed("a")
    assert silent.report().duration_s is None


def test_ten_thousand_messages_are_enough() -> None:
    """All tests are kept, but not what every one of them said: it could fill the memory."""
    gathered = Gathering("r")
    for number in range(10_010):
        gathered.add(ReportedTest(f"t{number}", "failed", "m" * 300, "a.py:1"))
    cases = gathered.report().cases
    assert len(cases) == 10_010
    assert [bool(case.message) for case in cases] == [True] * 10_000 + [False] * 10


def test_twenty_contradictions_are_enough() -> None:
    """One is as good as a thousand, and a thousand are nobody's reading."""
    gathered = Gathering("r")
    for number in range(1000):
        gathered.contradict(f"{number} is odd")
    said = gathered.report().contradictions
    assert (len(said), said[0], said[20]) == (21, "r: 0 is odd", "r: and more contradictions than the 20 above")


def test_files_together() -> None:
    """Everything adds up, also warnings and times; a test that two files have is two tests."""
    first, second = Gathering("one"), Gathering("two")
    first.passed("a", 1.0)
    first.note("odd")
    second.add(ReportedTest("a", "failed", duration_s=2.0))
    second.contradict("wrong")
    one = first.report(warnings=1, exit_status=0)._replace(files=("f1",))
    two = second.report(exit_status=2)._replace(files=("f2",))
    both = together([one, two])
    assert both.counts == Totals(2, 1, 1, 0, 0)
    assert {*both.passed, *(case.id for case in both.cases)} == {"a", "a #2"}
    assert (both.files, both.contradictions) == (("f1", "f2"), ("two: wrong",))
    assert both.notes[0] == "one: odd"
    assert (both.warnings, both.duration_s, both.exit_status) == (1, 3.0, 2)
    assert together([one]) is one


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.031", 0.031),
        ("1,204.5", 1204.5),
        ("1.204,5", 1204.5),
        ("1 204,5", 1204.5),
        ("1,204,567", 1204567.0),
        ("0,031", 0.031),
        ("1e-3", 0.001),
        ("0", 0.0),
        ("", None),
        ("-1", None),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        (",", None),
    ],
)
def test_durations_as_locales_write_them(text: str, value: float | None) -> None:
    """What is no duration is None, and not nought."""
    assert seconds(text) == value


@pytest.mark.parametrize(
    ("path", "root", "below"),
    [
        ("/p/tests/a.py", "/p", "tests/a.py"),
        ("/p/tests/a.py", "/p/", "tests/a.py"),
        ("file:///p/a.js", "/p", "a.js"),
        ("/pp/a.py", "/p", "/pp/a.py"),
        ("tests/a.py", "/p", "tests/a.py"),
        ("/p/a.py", "", "/p/a.py"),
    ],
)
def test_paths_below_the_folder(path: str, root: str, below: str) -> None:
    """Only what really lies below is cut."""
    assert relative(path, root) == below
