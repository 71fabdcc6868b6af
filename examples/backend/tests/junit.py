"""The test report: what unittest says while it runs, written down as JUnit XML; judges nothing itself."""

from __future__ import annotations

import datetime
import inspect
import os
import re
import socket
import sys
import time
import unittest
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TextIO

ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WORST_FIRST = ("error", "failure", "skipped")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that kept a test from passing: an error, a failure, or that it was skipped."""

    kind: str
    message: str
    type: str = ""
    text: str = ""


@dataclass(slots=True)
class Case:
    """One test, whatever number of problems it had."""

    classname: str
    name: str
    file: str
    seconds: float = 0.0
    problems: list[Problem] = field(default_factory=list)

    @property
    def outcome(self) -> str:
        """The worst that happened, or passed."""
        kinds = {problem.kind for problem in self.problems}
        return next((kind for kind in _WORST_FIRST if kind in kinds), "passed")


class JunitResult(unittest.TextTestResult):
    """Prints like unittest and keeps a Case for every test, and for every module or class that could not be set up."""

    cases: list[Case]
    _running: Case | None = None
    _began = 0.0

    def startTestRun(self) -> None:
        """Begin with no case."""
        super().startTestRun()
        self.cases = []

    def startTest(self, test: unittest.TestCase) -> None:
        """Begin a case."""
        self._running = case_of(test)
        self.cases.append(self._running)
        self._began = time.perf_counter()
        super().startTest(test)

    def stopTest(self, test: unittest.TestCase) -> None:
        """End a case."""
        super().stopTest(test)
        if self._running is not None:
            self._running.seconds = time.perf_counter() - self._began
            self._running = None

    def addError(self, test: unittest.TestCase, err: ExcInfo) -> None:
        """Note an error."""
        super().addError(test, err)
        self._note(test, self._problem("error", err, self.errors[-1][1]))

    def addFailure(self, test: unittest.TestCase, err: ExcInfo) -> None:
        """Note a failure."""
        super().addFailure(test, err)
        self._note(test, self._problem("failure", err, self.failures[-1][1]))

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: ExcInfo | None) -> None:
        """Note a failing subTest against the test that it is part of; one that passed is no test of its own."""
        super().addSubTest(test, subtest, err)
        if err is not None and err[0] is not None:
            failed = issubclass(err[0], test.failureException)
            text = (self.failures if failed else self.errors)[-1][1]
            part = str(subtest).removeprefix(str(test)).strip()
            self._note(test, self._problem("failure" if failed else "error", err, text, part=part))

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        """Note that a test was skipped, and why."""
        super().addSkip(test, reason)
        self._note(test, Problem("skipped", reason, "unittest.skip"))

    def addExpectedFailure(self, test: unittest.TestCase, err: ExcInfo) -> None:
        """Note a failure that the test's author knows of; readers of JUnit know no better word than skipped."""
        super().addExpectedFailure(test, err)
        self._note(test, Problem("skipped", "expected failure", "unittest.expectedFailure"))

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:
        """Note a success that breaks a promise to fail, which unittest counts as a failure."""
        super().addUnexpectedSuccess(test)
        self._note(test, Problem("failure", "unexpected success", "unittest.expectedFailure"))

    def _problem(self, kind: str, err: ExcInfo, text: str, part: str = "") -> Problem:
        message = " ".join(filter(None, (part, str(err[1]) or "(no message)")))
        return Problem(kind, message, err[0].__qualname__ if err[0] else "", text)

    def _note(self, test: unittest.TestCase, problem: Problem) -> None:
        case = self._running
        if case is None:  # a class or module that could not be set up: unittest started no test for it
            case = case_of(test)
            self.cases.append(case)
        if case.classname == "":
            problem = Problem(problem.kind, "collection failure", problem.type, problem.text)
        case.problems.append(problem)


def run(tests: Iterable[unittest.TestCase | unittest.TestSuite], stream: TextIO | None = None) -> JunitResult:
    """Run the tests, telling about each on the stream (standard error if none is given)."""
    # typeshed makes TextTestResult generic over its stream, which no class that inherits it in Python 3.11 can say.
    runner = unittest.TextTestRunner(stream, verbosity=2, resultclass=JunitResult)  # type: ignore[arg-type]
    result = runner.run(unittest.TestSuite(tests))
    assert isinstance(result, JunitResult)
    return result


def case_of(test: unittest.TestCase) -> Case:
    """Return the Case of a test, or of what unittest puts in the place of one."""
    dotted = test.id()
    failed_import = dotted.removeprefix("unittest.loader._FailedTest.")
    if failed_import != dotted:
        return Case("", failed_import, failed_import.replace(".", "/") + ".py")  # as pytest writes it
    in_setup = re.fullmatch(r"(\w+) \((.+)\)", dotted)  # setUpClass (tests.test_x.XTest)
    if in_setup:
        module = next((name for name in _parents(in_setup[2]) if name in sys.modules), "")
        return Case(in_setup[2], in_setup[1], module.replace(".", "/") + ".py")
    classname, _, name = dotted.rpartition(".")
    return Case(classname, name, _file(type(test)))


def write(cases: list[Case], seconds: float, suite: str, file: Path) -> None:
    """Write the report in one piece: whoever finds the file finds all of it."""
    counts = {kind: sum(case.outcome == kind for case in cases) for kind in _WORST_FIRST}
    attributes = {
        "name": suite,
        "tests": str(len(cases)),
        "failures": str(counts["failure"]),
        "errors": str(counts["error"]),
        "skipped": str(counts["skipped"]),
        "time": f"{seconds:.3f}",
    }
    started = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=seconds)
    root = ET.Element("testsuites", attributes)
    context = {"timestamp": started.isoformat(timespec="seconds"), "hostname": socket.gethostname()}
    element = ET.SubElement(root, "testsuite", attributes | context)
    for case in cases:
        place = {"classname": case.classname, "name": case.name, "file": case.file, "time": f"{case.seconds:.3f}"}
        testcase = ET.SubElement(element, "testcase", {key: _clean(value) for key, value in place.items()})
        if case.problems:
            # A case is counted once, so it has one element: several failing subTests are told in one place.
            worst = next(problem for problem in case.problems if problem.kind == case.outcome)
            more = f" (and {len(case.problems) - 1} more)" if len(case.problems) > 1 else ""
            told = {"type": worst.type, "message": _clean(worst.message + more)}
            text = "\n".join(filter(None, (problem.text for problem in case.problems)))
            ET.SubElement(testcase, case.outcome, told).text = _clean(text)
    ET.indent(root)
    file.parent.mkdir(exist_ok=True)
    draft = file.with_suffix(f".{os.getpid()}")
    ET.ElementTree(root).write(draft, "utf-8", xml_declaration=True)
    draft.replace(file)


def _clean(text: str) -> str:
    """Replace what XML cannot say, not even escaped."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _parents(dotted: str) -> list[str]:
    parts = dotted.split(".")
    return [".".join(parts[:end]) for end in range(len(parts), 0, -1)]


def _file(cls: type) -> str:
    """Return where a class was written, from the folder that the tests run in."""
    try:
        file = Path(inspect.getfile(cls))
    except (TypeError, OSError):
        return ""
    return str(file.relative_to(Path.cwd())) if file.is_relative_to(Path.cwd()) else str(file)
