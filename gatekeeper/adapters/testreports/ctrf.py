"""Owns reading CTRF, whoever wrote it. Knows no files; the summary is held against the tests.

A test's name may hold its suites (jest), its file (pytest) or neither (vitest): its id is the file, then what of its
suites the name does not say itself, then the name. ``other`` is an error, unless the raw status says that nobody was
to run it. A test that passed after retries is flaky, whether the report calls it so or not.
"""

from __future__ import annotations

from collections import Counter
from typing import BinaryIO

from gatekeeper.adapters.testreports.fields import document, items, mapping, number, test_id, text, whole
from gatekeeper.adapters.testreports.gathering import Gathering, relative
from gatekeeper.adapters.testreports.texts import first_lines, place_in
from gatekeeper.model.report import Report, ReportedTest, ReportProblem, TestOutcome

_STATUSES = ("passed", "failed", "skipped", "pending", "other")
_NOT_RUN = {"todo", "pending", "skipped", "disabled", "notrun", "not_run", "ignored", "excluded"}
_ERRORS = {"error", "broken", "setup_failed", "teardown_failed"}
_MOST_ATTEMPTS = 1000


def looks_like_ctrf(beginning: bytes) -> bool:
    """Whether a file that begins so is a CTRF report, or nothing yet."""
    start = beginning.lstrip()
    if not start.startswith(b"{"):
        return not start
    return (b'"reportFormat"' in start and b'"CTRF"' in start) or (b'"results"' in start and b'"tool"' in start)


def read_ctrf(file: BinaryIO, name: str, root: str = "") -> Report | ReportProblem:
    """The report in `file`; `name` is what it is called in problems, `root` the step's folder."""
    match document(file, name):
        case ReportProblem() as problem:
            return problem
        case {"results": {"summary": dict() as summary, "tests": list() as tests}}:
            return _read(summary, [mapping(test) for test in tests], name, root)
        case _:
            return ReportProblem("unreadable", f"{name} is not a CTRF report: it has no results with summary and tests")


def _read(summary: dict[str, object], tests: list[dict[str, object]], name: str, root: str) -> Report:
    into = Gathering(name)
    found = Counter(text(test.get("status")) for test in tests)
    for test in tests:
        into.add(_test(test, root))
    _weigh(into, summary, found)
    return into.report()


def _test(test: dict[str, object], root: str) -> ReportedTest:
    status, raw = text(test.get("status")), text(test.get("rawStatus")).lower()
    again = max(whole(test.get("retries")) or 0, len(items(test.get("retryAttempts"))), 0)
    outcome = _outcome(status, raw, flaky=test.get("flaky") is True or again > 0)
    attempts = min(1 + (again or int(outcome == "flaky")), _MOST_ATTEMPTS)
    took = number(test.get("duration"))
    duration_s = None if took is None else took / 1000
    found = _id(test, root)
    if outcome == "passed":
        return ReportedTest(found, outcome, duration_s=duration_s)
    telling = test
    if outcome == "flaky" and not test.get("message"):
        telling = mapping(next(reversed(items(test.get("retryAttempts"))), None))
    trace, said = text(telling.get("trace")), text(telling.get("message"))
    told = first_lines(said) or first_lines(trace)
    if outcome in {"failed", "error"} and raw not in {"", status, "failed", "call_failed"}:
        told = f"{raw}: {told}" if told else raw
    return ReportedTest(found, outcome, told, _place(test, trace or said, root), attempts, duration_s)


def _outcome(status: str, raw: str, *, flaky: bool) -> TestOutcome:
    match status:
        case "passed" if raw in {"xpassed", "xpass"}:
            return "xpassed"
        case "passed":
            return "flaky" if flaky else "passed"
        case "failed":
            return "error" if raw in _ERRORS else "failed"
        case "skipped" | "pending":
            return "xfailed" if raw in {"xfailed", "xfail"} else "skipped"
        case "other" if raw in _NOT_RUN:
            return "skipped"
        case _:
            return "error"


def _id(test: dict[str, object], root: str) -> str:
    file, name = relative(text(test.get("filePath")), root), text(test.get("name"))
    suite = test.get("suite")
    parts = text(suite).split(" > ") if isinstance(suite, str) else [text(part) for part in items(suite)]
    base = file.rpartition("/")[2]
    home = file or (parts[0] if parts else "")
    kept = [part for part in parts if part and part not in {file, base, home} and not _says(name, part)]
    if file and name.startswith(f"{file}::"):
        return test_id("", name)
    return test_id(home, " > ".join((*kept, name)))


def _says(name: str, part: str) -> bool:
    """Whether the name holds the suite already, as its beginning or as one of its parts."""
    return name.startswith(f"{part} ") or f"::{part}::" in name or f" {part} " in name


def _place(test: dict[str, object], said: str, root: str) -> str:
    file, line = relative(text(test.get("filePath")), root), whole(test.get("line"))
    seen = relative(place_in(said), root)
    if file and seen.rpartition(":")[0] == file:
        return seen
    return f"{file}:{line}" if file and line else seen


def _weigh(into: Gathering, summary: dict[str, object], found: Counter[str]) -> None:
    """Hold the summary against the tests; some writers count what is pending as skipped."""
    declared = {status: whole(summary.get(status)) for status in _STATUSES}
    for status in ("passed", "failed", "other"):
        count = declared[status]
        if count is not None and count != found[status]:
            into.contradict(f"{status} tests: its summary counts {count}, and {found[status]} are there")
    waiting = [count for status in ("skipped", "pending") if (count := declared[status]) is not None]
    there = found["skipped"] + found["pending"]
    if waiting and sum(waiting) != there:
        into.contradict(f"skipped and pending tests: its summary counts {sum(waiting)}, and {there} are there")
    total, tests = whole(summary.get("tests")), found.total()
    if total is not None and total < tests:
        into.contradict(f"tests: its summary counts {total}, and {tests} are there")
    elif total is not None and total > tests:
        into.note(f"tests: its summary counts {total}, and {tests} are there")
