"""Owns reading JUnit XML, as a stream, whoever wrote it. Knows no files; trusts no count in any header.

There is no one schema. What is read: ``testsuites`` or a bare ``testsuite`` as the root, suites inside suites,
cases counted one by one, Surefire's rerun elements, and pytest's habit of writing a test that ran twice as two cases.
A document type declaration is refused, which leaves nothing for entity bombs to be made of.
"""

from __future__ import annotations

from typing import BinaryIO
from xml.parsers import expat

from gatekeeper.adapters.testreports.junit_suite import Case, Suite, Tally
from gatekeeper.adapters.testreports.texts import first_lines, place_in, plain
from gatekeeper.model.report import Report, ReportProblem

_TEXT_KEPT = 64 << 10
_DEEPEST = 200
_BAD = {"failure": "failed", "error": "error"}
_RERUN = {"flakyfailure", "flakyerror", "rerunfailure", "rerunerror"}


class _Refused(Exception):
    """The document is not one that is read; the text says why."""


def looks_like_junit(beginning: bytes) -> bool:
    """Whether a file that begins so is a JUnit report, or nothing yet."""
    return not beginning.strip() or b"<testsuite" in beginning.replace(b"\0", b"")


def read_junit(file: BinaryIO, name: str) -> Report | ReportProblem:
    """The report in `file`; `name` is what it is called in problems."""
    reading = _Reading(name)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.text
    parser.StartDoctypeDeclHandler = reading.refuse_declaration
    parser.EntityDeclHandler = reading.refuse_declaration
    try:
        parser.ParseFile(file)
    except _Refused as refused:
        return ReportProblem("unreadable", f"{name} {refused}")
    except (expat.ExpatError, ValueError, LookupError) as fault:
        return ReportProblem("unreadable", f"{name} is cut short or not XML: {fault}")
    return reading.report()


class _Reading:
    """The state of one pass over a document."""

    def __init__(self, name: str) -> None:
        self._tally = Tally(name)
        self._path: list[str] = []
        self._suites: list[Suite] = []
        self._case: Case | None = None
        self._gathered: list[str] | None = None
        self._size = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2].lower()
        if not self._path and tag not in {"testsuites", "testsuite"}:
            raise _Refused(f"is not a JUnit report: its root is <{plain(tag)[:40]}>, not <testsuites> or <testsuite>")
        if len(self._path) >= _DEEPEST:
            raise _Refused(f"is nested more than {_DEEPEST} deep")
        self._path.append(tag)
        match tag:
            case "testsuites" | "testsuite":
                self._suites.append(Suite(attributes))
            case "testcase" if self._case is None:
                self._case = Case(attributes)
            case "failure" | "error" | "skipped":
                self._begin_result(tag, attributes)
            case _ if tag in _RERUN and self._case is not None:
                self._case.rerun = True
            case _:
                pass

    def end(self, _tag: str) -> None:
        tag = self._path.pop()
        match tag:
            case "testsuites" | "testsuite":
                suite = self._suites.pop()
                self._tally.close(suite, self._suites[-1] if self._suites else None)
            case "testcase" if self._case is not None and "testcase" not in self._path:
                self._suites[-1].add(self._case)
                self._case = None
            case "failure" | "error" | "skipped":
                self._end_result()
            case _:
                pass

    def text(self, text: str) -> None:
        if self._gathered is not None and self._size < _TEXT_KEPT:
            self._gathered.append(text)
            self._size += len(text)

    def refuse_declaration(self, *_declared: object) -> None:
        raise _Refused("holds a document type or entity declaration, which no test report needs; it was not read")

    def report(self) -> Report:
        return self._tally.report()

    def _begin_result(self, tag: str, attributes: dict[str, str]) -> None:
        parent = self._path[-2] if len(self._path) > 1 else ""
        if parent not in {"testcase", "testsuite", "testsuites"} or (parent == "testcase") is (self._case is None):
            return
        if self._case is None:
            if tag == "skipped":
                return
            # A suite that failed as a whole has no case to carry it, and must not vanish for that.
            self._case = Case({"classname": self._suites[-1].name, "name": "(the suite itself)"})
            self._case.whole_suite = True
        self._case.result(_BAD.get(tag, "skipped"), attributes.get("message", ""))
        self._gathered, self._size = [], 0

    def _end_result(self) -> None:
        if self._gathered is None or self._case is None:
            return
        text = plain("".join(self._gathered))
        self._gathered = None
        self._case.say(first_lines(text), place_in(text))
        if self._case.whole_suite:
            self._suites[-1].add(self._case)
            self._case = None
