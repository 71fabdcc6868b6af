"""Owns gathering the tests of a report, whatever its format: ids, attempts, sums. Knows no format and no file.

Two entries of one id are either two attempts of one test, where the format says so, or two tests with one name. The
latter are told apart by a number (``a::b #2``), so that neither hides the other.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence

from gatekeeper.model.report import SLOWEST, Report, ReportedTest, Totals

_TOLD = 10_000
_SAID = 20
_LONGEST_S = 1e9


class Gathering:
    """The tests of one report file while it is read. Memory: the ids, and what is told of tests that did not pass."""

    def __init__(self, name: str) -> None:
        self.name = name
        # None stands for a test that passed at once, of which nothing else is kept.
        self._tests: dict[str, ReportedTest | None] = {}
        self._copies: dict[str, int] = {}
        self._duration_s: float | None = None
        self._slowest: list[tuple[float, str]] = []
        self._told = 0
        self._contradictions: list[str] = []
        self._notes: list[str] = []

    def __bool__(self) -> bool:
        return bool(self._tests)

    def __contains__(self, test_id: str) -> bool:
        return test_id in self._tests

    def __getitem__(self, test_id: str) -> ReportedTest:
        """What is known so far of a test that was gathered; KeyError where it was not."""
        return self._tests[test_id] or ReportedTest(test_id, "passed")

    def passed(self, test_id: str, duration_s: float | None = None) -> str:
        """Take in a test of its own that simply passed; the answer is its id, which has a number if it was taken."""
        if duration_s is not None:
            self._duration_s = (self._duration_s or 0.0) + duration_s
        if test_id in self._tests:
            test_id = self._numbered(test_id)
        self._tests[test_id] = None
        if duration_s is not None:
            change = heapq.heappush if len(self._slowest) < SLOWEST else heapq.heappushpop
            change(self._slowest, (duration_s, test_id))
        return test_id

    def add(self, test: ReportedTest) -> str:
        """Take in a test of its own: flaky if a later attempt passed, numbered if its name is taken. Its id."""
        if test.attempts > 1 and test.outcome == "passed":
            test = test._replace(outcome="flaky")
        if test.outcome == "passed":
            return self.passed(test.id, test.duration_s)
        if test.duration_s is not None:
            self._duration_s = (self._duration_s or 0.0) + test.duration_s
        if test.id in self._tests:
            test = test._replace(id=self._numbered(test.id))
        self._keep(test)
        return test.id

    def add_attempt(self, test: ReportedTest) -> None:
        """Take in another attempt of the test of this id, or its first; the last one decides."""
        if test.id not in self._tests:
            self.add(test)
            return
        self.replace(test._replace(attempts=self[test.id].attempts + test.attempts))

    def replace(self, test: ReportedTest) -> None:
        """Say something else of the test of this id, which was gathered before: its duration counts in addition."""
        if test.duration_s is not None:
            self._duration_s = (self._duration_s or 0.0) + test.duration_s
        if test.attempts > 1 and test.outcome == "passed":
            test = test._replace(outcome="flaky")
        self._keep(test)

    def contradict(self, message: str) -> None:
        """The report disagrees with itself."""
        self._say(self._contradictions, message, "contradictions")

    def note(self, message: str) -> None:
        """An oddity that speaks against nothing."""
        self._say(self._notes, message, "notes")

    def report(self, *, warnings: int | None = None, exit_status: int | None = None) -> Report:
        """All of it, without the files it came from."""
        cases = tuple(test for test in self._tests.values() if test is not None)
        passed = tuple(test_id for test_id, test in self._tests.items() if test is None)
        notes = tuple(self._notes)
        if again := sum(self._copies.values()):
            one = next(iter(self._copies))
            notes += (f"{self.name}: {again} of its tests have another's name and got a number, such as '{one} #2'",)
        return Report(
            totals(cases, len(passed)),
            cases,
            (),
            tuple(self._contradictions),
            notes,
            passed,
            warnings,
            None if self._duration_s is None else round(self._duration_s, 6),
            exit_status,
            tuple((test_id, seconds) for seconds, test_id in sorted(self._slowest, reverse=True)),
        )

    def _say(self, said: list[str], message: str, what: str) -> None:
        if len(said) <= _SAID:
            more = f"and more {what} than the {_SAID} above"
            said.append(f"{self.name}: {message if len(said) < _SAID else more}")

    def _keep(self, test: ReportedTest) -> None:
        if test.outcome == "passed":
            self._tests[test.id] = None
            return
        self._told += 1
        # Nobody reads so many messages, and they could fill the memory.
        self._tests[test.id] = test if self._told <= _TOLD else test._replace(message="", place="")

    def _numbered(self, test_id: str) -> str:
        number = self._copies.get(test_id, 0) + 1
        self._copies[test_id] = number
        while (numbered := f"{test_id} #{number + 1}") in self._tests:
            number += 1
        return numbered


def totals(cases: Sequence[ReportedTest], passed: int) -> Totals:
    """The counts of `cases` that did not simply pass, and of so many that did."""
    found = Counter(test.outcome for test in cases)
    return Totals(
        len(cases) + passed,
        passed,
        found["failed"],
        found["error"],
        found["skipped"],
        found["xfailed"],
        found["xpassed"],
        found["flaky"],
    )


def together(reports: Sequence[Report]) -> Report:
    """Several files of one step as one report; tests of one id in two files stay two tests."""
    if len(reports) == 1:
        return reports[0]
    whole = Gathering("its files together")
    for report in reports:
        for test in report.cases:
            whole.add(test)
        known = dict(report.slowest)
        for test_id in report.passed:
            whole.passed(test_id, known.get(test_id))
    warnings = [report.warnings for report in reports if report.warnings is not None]
    durations = [report.duration_s for report in reports if report.duration_s is not None]
    codes = [report.exit_status for report in reports if report.exit_status is not None]
    made = whole.report(warnings=sum(warnings) if warnings else None, exit_status=max(codes, key=abs, default=None))
    return made._replace(
        files=tuple(file for report in reports for file in report.files),
        contradictions=tuple(text for report in reports for text in report.contradictions),
        notes=tuple(text for report in reports for text in report.notes) + made.notes,
        duration_s=round(sum(durations), 6) if durations else None,
    )


def relative(path: str, root: str) -> str:
    """`path` as it is below the folder `root` (absolute; may be empty), so that ids are the same in every checkout."""
    path = path.removeprefix("file://")
    return path.removeprefix(root.rstrip("/") + "/") if root else path


def seconds(text: str) -> float | None:
    """A duration in seconds as reports write it: with thousands separators, with a decimal comma; None if it is none.

    One comma and no dot is a decimal comma: ``1,204`` is far more often 1.204 s than exactly 1204 s.
    """
    try:
        value = float(text)
    except ValueError:
        return _grouped(text)
    return value if 0.0 <= value < _LONGEST_S else None


def _grouped(text: str) -> float | None:
    digits = "".join(character for character in text if character not in " '\u00a0\u202f\u2019_")
    if "," in digits:
        whole, _, part = digits.rpartition(",")
        decimal = "." not in part and "," not in whole
        digits = f"{whole.replace('.', '')}.{part}" if decimal else digits.replace(",", "")
    try:
        value = float(digits)
    except ValueError:
        return None
    return value if 0.0 <= value < _LONGEST_S else None
