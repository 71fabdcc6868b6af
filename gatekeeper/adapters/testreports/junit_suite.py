"""Owns counting: what the cases of a JUnit report add up to, and where its headers say otherwise. Knows no XML.

A test that is written more than once in a suite ran more than once: its last case counts. Headers may have counted
such a test once or each time, a case with two failures once or twice, and a suite with or without the suites
inside it; all of these are honest. Any other difference is a contradiction.
"""

from __future__ import annotations

from collections.abc import Mapping

from gatekeeper.adapters.testreports.texts import message
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.report import Report, ReportedTest, TestOutcome, Totals

_WORSE = {"passed": 0, "skipped": 1, "failed": 2, "error": 3}
_FAILED_STATUS = {"failed", "failure", "fail", "error"}
_SKIPPED_STATUS = {"notrun", "disabled", "skipped"}


class Case:
    """One ``testcase`` element, or a suite that failed as a whole."""

    def __init__(self, attributes: Mapping[str, str]) -> None:
        file, classname = attributes.get("file", ""), attributes.get("classname", "")
        name = attributes.get("name", "") or "(a test without a name)"
        home = file or classname
        self.key = (file, classname, name)
        self.id = f"{home}::{name}" if home else name
        self.rerun = False
        self.attempts = 1
        self.whole_suite = False
        self.bad_elements = 0
        self.message = self.place = ""
        self._results: list[str] = []
        self._status = (attributes.get("status") or attributes.get("result") or "").lower()
        line = attributes.get("line", "")
        self._declared_place = f"{file}:{line}" if file and line.isdigit() else ""

    @property
    def outcome(self) -> str:
        """The worst of what the case holds; without any, what its status says."""
        if self._results:
            return max(self._results, key=_WORSE.__getitem__)
        if self._status in _FAILED_STATUS:
            return "error" if self._status == "error" else "failed"
        return "skipped" if self._status in _SKIPPED_STATUS else "passed"

    def result(self, outcome: str, text: str) -> None:
        """Take in a ``failure``, ``error`` or ``skipped`` element."""
        worst = not self._results or _WORSE[outcome] > _WORSE[self.outcome]
        self._results.append(outcome)
        self.bad_elements += outcome != "skipped"
        if worst:
            self.message, self.place = message(text), ""

    def say(self, text: str, place: str) -> None:
        """Take in what stands inside the element; an attribute that said something already is kept."""
        self.message = f"{self.message}: {text}" if self.message == "collection failure" else self.message or text
        self.place = self.place or place

    def tested(self) -> ReportedTest | None:
        """The case as it is handed on; None where it simply passed."""
        outcome: TestOutcome
        match self.outcome:
            case "failed" | "error" | "skipped" as found:
                outcome = found
            case _ if self.attempts > 1:
                outcome = "flaky"
            case _:
                return None
        return ReportedTest(self.id, outcome, self.message, self.place or self._declared_place, self.attempts)


class _Sum(NamedTuple):
    """Failures and cases of some suite, by the ways to count them."""

    cases: int = 0
    merged: int = 0
    bad: int = 0
    bad_merged: int = 0
    bad_elements: int = 0

    def plus(self, other: _Sum) -> _Sum:
        return _Sum(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    @property
    def failures(self) -> set[int]:
        return {self.bad, self.bad_merged, self.bad_elements}


class Suite:
    """One ``testsuite`` or ``testsuites`` element while it is read."""

    def __init__(self, attributes: Mapping[str, str]) -> None:
        self.name = attributes.get("name", "")
        failures, errors = _number(attributes, "failures"), _number(attributes, "errors")
        self.declared_bad = None if failures is None and errors is None else (failures or 0) + (errors or 0)
        self.declared_tests = _number(attributes, "tests")
        self.below = _Sum()
        self.contradicted = False
        self.cases: dict[tuple[str, str, str], Case] = {}
        self._seen = self._bad = self._bad_elements = 0

    def add(self, case: Case) -> None:
        """Take in one case; one that was there before is replaced, in its place."""
        bad = _WORSE[case.outcome] >= _WORSE["failed"]
        self._seen += not case.whole_suite
        self._bad += bad
        self._bad_elements += case.bad_elements or bad
        # pytest writes a test that failed and then could not be torn down as two cases, too; it ran once.
        again = case.key in self.cases and not case.message.startswith("failed on teardown")
        if case.rerun or again:
            case.attempts = 2 if not again else self.cases[case.key].attempts + 1
        self.cases[case.key] = case

    @property
    def own(self) -> _Sum:
        """What the suite itself holds, without the suites inside it."""
        bad = sum(_WORSE[case.outcome] >= _WORSE["failed"] for case in self.cases.values())
        return _Sum(self._seen, len(self.cases), self._bad, bad, self._bad_elements)


class Tally:
    """Everything that the closed suites of one report add up to."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._counted = dict.fromkeys((*_WORSE, "flaky"), 0)
        self._tests: list[ReportedTest] = []
        self._passed: list[str] = []
        self._contradictions: list[str] = []
        self._notes: list[str] = []

    def close(self, suite: Suite, parent: Suite | None) -> None:
        """Take in a suite whose end was read."""
        for case in suite.cases.values():
            if (test := case.tested()) is not None:
                self._counted[test.outcome] += 1
                self._tests.append(test)
            else:
                self._counted["passed"] += 1
                self._passed.append(case.id)
        own, whole = suite.own, suite.own.plus(suite.below)
        self._weigh(suite, own, whole)
        if parent is not None:
            parent.below = parent.below.plus(whole)
            parent.contradicted |= suite.contradicted

    def report(self) -> Report:
        """The report, without the files it came from."""
        counted = self._counted
        totals = Totals(
            sum(counted.values()),
            counted["passed"],
            counted["failed"],
            counted["error"],
            counted["skipped"],
            flaky=counted["flaky"],
        )
        return Report(
            totals, tuple(self._tests), (), tuple(self._contradictions), tuple(self._notes), tuple(self._passed)
        )

    def _weigh(self, suite: Suite, own: _Sum, whole: _Sum) -> None:
        called = f"the suite {message(suite.name)!r}" if suite.name else "its header"
        declared, tests = suite.declared_bad, suite.declared_tests
        # What a suite inside says wrongly would be said again by each suite around it.
        if declared is not None and declared not in own.failures | whole.failures and not suite.contradicted:
            suite.contradicted = True
            found = "none of its cases did" if not whole.bad else f"{whole.bad_merged} of its cases did"
            self._contradictions.append(f"{self._name}: {called} says that {declared} failed, but {found}")
        if tests is not None and tests not in {own.cases, own.merged, whole.cases, whole.merged}:
            self._notes.append(f"{self._name}: {called} counts {tests} tests, and {whole.merged} cases were found")


def _number(attributes: Mapping[str, str], name: str) -> int | None:
    digits = "".join(character for character in attributes.get(name, "") if character not in " ,.'\u00a0\u202f_")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 12 else None
