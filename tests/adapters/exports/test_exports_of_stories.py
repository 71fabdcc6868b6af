"""Every kind of run is told in every format as that format's schema has it, and as our own readers understand it."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from junitparser import JUnitXml
from tap.parser import Parser  # type: ignore[import-untyped]  # it has no types, and none are to be had

from gatekeeper.adapters.exports.sarif import write_sarif
from gatekeeper.adapters.exports.summary_models import Summary
from gatekeeper.adapters.exports.summary_schema import SUMMARY_SCHEMA_FILE
from gatekeeper.model.events import RoundStarted
from gatekeeper.model.report import Report, ReportedTest, Totals
from gatekeeper.model.verdict import Finding
from gatekeeper.policy.export_findings import findings_told
from tests.adapters.executionlog import log_telling as telling
from tests.adapters.executionlog.log_stories import green_after_fix, hostile
from tests.adapters.executionlog.red_stories import red_with_timeout_and_stray
from tests.adapters.exports.exported import STORIES, Exported
from tests.adapters.exports.official import against_ctrf, against_junit, against_sarif

SUMMARY = Draft202012Validator(json.loads((Path(__file__).parents[3] / SUMMARY_SCHEMA_FILE).read_text("utf-8")))
# An escape, a NUL, ends of elements, comments, directives and blocks, what XML cannot hold, what turns writing around.
NASTY = (
    "\x1b[31mred\x1b[0m \x00 ]]> </failure><!-- --> & \" ' \ufffe \u202e \ud800 # SKIP \\ \n---\n  ...\nok 1\nBail out!"
)


def test_a_run_is_valid_in_every_format() -> None:
    for name, story in STORIES.items():
        told = Exported(story())
        assert against_junit(told.junit) == [], name
        assert against_ctrf(json.loads(told.ctrf)) == [], name
        assert against_sarif(json.loads(told.sarif)) == [], name
        summed = told.summary
        assert Summary.model_validate_json(summed).verdict == told.run.verdict, name
        assert [fault.message for fault in SUMMARY.iter_errors(json.loads(summed))] == [], name


@pytest.mark.parametrize("name", STORIES)
def test_a_run_reads_back_as_it_was_told(name: str) -> None:
    """Our own readers find as many cases of each kind; what did not end well has a failure, what did has none."""
    told = Exported(STORIES[name]())
    outcomes = Counter(case.outcome for suite in told.suites for case in suite.cases)
    for form, report in told.read_back().items():
        counts = report.counts
        assert report.contradictions == (), form
        assert counts.total == outcomes.total(), form
        assert counts.failed + counts.errors == outcomes["failed"] + outcomes["error"], form
        assert counts.skipped + counts.xfailed == outcomes["skipped"] + outcomes["excused"], form
        assert bool(counts.failed + counts.errors) == bool(told.run.exit_code), form


def test_junit_is_read_by_a_stranger() -> None:
    """Of a library that knows nothing of us."""
    suites = {suite.name: suite for suite in JUnitXml.fromstring(Exported(red_with_timeout_and_stray()).junit.encode())}
    smoke = suites["smoke/auth-onboarding"]
    assert (smoke.tests, smoke.failures, smoke.errors) == (1, 1, 0)
    (case,) = smoke
    assert (case.classname, case.name, case.time) == ("smoke", "auth-onboarding", 600.0)
    assert case.result[0].message.startswith("ended at its hard timeout")


@pytest.mark.parametrize("name", STORIES)
def test_tap_is_read_by_a_stranger(name: str) -> None:
    """Who knows version 13, as most do, and finds neither a line that is none nor a number out of its turn."""
    told = Exported(STORIES[name]())
    lines = list(Parser().parse_text(told.tap))
    points = [line for line in lines if line.category == "test"]
    cases = [case for suite in told.suites for case in suite.cases]
    assert {line.category for line in lines} <= {"version", "diagnostic", "test", "plan"}
    assert [point.number for point in points] == list(range(1, len(cases) + 1))
    assert [(point.ok, point.skip, point.todo) for point in points] == [
        (case.outcome in {"passed", "flaky", "skipped"}, case.outcome == "skipped", case.outcome == "excused")
        for case in cases
    ]


def test_of_too_many_findings_the_gravest_are_told() -> None:
    """Another tool refuses a document of more, and nobody would see one."""
    told = Exported(red_with_timeout_and_stray())
    assert told.record.started is not None
    found = tuple(findings_told(told.record, told.record.started))
    (whole,) = json.loads(told.sarif)["runs"]
    (cut,) = json.loads("".join(write_sarif(told.run, found, most=1)))["runs"]
    assert (len(whole["results"]), len(cut["results"])) == (len(found), 1)
    assert cut["results"][0]["level"] == "error"
    notes = [note["message"]["text"] for note in cut["invocations"][0]["toolExecutionNotifications"]]
    assert f"{len(found) - 1} more findings are left out: a document holds the gravest ones" in notes
    assert against_sarif({"runs": [cut], "version": "2.1.0"}) == []


def test_what_is_quarantined_is_suppressed() -> None:
    """Other tools know that somebody decided so, and on what."""
    started = telling.started()
    mild = Finding("quarantined", "t::a: quarantined until 2026-12-01", "t.py:3", blocks=False)
    grave = Finding("test-failed", "t::b: assert 1 == 2", "t.py:9")
    result = telling.passed("suite", "npm-test", 1, 1, 3.0, verdict="failed", findings=(mild, grave))
    story = telling.Story().tell(
        started, RoundStarted(1, telling.FIRST, telling.TREE, 4), result, telling.finished("red", 1, 1, 3.0, "")
    )
    (run,) = json.loads(Exported(story).sarif)["runs"]
    told = {one["ruleId"]: one for one in run["results"]}
    assert told["test-failed"]["suppressions"] == []
    (suppression,) = told["quarantined"]["suppressions"]
    assert (suppression["kind"], suppression["status"]) == ("external", "accepted")
    assert suppression["justification"] == mild.message


def test_a_summary_has_what_was_tried() -> None:
    told = Exported(STORIES["fixed"]())
    summed = json.loads(told.summary)
    assert (summed["format"], summed["version"], summed["verdict"]) == ("gatekeeper-summary", 1, "green-after-fix")
    assert summed["help"]["fixer_calls"] >= 1
    assert [each["verdict"] for each in summed["steps"]] == ["passed", "passed"]


def with_tests(text: str) -> Exported:
    cases = (
        ReportedTest(f"a{text}::b{text}", "failed", text, f"x{text}.py:3", duration_s=0.5),
        ReportedTest("a::xfails", "xfailed", text),
        ReportedTest("a::skips", "skipped", text),
        ReportedTest("a::wavers", "flaky", text, attempts=2),
    )
    report = Report(Totals(5, 1, 1, 0, 1, 1, 0, 1), cases, (), passed=(f"a::c{text}",))
    return Exported(red_with_timeout_and_stray(), {"suite/npm-test": report})


@pytest.mark.slow
@given(st.one_of(st.just(NASTY), st.text(max_size=200)))
def test_no_text_breaks_a_document(text: str) -> None:
    """Whatever a test, a step or a run is called, and whatever they say."""
    for told in (Exported(hostile(text)), with_tests(text)):
        assert against_junit(told.junit) == []
        assert against_ctrf(json.loads(told.ctrf)) == []
        assert against_sarif(json.loads(told.sarif)) == []
        count = sum(len(suite.cases) for suite in told.suites)
        read = told.read_back()
        assert {form: report.counts.total for form, report in read.items()} == dict.fromkeys(read, count)
        assert not any(report.contradictions for report in read.values())
        for document in (told.junit, told.tap, told.ctrf, told.summary):
            assert re.search("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]", document) is None


def test_long_texts_are_cut_and_say_so() -> None:
    told = with_tests("long " * 100_000)
    for document in (told.junit, told.tap, told.ctrf):
        assert len(document) < 30_000
        assert "more characters)" in document


def test_tests_are_told_each_with_its_outcome() -> None:
    """A step whose tests say what it came to is no case of its own."""
    told = with_tests("")
    suite = next(suite for suite in told.suites if suite.name == "suite/npm-test")
    # It ran twice on one tree: that is the step's own.
    assert [case.name for case in suite.cases] == ["npm-test", "b", "xfails", "skips", "wavers", "c"]
    tap = told.tap.splitlines()
    assert [line.partition(" - ")[2] for line in tap if re.match("(not )?ok .* - suite/npm-test > a", line)] == [
        "suite/npm-test > a > b",
        "suite/npm-test > a > xfails # TODO xfailed, which stands in no pass's way",
        "suite/npm-test > a > skips # SKIP skipped",
        "suite/npm-test > a > wavers",
        "suite/npm-test > a > c",
    ]
    flaky = [test["name"] for test in json.loads(told.ctrf)["results"]["tests"] if test.get("flaky")]
    assert flaky == ["suite/npm-test > a > wavers"]


def test_reused_passes_have_the_tests_of_the_run_that_they_stand_for() -> None:
    """A step that was not run again is told as passed."""
    told = Exported(green_after_fix())
    assert {case.outcome for suite in told.suites for case in suite.cases} == {"passed"}
