"""Whatever bytes come: nothing raises, nothing without a test is a pass, and half a report is not a whole one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.model.demands import ReportFormat
from gatekeeper.model.report import Report, ReportProblem
from tests.adapters.testreports.reading import ENDINGS, passes, read_any, samples

FORMS: tuple[ReportFormat, ...] = tuple(ENDINGS)
every_form = pytest.mark.parametrize("form", FORMS)

anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
WORDS = [
    "outcome",
    "status",
    "rawStatus",
    "name",
    "nodeid",
    "duration",
    "passed",
    "failed",
    "skipped",
    "error",
    "other",
    "retries",
    "flaky",
    "when",
    "setup",
    "call",
    "teardown",
    "longrepr",
    "tests",
    "summary",
    "results",
    "exitcode",
    "collectors",
    "tool",
    "warnings",
    "$report_type",
    "TestReport",
    "CollectReport",
    "SessionStart",
    "SessionFinish",
    "exitstatus",
    "Action",
    "Test",
    "Package",
    "Output",
    "run",
    "pass",
    "fail",
    "skip",
    "output",
    "build-output",
    "FailedBuild",
    "ImportPath",
    "crash",
    "location",
    "suite",
    "filePath",
    "retryAttempts",
]
known: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from(WORDS) | anything,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=6),
    max_leaves=8,
)
few = settings(max_examples=40, deadline=None)
tap_line = st.tuples(
    st.sampled_from(["", "    ", "        ", "  "]),
    st.sampled_from(
        ["ok", "not ok", "1..", "---", "...", "}", "#", "Bail out!", "TAP version 14", "message: |", "exitCode: 1", "x"]
    ),
    st.sampled_from(["", " 1", " 2", "1", "2", " 1 - a", " 1 - a {", " 2 b # TODO", " # SKIP", " in 5ms"]),
).map("".join)


def consistent(report: Report | ReportProblem) -> None:
    """What holds of every answer."""
    if isinstance(report, ReportProblem):
        assert report.message
        return
    counts = report.counts
    assert counts.total == sum(counts[1:]) == len(report.cases) + len(report.passed)
    assert len({*report.passed, *(case.id for case in report.cases)}) == counts.total
    assert all(case.outcome == "error" for case in report.cases if not case.collected)
    assert all(case.duration_s is None or case.duration_s >= 0 for case in report.cases)
    str(report).encode()
    json.dumps(report).encode()


@every_form
@few
@given(data=st.binary(max_size=300))
def test_arbitrary_bytes(form: ReportFormat, data: bytes) -> None:
    report = read_any(form, data)
    consistent(report)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["ctrf", "pytest_json"])
@few
@given(tests=st.lists(st.dictionaries(st.sampled_from(WORDS), known, max_size=6), max_size=4), more=known)
def test_documents_with_anything_in_them(form: ReportFormat, tests: list[Any], more: Any) -> None:
    whole = {"summary": {"tests": len(tests)}, "tests": tests, "exitcode": more, "collectors": more}
    report = read_any(form, json.dumps({"results": whole} if form == "ctrf" else whole).encode())
    consistent(report)
    assert not (passes(report) and not tests)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["reportlog", "go_test"])
@few
@given(entries=st.lists(st.dictionaries(st.sampled_from(WORDS), known, max_size=6), max_size=5))
def test_lines_with_anything_in_them(form: ReportFormat, entries: list[Any]) -> None:
    for entry in entries:
        entry.setdefault("$report_type" if form == "reportlog" else "Action", "TestReport")
    report = read_any(form, "".join(json.dumps(entry) + "\n" for entry in entries).encode())
    consistent(report)


@few
@given(lines=st.lists(tap_line, max_size=20))
def test_lines_of_tap_in_any_order(lines: list[str]) -> None:
    report = read_any("tap", "".join(line + "\n" for line in lines).encode())
    consistent(report)
    if passes(report):
        assert not any(
            line.startswith(("not ok", "Bail")) and "# TODO" not in line and "# SKIP" not in line for line in lines
        )


def cut_anywhere(form: ReportFormat, step: int) -> None:
    for sample in samples(form):
        data = sample.read_bytes()
        whole = read_any(form, data)
        for end in range(len(data) - 1, 0, -step):
            cut = read_any(form, data[:end])
            consistent(cut)
            if passes(cut):
                assert isinstance(cut, Report)
                assert isinstance(whole, Report)
                assert cut.counts == whole.counts or (form == "go_test" and data[end - 1 : end] == b"\n"), (sample, end)


@every_form
def test_a_report_that_was_cut_short_is_no_pass(form: ReportFormat) -> None:
    """Either the cut is told, or everything that the whole has was read before it.

    The events of Go have no mark of their end: a cut between two packages is seen by what is not there any more.
    """
    cut_anywhere(form, 97)


@pytest.mark.slow
@every_form
def test_a_report_that_was_cut_short_at_any_byte_is_no_pass(form: ReportFormat) -> None:
    cut_anywhere(form, 1)
