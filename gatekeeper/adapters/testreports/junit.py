"""Owns reading JUnit XML, as a stream, whoever wrote it. Knows no files; trusts no count in any header.

There is no one schema. What is read: ``testsuites`` or a bare ``testsuite`` as the root, suites inside suites,
cases counted one by one, Surefire's rerun elements, and pytest's habit of writing a test that ran twice as two cases.
A document type declaration is refused, which leaves nothing for entity bombs to be made of.
"""

from __future__ import annotations

from typing import BinaryIO
from xml.parsers import expat

from gatekeeper.adapters.testreports.junit_case import Case
from gatekeeper.adapters.testreports.junit_dialects import is_go
from gatekeeper.adapters.testreports.junit_suite import Suite, Tally
from gatekeeper.adapters.testreports.texts import first_lines, last_lines, place_in, plain
from gatekeeper.model.report import Report, ReportProblem

_TEXT_KEPT = 64 << 10
_DEEPEST = 200
_CHUNK = 1 << 18
_LARGEST_PIECE = 4 << 20
_RESULTS = {"failure", "error", "skipped"}
_RERUN = {"flakyfailure", "flakyerror", "rerunfailure", "rerunerror"}
_PRINTED = {"system-out", "system-err"}


class _Refused(Exception):
    """The document is not one that is read; the text says why."""


def looks_like_junit(beginning: bytes) -> bool:
    """Whether a file that begins so is a JUnit report, or nothing yet."""
    return not beginning.strip() or b"<testsuite" in beginning.replace(b"\0", b"")


def read_junit(file: BinaryIO, name: str, root: str = "") -> Report | ReportProblem:
    """The report in `file`; `name` is what it is called in problems.

    `root` is the absolute folder of the step: what lies below it is named relative to it, so that the ids are the same
    in every checkout.
    """
    reading = _Reading(name, root)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.text
    parser.StartDoctypeDeclHandler = reading.refuse_declaration
    parser.EntityDeclHandler = reading.refuse_declaration
    try:
        _feed(parser, file)
    except _Refused as refused:
        return ReportProblem("unreadable", f"{name} {refused}")
    except (expat.ExpatError, ValueError, LookupError) as fault:
        return ReportProblem("unreadable", f"{name} is cut short or not XML: {fault}")
    return reading.report()


def _feed(parser: expat.XMLParserType, file: BinaryIO) -> None:
    """Parse the whole of `file`.

    Older parsers look at a tag from its start again whenever more of it comes: a long one would hold us for hours.
    """
    fed = 0
    while chunk := file.read(_CHUNK):
        parser.Parse(chunk, False)
        fed += len(chunk)
        if fed - parser.CurrentByteIndex > _LARGEST_PIECE:
            raise _Refused(f"holds a single tag or comment of more than {_LARGEST_PIECE >> 20} MiB, which is not read")
    parser.Parse(b"", True)


class _Reading:
    """The state of one pass over a document."""

    def __init__(self, name: str, root: str) -> None:
        self._tally = Tally(name, root)
        self._path: list[str] = []
        self._suites: list[Suite] = []
        self._case: Case | None = None
        self._gathered: list[str] | None = None
        self._size = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2].lower()
        path = self._path
        if not path and tag not in {"testsuites", "testsuite"}:
            raise _Refused(f"is not a JUnit report: its root is <{plain(tag)[:40]}>, not <testsuites> or <testsuite>")
        if len(path) >= _DEEPEST:
            raise _Refused(f"is nested more than {_DEEPEST} deep")
        path.append(tag)
        case = self._case
        match tag:
            case "testcase" if case is None:
                self._case = Case(attributes)
            case "testsuites" | "testsuite":
                around = self._suites[-1] if self._suites else None
                self._suites.append(Suite(attributes, around, is_frame=tag == "testsuites"))
            case _ if tag in _RESULTS:
                self._begin_result(tag, attributes)
            case _ if tag in _PRINTED and case is not None and path[-2] == "testcase":
                if case.bad_elements and not case.message:
                    self._gathered, self._size = [], 0
            case _ if tag in _RERUN and case is not None:
                case.run_again(tag, attributes)
            case "property" if case is None and is_go(attributes):
                self._suites[-1].dialect = "go"
            case _:
                pass

    def end(self, _tag: str) -> None:
        path = self._path
        tag = path.pop()
        match tag:
            case "testcase" if self._case is not None and "testcase" not in path:
                self._tally.add(self._case, self._suites[-1])
                self._case = None
            case "testsuites" | "testsuite":
                suite = self._suites.pop()
                self._tally.close(suite, self._suites[-1] if self._suites else None)
            case _ if tag in _RESULTS:
                self._end_result()
            case _ if tag in _PRINTED and self._gathered is not None and self._case is not None:
                text = plain("".join(self._gathered))
                self._gathered = None
                self._case.say(last_lines(text), place_in(text))
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
            whole = {"classname": self._suites[-1].name, "name": "(the suite itself)"}
            self._case = Case(whole, whole_suite=True)
        self._case.begin(tag, attributes)
        self._gathered, self._size = [], 0

    def _end_result(self) -> None:
        if self._gathered is None or self._case is None:
            return
        text = plain("".join(self._gathered))
        self._gathered = None
        self._case.say(first_lines(text), place_in(text))
        if self._case.whole_suite:
            self._tally.add(self._case, self._suites[-1])
            self._case = None
