"""Judging one attempt: an exit code is a claim, and nothing but agreeing evidence makes it a pass."""

from __future__ import annotations

import itertools

import pytest

from gatekeeper.model.demands import ReportSpec
from gatekeeper.model.incident import Incident, IncidentKind
from gatekeeper.model.outcome import (
    Attempt,
    Cancelled,
    CheckResult,
    Exceeded,
    Exited,
    GuardBroken,
    LimitExceeded,
    Listener,
    NotStarted,
    Outcome,
    Probed,
    ProbeResult,
    Received,
    Signalled,
    Stray,
    TimedOut,
)
from gatekeeper.model.plan import Check, Step, TcpProbe
from gatekeeper.model.report import Report, ReportedTest, ReportProblem, Totals
from gatekeeper.model.verdict import Finding, StepVerdict
from gatekeeper.policy.judge import judge
from gatekeeper.policy.judging.words import describe_listener

from .situations import step

MET = ProbeResult("GET /health", "status 200", Received(200, 3.0), met=True)
UNMET = MET._replace(met=False, problem="status 503 instead of 200")
OUTCOMES: dict[str, tuple[Outcome, StepVerdict]] = {
    "exit 0": (Exited(0), StepVerdict.PASSED),
    "exit 1": (Exited(1), StepVerdict.FAILED),
    "exit 126": (Exited(126), StepVerdict.FAILED),
    "exit 255": (Exited(255), StepVerdict.FAILED),
    "exit -1": (Exited(-1), StepVerdict.FAILED),
    "signal": (Signalled(11), StepVerdict.FAILED),
    "signal 0": (Signalled(0), StepVerdict.FAILED),
    "deadline": (TimedOut(60.0), StepVerdict.TIMED_OUT),
    "quiet": (TimedOut(60.0, "quiet"), StepVerdict.TIMED_OUT),
    "run deadline": (TimedOut(60.0, "deadline", "run"), StepVerdict.TIMED_OUT),
    "beyond a limit": (LimitExceeded("cpu", 3.0), StepVerdict.FAILED),
    "not found": (NotStarted("command-not-found", "no x"), StepVerdict.FAILED),
    "not executable": (NotStarted("not-executable", "x"), StepVerdict.FAILED),
    "no folder": (NotStarted("no-such-folder", "x"), StepVerdict.ERROR),
    "bad value": (NotStarted("bad-value", "x"), StepVerdict.ERROR),
    "no resources": (NotStarted("no-resources", "fork"), StepVerdict.INFRA),
    "port taken": (NotStarted("port-taken", "8080"), StepVerdict.INFRA),
    "cancelled": (Cancelled(), StepVerdict.CANCELLED),
    "guard broken": (GuardBroken("lost"), StepVerdict.ERROR),
    "met": (Probed(met=True), StepVerdict.PASSED),
    "unmet": (Probed(met=False), StepVerdict.FAILED),
}
GOOD = Report(Totals(3, 2, 0, 0, 1), (ReportedTest("a::skip", "skipped"),), ("r.xml",))
BAD_CASE = ReportedTest("a::b", "failed", "1 != 2", "a.py:3")
REPORTS: dict[str, Report | ReportProblem | None] = {
    "agrees": GOOD,
    "failing case": Report(Totals(3, 2, 1, 0, 0), (BAD_CASE,), ("r.xml",)),
    "case with error": Report(Totals(1, 0, 0, 1, 0), (BAD_CASE._replace(outcome="error"),), ("r.xml",)),
    "failures only counted": Report(Totals(3, 2, 1, 0, 0), (), ("r.xml",)),
    "contradicts itself": GOOD._replace(contradictions=("the header counts 2 failures, the cases 0",)),
    "no tests": Report(Totals(0, 0, 0, 0, 0), (), ("r.xml",)),
    "missing": ReportProblem("missing", "no file matches r.xml"),
    "stale": ReportProblem("stale", "r.xml is older than the step"),
    "unreadable": ReportProblem("unreadable", "r.xml:3: not XML"),
    "never looked at": None,
}
PLAIN = step("g/s")
REPORTING = PLAIN._replace(report=ReportSpec("junit", ("r.xml",)))
HEALTH = Check("after_each", TcpProbe("localhost:1"))
READY = Check("ready", TcpProbe("localhost:1"), 5.0)


@pytest.mark.parametrize("name", OUTCOMES)
def test_every_outcome_has_its_verdict(name: str) -> None:
    outcome, verdict = OUTCOMES[name]
    result = judge(PLAIN, Attempt(outcome, 1.0))
    assert result.verdict is verdict
    assert bool(result.findings) == (verdict not in {StepVerdict.PASSED, StepVerdict.CANCELLED})
    assert result.step == PLAIN.id


CHECKS: dict[str, tuple[CheckResult, ...]] = {
    "asked and met": (CheckResult("ready", MET), CheckResult("after_each", MET)),
    "unmet": (CheckResult("ready", MET), CheckResult("after_each", UNMET)),
    "not asked": (CheckResult("ready", MET),),
    "none asked": (),
}


@pytest.mark.parametrize(("name", "report"), list(itertools.product(OUTCOMES, REPORTS)))
def test_only_a_claim_that_all_evidence_agrees_with_passes(name: str, report: str) -> None:
    """The full product of outcomes, reports and checks."""
    outcome, claimed = OUTCOMES[name]
    careful = REPORTING._replace(ready=READY, after_each=(HEALTH,))
    for checks, asked in CHECKS.items():
        result = judge(careful, Attempt(outcome, 1.0, report=REPORTS[report], checks=asked))
        agrees = claimed is StepVerdict.PASSED and report == "agrees" and checks == "asked and met"
        assert (result.verdict is StepVerdict.PASSED) == agrees, (checks, result)
        if claimed not in {StepVerdict.PASSED, StepVerdict.FAILED}:
            assert result.verdict is claimed, "evidence excuses no timeout, and turns nothing unknown into a failure"


@pytest.mark.parametrize(("report", "verdict"), [
    ("failing case", StepVerdict.FAILED),
    ("failures only counted", StepVerdict.FAILED),
    ("contradicts itself", StepVerdict.FAILED),
    ("no tests", StepVerdict.FAILED),
    ("missing", StepVerdict.ERROR),
    ("stale", StepVerdict.ERROR),
    ("unreadable", StepVerdict.ERROR),
    ("never looked at", StepVerdict.ERROR),
])  # fmt: skip
def test_exit_code_0_against_its_report(report: str, verdict: StepVerdict) -> None:
    """A failing test fails the step; evidence that is not there makes it an error."""
    result = judge(REPORTING, Attempt(Exited(0), 1.0, report=REPORTS[report]))
    assert result.verdict is verdict
    assert result.findings


@pytest.mark.parametrize("report", REPORTS)
def test_a_failing_exit_stays_failed(report: str) -> None:
    """Whatever the report says; and the exit code stays among the findings."""
    result = judge(REPORTING, Attempt(Exited(1), 1.0, report=REPORTS[report]))
    assert result.verdict is StepVerdict.FAILED
    assert result.findings[0].kind == "exit-code"
    assert ("report-disagrees" in {finding.kind for finding in result.findings[1:]}) == (report == "agrees") or (
        report == "no tests"
    )


def test_failing_tests_are_named_with_their_place() -> None:
    result = judge(REPORTING, Attempt(Exited(1), 1.0, report=REPORTS["failing case"]))
    assert result.findings[1] == Finding("test-failed", "a::b: 1 != 2", "a.py:3")


def test_ten_thousand_failing_tests_are_cut_and_counted() -> None:
    cases = tuple(ReportedTest(f"a::{n}", "failed") for n in range(10_000))
    result = judge(REPORTING, Attempt(Exited(1), 1.0, report=Report(Totals(10_000, 0, 10_000, 0, 0), cases, ("r",))))
    assert len(result.findings) < 60
    assert any("9950 more" in finding.message for finding in result.findings)


def test_an_unmet_check_fails_what_passed() -> None:
    attempt = Attempt(Exited(0), 1.0, checks=(CheckResult("after_each", UNMET),))
    result = judge(PLAIN._replace(after_each=(HEALTH,)), attempt)
    assert result.verdict is StepVerdict.FAILED
    assert result.findings[0].message == "GET /health: status 503 instead of 200"


@pytest.mark.parametrize(
    "careful", [PLAIN._replace(ready=READY), PLAIN._replace(after_each=(HEALTH, HEALTH))], ids=["ready", "two health"]
)
def test_a_check_that_was_never_asked_is_missing_evidence(careful: Step) -> None:
    attempt = Attempt(Exited(0), 1.0, checks=(CheckResult("after_each", MET),))
    result = judge(careful, attempt)
    assert result.verdict is StepVerdict.ERROR
    assert "not asked" in result.findings[0].message


def test_a_probe_that_contradicts_itself_does_not_pass() -> None:
    assert judge(PLAIN, Attempt(Probed(met=True), 1.0, probe=UNMET)).verdict is StepVerdict.FAILED
    assert judge(PLAIN, Attempt(Probed(met=False), 1.0, probe=MET)).verdict is StepVerdict.FAILED
    assert judge(PLAIN, Attempt(Probed(met=True), 1.0, probe=MET)).verdict is StepVerdict.PASSED


def test_strays_and_timeouts_become_incidents_of_the_step() -> None:
    stray = Stray(7, ("sleep", "60"), 1.0, "cgroup")
    attempt = Attempt(TimedOut(60.0, hint="it waited for a lock"), 60.0, strays=(stray,) * 4)
    timeout, left = judge(PLAIN, attempt).incidents
    assert (timeout.kind, timeout.gate, timeout.step) == (IncidentKind.TIMEOUT, "g", "s")
    assert timeout.message.endswith("; it waited for a lock")
    assert left.kind is IncidentKind.STRAY
    assert left.message.startswith("4 processes left behind and ended: sleep 60 (pid 7)")
    assert "and 1 more" in left.message


def test_silence_is_a_hang() -> None:
    (incident,) = judge(PLAIN, Attempt(TimedOut(60.0, "quiet"), 60.0)).incidents
    assert incident.kind is IncidentKind.HANG
    assert incident.message == "hung: no output for its quiet period, ended after 60.0 s"


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (
            TimedOut(3.0, "quiet", hint="hung: waiting for input at 'Password:'"),
            "no output for its quiet period, ended ",
        ),
        (TimedOut(3.0, hint="busy: `cc1` (pid 7) was running"), "ended at its hard timeout, after 3.0 s; busy: "),
    ],
)
def test_the_sentence_of_the_dossier_stands_in_finding_and_incident(outcome: TimedOut, words: str) -> None:
    """Why it hung is said once, after how it was ended."""
    result = judge(PLAIN, Attempt(outcome, 3.0))
    assert [result.findings[0].message] == [incident.message for incident in result.incidents]
    assert result.findings[0].message.startswith(words)
    assert result.findings[0].message.endswith(outcome.hint)
    assert result.findings[0].message.count("hung") == outcome.hint.count("hung")


def test_ports_that_others_opened_speak_against_nothing() -> None:
    """Nobody knows for sure whose work it is: no stray, no incident, no finding, also where strays are forbidden."""
    attempt = Attempt(Exited(0), 1.0, listeners=(Listener(8080, 7, ("redis-server",)), Listener(9000)))
    result = judge(step("g/s")._replace(strays="fail"), attempt)
    assert result.verdict is StepVerdict.PASSED
    assert (result.incidents, result.findings) == ((), ())


def test_port_that_somebody_else_opened_in_words() -> None:
    """One sentence that fits a line, however long the name of the program is."""
    assert describe_listener(Listener(8080, 7, ("redis-server",))) == (
        "port 8080 has been listened on since this step began by `redis-server` (pid 7), "
        "not of the step: work handed to a server, or somebody else's"
    )
    assert "by one unseen, not of the step" in describe_listener(Listener(9000))
    assert len(describe_listener(Listener(65535, 4194304, (f"/opt/{'x' * 300}/server",)))) < 200


def test_what_used_too_much_is_told_with_its_limit() -> None:
    """Once, behind the words of the limit that ended it."""
    outcome = LimitExceeded("cpu", 3.0, "busy: `perl` (pid 7) was using 98 % of one core")
    told = (Exceeded("memory", "too much memory"), Exceeded("cpu", "used 3.1 s"))
    messages = [one.message for one in judge(PLAIN, Attempt(outcome, 3.0, exceeded=told)).findings]
    assert messages == ["too much memory", f"used 3.1 s; {outcome.hint}"]


def test_all_strays_are_counted_also_those_that_nobody_described() -> None:
    """One number for all of them, and one incident."""
    described = tuple(Stray(pid, ("sleep", f"{pid}"), 1.0, "guardian") for pid in range(64))
    attempt = Attempt(Exited(0), 1.0, strays=described, strays_total=90)
    result = judge(step("g/s")._replace(strays="fail"), attempt)
    said = "90 processes left behind and ended: sleep 0 (pid 0), sleep 1 (pid 1), sleep 2 (pid 2) and 87 more"
    assert [one.message for one in result.incidents] == [one.message for one in result.findings] == [said]


@pytest.mark.parametrize("limit", ["step", "gate", "round", "run"])
def test_a_timeout_says_whose_time_was_over(limit: str) -> None:
    outcome = {each: TimedOut(1.0, "deadline", each) for each in ("step", "gate", "round", "run")}[limit]
    assert limit in judge(PLAIN, Attempt(outcome, 1.0)).findings[0].message or limit == "step"


def test_incidents_of_the_guard_are_kept_and_given_the_steps_name() -> None:
    attempt = Attempt(Exited(0), 1.0, incidents=(Incident(IncidentKind.UNKILLABLE, "pid 7"),))
    assert judge(PLAIN, attempt).incidents == (Incident(IncidentKind.UNKILLABLE, "pid 7", "g", "s"),)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (126, "not executable"),
        (127, "not found"),
        (137, "SIGKILL"),
        (192, "SIGRTMAX"),
        (170, "signal 42"),
        (1, "code 1"),
    ],
)
def test_exit_codes_are_explained(code: int, words: str) -> None:
    assert words in judge(PLAIN, Attempt(Exited(code), 1.0)).findings[0].message


def test_a_step_without_report_is_not_judged_by_one() -> None:
    """A report that nobody declared is nobody's evidence."""
    assert judge(PLAIN, Attempt(Exited(0), 1.0, report=REPORTS["failing case"])).verdict is StepVerdict.PASSED
