"""Claim, report and baseline together: every one of them beside every other, and what may pass at all."""

from __future__ import annotations

import itertools

import pytest

from gatekeeper.model.baseline import BaselineProblem, Standard
from gatekeeper.model.outcome import Attempt, Exited, LimitExceeded, Outcome, Probed, Signalled, TimedOut
from gatekeeper.model.report import Report, ReportedTest, ReportProblem, TestOutcome
from gatekeeper.model.verdict import StepVerdict
from gatekeeper.policy.judge import judge

from .evidence import COMPARING, REPORTING, baseline, entry, judged, kinds, messages, passing, report, standard

PASSED, FAILED, ERROR = StepVerdict.PASSED, StepVerdict.FAILED, StepVerdict.ERROR
KNOWN: dict[str, TestOutcome] = {"a::good": "passed", "a::old": "failed"}
CLAIMS: dict[str, Outcome] = {
    "exit 0": Exited(0),
    "exit 1": Exited(1),
    "exit 2": Exited(2),
    "exit 137": Exited(137),
    "signal": Signalled(11),
    "limit": LimitExceeded("memory", 1.0),
    "met": Probed(met=True),
    "timeout": TimedOut(9.0),
}
UNCOLLECTED = ReportedTest("b.py", "error", "SyntaxError", "b.py:3", collected=False)
REPORTS: dict[str, Report | ReportProblem | None] = {
    "all pass": report(passing(["a::good", "a::old"])),
    "the known one fails": report(KNOWN),
    "both fail": report({"a::good": "failed", "a::old": "failed"}),
    "another fails": report({"a::good": "failed", "a::old": "passed"}),
    "a new one fails": report({**KNOWN, "a::new": "error"}),
    "one is gone": report(passing(["a::good"])),
    "the known one is skipped": report({"a::good": "passed", "a::old": "skipped"}),
    "one file does not compile": report(KNOWN, UNCOLLECTED),
    "it contradicts itself": report(KNOWN)._replace(contradictions=("two ends",)),
    "more failed than are named": report(KNOWN)._replace(counts=report(KNOWN).counts._replace(failed=2)),
    "its runner said 1": report(KNOWN)._replace(exit_status=1),
    "its runner said 0": report(passing(KNOWN))._replace(exit_status=0),
    "its runner said 2": report(KNOWN)._replace(exit_status=2),
    "no tests": report({}),
    "missing": ReportProblem("missing", "no file matches r.xml"),
    "stale": ReportProblem("stale", "r.xml is of yesterday"),
    "unreadable": ReportProblem("unreadable", "r.xml:3: not XML"),
    "never looked at": None,
}
STANDARDS: dict[str, Standard] = {
    "a baseline": standard(baseline(KNOWN)),
    "a clean baseline": standard(baseline(passing(KNOWN))),
    "a quarantine": standard(baseline(passing(KNOWN)), entry("a::old")),
    "a quarantine that is over": standard(baseline(passing(KNOWN)), entry("a::old", "2026-11-26")),
    "a quarantine that cannot be read": standard(baseline(KNOWN), problem="line 3: no date"),
    "no baseline": standard(),
    "an unreadable baseline": standard(BaselineProblem("it is not JSON")),
    "an empty baseline": standard(baseline({})),
}
# What passes, and nothing else does.
PASSES = {
    *itertools.product(("exit 0", "met"), ("all pass",), ("a baseline", "a clean baseline", "a quarantine")),
    *itertools.product(("exit 0",), ("its runner said 0",), ("a baseline", "a clean baseline", "a quarantine")),
    *itertools.product(("met",), ("its runner said 0",), ("a baseline", "a clean baseline", "a quarantine")),
    *itertools.product(("exit 1", "exit 2"), ("the known one fails",), ("a baseline", "a quarantine")),
    *itertools.product(("exit 1",), ("its runner said 1",), ("a baseline", "a quarantine")),
    *itertools.product(
        ("exit 0", "met"), ("the known one is skipped",), ("a baseline", "a clean baseline", "a quarantine")
    ),
}


@pytest.mark.parametrize(("claim", "found"), list(itertools.product(CLAIMS, REPORTS)))
def test_only_what_all_agree_on_passes(claim: str, found: str) -> None:
    """The full product of claims, reports and baselines; a finding that blocks never stands beside a pass."""
    for against, held in STANDARDS.items():
        result = judge(COMPARING, Attempt(CLAIMS[claim], 1.0, report=REPORTS[found]), standard=held)
        assert (result.verdict is PASSED) == ((claim, found, against) in PASSES), (against, result.findings)
        assert any(finding.blocks for finding in result.findings) == (result.verdict is not PASSED)
        assert sorted(kinds(result)) == sorted(kinds(result, blocking=True) + kinds(result, blocking=False))
        if claim == "timeout":
            assert result.verdict is StepVerdict.TIMED_OUT
            assert result.comparison is None, "a report of what was cut short is compared with nothing"


@pytest.mark.parametrize("found", ["missing", "stale", "unreadable", "never looked at"])
@pytest.mark.parametrize("against", STANDARDS)
def test_evidence_that_is_not_there_is_an_error_for_exit_0_and_no_excuse_for_a_failure(
    found: str, against: str
) -> None:
    for claim, verdict in ((Exited(0), ERROR), (Exited(1), FAILED)):
        result = judge(COMPARING, Attempt(claim, 1.0, report=REPORTS[found]), standard=STANDARDS[against])
        assert result.verdict is verdict
        assert any(kind.startswith("report-") for kind in kinds(result, blocking=True))


@pytest.mark.parametrize("against", STANDARDS)
def test_what_could_not_be_collected_always_fails(against: str) -> None:
    """No baseline and no quarantine knows the tests that are inside."""
    held = STANDARDS[against]
    held = held._replace(quarantine=(*held.quarantine, entry("b.py")))
    for claim in (0, 1, 2):
        result = judged(report(KNOWN, UNCOLLECTED), held, claim)
        assert result.verdict is FAILED
        assert "test-not-collected" in kinds(result, blocking=True)
    assert messages(result, "test-not-collected") == ["b.py: SyntaxError (its tests could not be collected)"]


@pytest.mark.parametrize(("code", "said"), [(0, 1), (0, 2), (1, 0)])
def test_a_runner_whose_exit_code_was_changed_on_the_way_is_not_believed(code: int, said: int) -> None:
    """Such as by ``pytest || true``."""
    result = judged(report(passing(KNOWN))._replace(exit_status=said), standard(), code, of=REPORTING)
    assert result.verdict is FAILED
    assert "exit-code-differs" in kinds(result)


def test_exit_code_0_beside_known_failures_is_a_contradiction() -> None:
    result = judged(report(KNOWN), STANDARDS["a baseline"])
    assert result.verdict is FAILED
    assert messages(result, "report-disagrees") == ["exit code 0, but the report has 1 failing test"]


def test_a_report_without_tests_may_be_allowed() -> None:
    spec = REPORTING.report
    assert spec is not None
    lenient = REPORTING._replace(report=spec._replace(allow_empty=True))
    assert judged(report({}), standard(), of=lenient).verdict is PASSED
    assert judged(report({}), standard(), 5, of=lenient).verdict is FAILED
    compared = lenient._replace(baseline=COMPARING.baseline)
    assert judged(report({}), standard(baseline({})), of=compared).verdict is PASSED
    assert "lost-tests" in kinds(judged(report({}), standard(baseline(KNOWN)), of=compared), blocking=True)


def test_an_optional_report_is_not_optional_where_a_baseline_is_held_against_it() -> None:
    spec = REPORTING.report
    assert spec is not None
    gone = Attempt(Exited(0), 1.0, report=REPORTS["missing"])
    lenient = REPORTING._replace(report=spec._replace(optional=True))
    assert judge(lenient, gone).verdict is PASSED
    assert judge(lenient._replace(baseline=COMPARING.baseline), gone, standard=STANDARDS["a baseline"]).verdict is ERROR


def test_a_failed_check_outweighs_evidence_that_is_missing() -> None:
    """Something says that the code is wrong, so the run is red and not inconclusive."""
    result = judged(report({"a::good": "failed"}), standard())
    assert (result.verdict, "baseline-missing" in kinds(result)) == (FAILED, True)


def test_a_missing_baseline_says_how_to_get_one() -> None:
    (message,) = messages(judged(report(KNOWN), standard()), "baseline-missing")
    assert message == (
        "there is no baseline to compare with; take one from the newest run with "
        "`gatekeeper baseline accept CYCLE --step suite/unit --reason TEXT`"
    )


def test_a_step_without_a_baseline_is_compared_with_none() -> None:
    """Also where there is one, for its coverage, say."""
    result = judged(report({"b::other": "passed"}), STANDARDS["a baseline"], of=REPORTING)
    assert (result.verdict, result.comparison) == (PASSED, None)


def test_what_is_odd_about_a_report_is_told_and_stands_in_no_pass_s_way() -> None:
    """Such as a header that counts more tests than there are, or packages whose results were cached."""
    odd = report(passing(["a::good"]))._replace(notes=("r.xml: the suite counts 5 tests, and 1 cases were found",))
    result = judged(odd, standard(), of=REPORTING)
    assert result.verdict is PASSED
    assert kinds(result, blocking=False) == ["report-note"]
