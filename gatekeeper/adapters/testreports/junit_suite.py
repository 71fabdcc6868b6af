"""Owns counting: what the cases of a JUnit report add up to, and where its headers say otherwise. Knows no XML.

Headers may have counted a test that ran twice once or each time, a case with two failures once or twice, a suite with
or without the suites inside it or each of these as one, and what was never collected or not; all of these are honest.
Any other difference in failures is a contradiction, any other difference in tests is noted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from gatekeeper.adapters.testreports.gathering import Gathering, seconds
from gatekeeper.adapters.testreports.junit_case import Case
from gatekeeper.adapters.testreports.junit_dialects import BAD, Dialect, Names, again, dialect_of, never_collected
from gatekeeper.adapters.testreports.texts import message
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.report import Report, ReportedTest

_GROUPED = re.compile(r"[0-9]{1,3}(?:[ ,.'_\u2019\u00a0\u202f][0-9]{3})+")
_SEPARATOR = re.compile(r"[^0-9]")
_DIGITS = 12


class _Sum(NamedTuple):
    """Failures and cases of some suite, by the ways to count them."""

    cases: int = 0
    tests: int = 0
    bad: int = 0
    bad_tests: int = 0
    bad_elements: int = 0
    uncollected: int = 0

    def plus(self, other: _Sum) -> _Sum:
        return _Sum(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    @property
    def failures(self) -> set[int]:
        counted = {self.bad, self.bad_tests, self.bad_elements}
        return counted | {number - self.uncollected for number in counted}


class Suite:
    """One ``testsuite`` or ``testsuites`` element while it is read."""

    def __init__(self, attributes: Mapping[str, str], around: Suite | None, *, is_frame: bool) -> None:
        self.name = attributes.get("name", "")
        self.path: list[str] = [*around.path, self.name] if around else [self.name]
        self.file = attributes.get("file", "")
        self.dialect: Dialect = dialect_of(attributes, around.name if around else "")
        self.is_frame = is_frame
        failures, errors = _number(attributes, "failures"), _number(attributes, "errors")
        self.declared_bad = None if failures is None and errors is None else (failures or 0) + (errors or 0)
        self.declared_tests = _number(attributes, "tests")
        self.contradicted = False
        self.below = _Sum()
        self.suites = self.bad_suites = 0
        self.has_go = False
        self.cases = self.tests = self.bad = self.bad_tests = self.bad_elements = self.uncollected = 0
        # By the id that a case has of itself, the one it was gathered under. None as long as these are the same.
        self.own_ids: dict[str, str] | None = None

    @property
    def own(self) -> _Sum:
        """What the suite itself holds, without the suites inside it."""
        return _Sum(self.cases, self.tests, self.bad, self.bad_tests, self.bad_elements, self.uncollected)

    def close(self, suite: Suite, whole: _Sum) -> None:
        """Take in a suite inside this one."""
        self.below = self.below.plus(whole)
        self.contradicted |= suite.contradicted
        self.has_go |= suite.has_go or suite.dialect == "go"
        self.suites += 1
        self.bad_suites += bool(suite.declared_bad or whole.bad)


class Tally:
    """Everything that the suites of one report add up to."""

    def __init__(self, name: str, root: str) -> None:
        self._gathered = Gathering(name)
        self._names = Names(root)

    def add(self, case: Case, suite: Suite) -> None:
        """Take in a case whose end was read."""
        if not suite.cases and self._gathered:
            suite.own_ids = {}
        suite.cases += not case.whole_suite
        outcome = case.outcome
        collected = outcome == "passed" or not never_collected(case, suite.name)
        make = self._names.id_of if collected else self._names.id_of_uncollected
        test_id = make(case, suite.path, suite.file)
        duration_s = seconds(case.attributes.get("time", ""))
        earlier = self._earlier(test_id, suite, collected=collected)
        if outcome == "passed" and not case.reruns and earlier is None:
            suite.tests += 1
            kept = self._gathered.passed(test_id, duration_s)
            if suite.own_ids is not None and suite.dialect:
                suite.own_ids[test_id] = kept
            return
        place = self._names.below(case.place or case.place_declared)
        worst = outcome if collected else "error"
        test = ReportedTest(test_id, worst, case.message, place, 1 + case.reruns, duration_s, collected)
        self._add(test, case.bad_elements, suite, earlier)

    def close(self, suite: Suite, parent: Suite | None) -> None:
        """Take in a suite whose end was read: hold its header against its cases."""
        own = suite.own
        whole = own.plus(suite.below)
        gathered = self._gathered
        called = f"the suite {message(suite.name)!r}" if suite.name else "its header"
        declared, tests = suite.declared_bad, suite.declared_tests
        honest = whole.failures
        if not suite.is_frame:
            honest |= own.failures | {number + suite.bad_suites for number in own.failures}
        # What a suite inside says wrongly would be said again by each suite around it.
        if declared is not None and declared not in honest and not suite.contradicted:
            suite.contradicted = True
            found = f"{whole.bad_tests} of its cases did" if whole.bad else "none of its cases did"
            why = "; a package that did not build may have no case" if suite.has_go else ""
            gathered.contradict(f"{called} says that {declared} failed, but {found}{why}")
        if tests is not None and tests not in {
            own.cases, own.tests, whole.cases, whole.tests, own.cases + suite.suites
        }:  # fmt: skip
            gathered.note(f"{called} counts {tests} tests, and {whole.tests} cases were found")
        if parent is not None:
            parent.close(suite, whole)

    def report(self) -> Report:
        """The report, without the files it came from."""
        return self._gathered.report()

    def _earlier(self, test_id: str, suite: Suite, *, collected: bool) -> str | None:
        """Under which id this suite's earlier case of that id was gathered, if a second one may be the same test."""
        if collected and not suite.dialect:
            return None
        if suite.own_ids is None or not collected:
            return test_id if test_id in self._gathered else None
        return suite.own_ids.get(test_id)

    def _add(self, test: ReportedTest, bad_elements: int, suite: Suite, earlier: str | None) -> None:
        is_bad = test.outcome in BAD
        suite.bad += is_bad
        suite.bad_elements += bad_elements or is_bad
        before = self._gathered[earlier] if earlier is not None else None
        one = again(suite.dialect, before, test) if before is not None else None
        if before is None or one is None:
            suite.tests += 1
            suite.bad_tests += is_bad
            suite.uncollected += not test.collected
            kept = self._gathered.add(test)
            if suite.own_ids is not None and suite.dialect:
                suite.own_ids[test.id] = kept
            return
        suite.bad_tests += (one.outcome in BAD) - (before.outcome in BAD)
        self._gathered.replace(one._replace(id=before.id, duration_s=test.duration_s))


def _number(attributes: Mapping[str, str], name: str) -> int | None:
    digits = attributes.get(name, "").strip()
    if not digits.isascii() or not digits.isdigit():
        if _GROUPED.fullmatch(digits) is None:
            return None
        digits = _SEPARATOR.sub("", digits)
    return int(digits) if len(digits) < _DIGITS else None
