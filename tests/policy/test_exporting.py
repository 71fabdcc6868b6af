"""What a run is to other tools: nothing bad looks good, and nothing that may be bad looks worse than it is."""

from __future__ import annotations

from typing import Any

import pytest

from gatekeeper.model.event_parts import PlannedStep
from gatekeeper.model.events import Entry, Event, RoundFinished, RoundStarted, RunFinished, RunStarted, StepFinished
from gatekeeper.model.events import StepStarted as Begun
from gatekeeper.model.report import Report, ReportedTest, Totals
from gatekeeper.model.verdict import Finding, StepVerdict
from gatekeeper.policy.export_findings import Found, Place, findings_told, place_of
from gatekeeper.policy.export_steps import readable, run_told, steps_told
from gatekeeper.policy.exporting import Case, closing_suite, suite_of
from gatekeeper.policy.fold import RunRecord, fold

BEGINNING = RunStarted("c", "sha256:0", "T", (), (), source="gates/c.yaml", root="/work/shop")
FAILED = Totals(2, 1, 1, 0, 0)
REPORT = Report(FAILED, (ReportedTest("t::bad", "failed", "no", "t.py:3"),), (), passed=("t::good",))


def record_of(*events: Event, tier: str = "required", ended: RunFinished | None = None) -> RunRecord:
    """A run with one planned step, `g/s`, in which this happened."""
    started = BEGINNING._replace(steps=(PlannedStep("g", "s", tier, "x", 1.0),))
    last = ended or RunFinished("red", 1, 1, "T", 1.0)
    story = (started, RoundStarted(1, "first", "T"), *events, last)
    return fold("R", (Entry(seq, f"2026-01-01T00:00:0{seq}Z", "R", event) for seq, event in enumerate(story)))


def result(verdict: str, attempt: int = 1, **more: Any) -> StepFinished:
    """What the step came to."""
    return StepFinished("g", "s", 1, attempt, verdict, tree="T")._replace(**more)


def cases_of(record: RunRecord, report: Report | None = None) -> tuple[Case, ...]:
    """The cases of the only step."""
    (told,) = steps_told(record)
    return suite_of(told, report).cases


def found_in(*findings: Finding, tier: str = "required") -> tuple[Found, ...]:
    """What is told of a step that failed with these findings in the folder `api`."""
    begun = Begun("g", "s", 1, 1, 1.0, "x", cwd="api")
    return tuple(findings_told(record_of(begun, result("failed", findings=findings), tier=tier), BEGINNING))


def test_every_verdict_has_an_outcome() -> None:
    """Only a pass passes; what is neither failed nor left out is an error."""
    assert {verdict: cases_of(record_of(result(verdict)))[0].outcome for verdict in StepVerdict} == {
        "passed": "passed",
        "failed": "failed",
        "timed-out": "failed",
        "infra": "error",
        "error": "error",
        "cancelled": "error",
        "blocked": "skipped",
        "skipped": "skipped",
    }


def test_a_step_that_never_ran_or_was_cut_off_says_so() -> None:
    assert [(case.outcome, case.kind) for case in cases_of(record_of())] == [("skipped", "never-ran")]
    cut = record_of(Begun("g", "s", 1, 1, 1.0, "x"))
    assert [(case.outcome, case.kind) for case in cases_of(cut)] == [("error", "interrupted")]
    again = record_of(result("passed"), Begun("g", "s", 1, 2, 1.0, "x"))
    assert [case.kind for case in cases_of(again)] == ["interrupted"], "a former pass is not what it came to"


def test_a_run_that_ended_badly_without_a_failure_gets_one() -> None:
    """Weakened tests, say: every step passed, and the run is red."""
    weakened = record_of(result("passed"), ended=RunFinished("red", 1, 1, "T", 1.0, reason="weakened"))
    assert weakened.started is not None
    assert weakened.finished is not None
    told = run_told(weakened, weakened.started, weakened.finished)
    suite = closing_suite(told, failed=False)
    assert suite is not None
    assert [(case.outcome, case.message) for case in suite.cases] == [("error", "red: weakened")]
    assert closing_suite(told, failed=True) is None
    assert closing_suite(told._replace(exit_code=0), failed=False) is None


def test_tests_stand_for_their_step_where_they_say_what_it_came_to() -> None:
    failed = result("failed", tests=FAILED)
    assert [(case.name, case.outcome) for case in cases_of(record_of(failed), REPORT)] == [
        ("bad", "failed"),
        ("good", "passed"),
    ]
    only_good = REPORT._replace(cases=())
    beside = result("failed", findings=(Finding("coverage-lines", "too little ran"),))
    assert [(case.name, case.outcome, case.message) for case in cases_of(record_of(beside), only_good)] == [
        ("s", "failed", "too little ran"),
        ("good", "passed", ""),
    ]


@pytest.mark.parametrize(
    ("event", "tier"),
    [
        (result("passed"), "required"),
        (result("failed"), "advisory"),
        (result("failed", findings=(Finding("quarantined", "t::bad: no (until May)", blocks=False),)), "required"),
    ],
)
def test_a_test_that_may_fail_is_no_failure(event: StepFinished, tier: str) -> None:
    """Known or quarantined, or in a gate that the verdict does not ask for."""
    cases = cases_of(record_of(event, tier=tier), REPORT)
    assert next(case.outcome for case in cases if case.name == "bad") == "excused"
    failing = [case.name for case in cases if case.outcome == "failed"]
    assert failing == (["s"] if (event.verdict, tier) == ("failed", "required") else [])


def test_a_rerun_excuses_nothing() -> None:
    """That a test ran twice is told of, and its failure stands."""
    rerun = result("failed", findings=(Finding("test-rerun", "t::bad: ran more than once", blocks=False),))
    assert cases_of(record_of(rerun), REPORT)[0].outcome == "failed"


def test_what_passed_at_last_is_flaky_only_on_one_tree() -> None:
    failed, passed = result("failed", findings=(Finding("exit-code", "exit code 3"),)), result("passed", 2)
    (case,) = cases_of(record_of(failed, passed, RoundFinished(1, "T", ())))
    assert (case.outcome, [(one.attempt, one.message) for one in case.tries]) == ("flaky", [(1, "exit code 3")])
    (fixed,) = cases_of(record_of(failed, passed._replace(tree="U"), RoundFinished(1, "T", ())))
    assert (fixed.outcome, fixed.tries) == ("passed", ())


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a b.py:12", Place("api/a%20b.py", True, 12)),
        ("a.ts:12:7", Place("api/a.ts", True, 12, 7)),
        ("../lib/ü.py", Place("lib/%C3%BC.py", inside=True)),
        ("/work/shop/x.go:3", Place("x.go", True, 3)),
        ("/usr/lib/y.py:3", Place("file:///usr/lib/y.py", False, 3)),
        ("../../other/z.py:3", Place("file:///work/other/z.py", False, 3)),
        ("", Place("gates/c.yaml", inside=True)),
    ],
)
def test_a_place_is_a_uri_beside_the_root(text: str, place: Place) -> None:
    """What has no place stands where its step is defined."""
    assert place_of(text, BEGINNING, "api") == place


def test_findings_weigh_what_they_do() -> None:
    told = found_in(Finding("exit-code", "exit code 1"), Finding("report-note", "odd", blocks=False))
    assert [one.weight for one in told] == ["error", "note"]
    assert [one.weight for one in found_in(Finding("exit-code", "exit code 1"), tier="advisory")] == ["warning"]


def test_the_fingerprint_outlives_numbers_and_lines_but_not_names() -> None:
    def of(message: str, place: str = "t.py:3") -> str:
        return found_in(Finding("test-failed", message, place))[0].fingerprint

    assert of("t::test_1: took 31 ms") == of("t::test_1: took 977 ms", "t.py:88")
    assert of("t::test_1: no") != of("t::test_2: no")
    twice = found_in(Finding("lint", "unused"), Finding("lint", "unused"))
    assert twice[0].fingerprint != twice[1].fingerprint


def test_a_text_is_readable_and_bounded() -> None:
    assert readable("\x1b[1mbold\x1b[0m\x00\uffff", 99) == "bold\ufffd\ufffd"
    assert readable("a" * 12, 10) == "aaaaaaaaaa… (2 more characters)"
