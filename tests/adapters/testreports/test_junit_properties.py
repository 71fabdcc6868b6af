"""What holds for any bytes and for any report: nothing raises, and nothing is better than it was written."""

from __future__ import annotations

import io
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.adapters.testreports.junit import read_junit
from gatekeeper.model.report import Report, ReportProblem
from tests.fuzz.fuzz_reports import TARGETS, broken_rule

PATHS = sorted((Path(__file__).parent / "samples").glob("*.xml"))
SAMPLES = [path.read_bytes() for path in PATHS]
ELEMENTS = {"passed": "", "failed": "<failure/>", "error": "<error/>", "skipped": "<skipped/>"}
names = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), min_size=1)
outcomes = st.lists(st.sampled_from(sorted(ELEMENTS)), min_size=1, max_size=30)


def document(cases: list[tuple[str, str]], failures: int, errors: int) -> bytes:
    inside = "".join(
        f'<testcase classname="c" name={quoteattr(name)}>{ELEMENTS[outcome]}</testcase>' for name, outcome in cases
    )
    return f'<testsuites><testsuite failures="{failures}" errors="{errors}">{inside}</testsuite></testsuites>'.encode()


def read(data: bytes) -> Report | ReportProblem:
    return read_junit(io.BytesIO(data), "r.xml")


@pytest.mark.slow
@given(st.binary() | st.text().map(str.encode) | st.text().map(lambda text: f"<testsuite>{text}".encode()))
def test_garbage_is_never_a_pass(data: bytes) -> None:
    """Any bytes: a problem or findings, never a traceback, never green."""
    assert broken_rule(TARGETS["junit"], data) == ""
    report = read(data)
    assert isinstance(report, ReportProblem) or not report.counts.passed


@given(st.sampled_from(SAMPLES), st.data())
def test_a_report_that_is_cut_anywhere_is_unreadable(sample: bytes, data: st.DataObject) -> None:
    """Wherever a writer died, there is no smaller report that could pass."""
    whole = sample.rstrip()
    assert isinstance(read(whole[: data.draw(st.integers(0, len(whole) - 1))]), ReportProblem)


@given(st.lists(st.tuples(names, st.sampled_from(sorted(ELEMENTS))), max_size=30))
def test_every_case_is_counted_whatever_it_is_called(cases: list[tuple[str, str]]) -> None:
    """As many tests of each outcome as were written, each with an id of its own on one line."""
    found = [outcome for _, outcome in cases]
    report = read(document(cases, found.count("failed"), found.count("error")))
    assert isinstance(report, Report)
    assert report.contradictions == ()
    assert report.counts[:5] == (len(cases), *(found.count(each) for each in ("passed", "failed", "error", "skipped")))
    ids = [*report.passed, *(case.id for case in report.cases)]
    assert len(set(ids)) == len(cases)
    assert all(one.isprintable() or "\n" not in one for one in ids)


@given(outcomes, st.integers(-3, 3).filter(bool))
def test_a_changed_count_of_failures_is_a_contradiction(found: list[str], more: int) -> None:
    """Fewer or more in the header than among the cases, by however little."""
    bad = found.count("failed") + found.count("error")
    if bad + more < 0:
        more = -more
    report = read(document([(f"t{number}", outcome) for number, outcome in enumerate(found)], bad + more, 0))
    assert isinstance(report, Report)
    assert len(report.contradictions) == 1


def bad(report: Report) -> int:
    return report.counts.failed + report.counts.errors


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
@pytest.mark.parametrize("tag", [b"failure", b"error"])
def test_a_failure_that_was_taken_out_is_missed(path: Path, tag: bytes) -> None:
    """Whoever writes `skipped` over a failure must also know every header around it, or is found out."""
    before = path.read_bytes()
    pieces = before.split(b"<" + tag)
    for here in range(1, len(pieces)):
        start, close, rest = pieces[here].partition(b">")
        if not start.endswith(b"/"):
            rest = rest.replace(b"</" + tag + b">", b"</skipped>", 1)
        first, last = (b"<" + tag).join(pieces[:here]), b"".join(b"<" + tag + piece for piece in pieces[here + 1 :])
        report, was = read(first + b"<skipped" + start + close + rest + last), read(before)
        assert isinstance(report, Report)
        assert isinstance(was, Report)
        assert report.contradictions or bad(report) >= bad(was)
