"""Failures that the baseline has too: they are told, they do not block, and they excuse nothing but themselves."""

from __future__ import annotations

from typing import Any

import pytest

from gatekeeper.model.outcome import Exceeded, LimitExceeded, Outcome, Signalled, Stray
from gatekeeper.model.report import ReportedTest, TestOutcome
from gatekeeper.model.verdict import Finding, StepVerdict

from .evidence import COMPARING, baseline, entry, judged, kinds, messages, passing, report, standard

PASSED, FAILED = StepVerdict.PASSED, StepVerdict.FAILED
BEFORE: dict[str, TestOutcome] = {"a::good": "passed", "a::old": "failed", "a::also old": "error"}
HELD = standard(baseline(BEFORE))
AS_BEFORE = report(BEFORE)


def test_a_known_failure_is_told_and_does_not_block() -> None:
    found = report({"a::good": "passed"}, ReportedTest("a::old", "failed", "1 != 2", "a.py:3"))
    found = found._replace(counts=found.counts._replace(total=3, passed=2), passed=("a::good", "a::also old"))
    result = judged(found, HELD, 1)
    assert result.verdict is PASSED
    assert result.findings == (
        Finding("exit-code", "exit code 1; excused, because the one test that failed is known or allowed", "", False),
        Finding("known-failure", "a::old: 1 != 2 (failed in the baseline too)", "a.py:3", False),
    )
    assert result.comparison is not None
    assert (result.comparison.still_failing, result.comparison.fixed) == (("a::old",), ("a::also old",))


@pytest.mark.parametrize("code", [1, 2, 8, 100, 101, 125])
def test_runners_say_with_many_codes_that_tests_failed(code: int) -> None:
    assert judged(AS_BEFORE, HELD, code).verdict is PASSED


@pytest.mark.parametrize("end", [-1, 126, 127, 137, 255, Signalled(9), LimitExceeded("memory", 1.0)])
def test_no_known_failure_excuses_a_crash(end: Outcome | int) -> None:
    result = judged(AS_BEFORE, HELD, end)
    assert result.verdict is FAILED
    assert result.findings[0].message.endswith("known failures do not excuse such an end")


@pytest.mark.parametrize(("code", "said", "verdict"), [(1, 1, PASSED), (2, 2, FAILED), (2, 1, FAILED), (1, 3, FAILED)])
def test_where_pytest_tells_how_it_ended_only_failed_tests_are_excused(
    code: int, said: int, verdict: StepVerdict
) -> None:
    """It ends with 2 when it was interrupted and with 3 when it broke; another code is another command's."""
    result = judged(AS_BEFORE._replace(exit_status=said), HELD, code)
    assert result.verdict is verdict
    assert ("not excuse" in result.findings[0].message) is (verdict is FAILED)


@pytest.mark.parametrize("odd", ["contradictions", "unnamed", "uncollected"])
def test_known_failures_excuse_nothing_where_the_report_is_not_whole(odd: str) -> None:
    broken = {
        "contradictions": AS_BEFORE._replace(contradictions=("two ends",)),
        "unnamed": AS_BEFORE._replace(counts=AS_BEFORE.counts._replace(failed=2)),
        "uncollected": report(BEFORE, ReportedTest("b.py", "error", collected=False)),
    }
    (first, *_) = judged(broken[odd], HELD, 1).findings
    assert (first.kind, first.blocks) == ("exit-code", True)
    assert first.message.endswith("known failures do not excuse it: the report is not whole")


def test_one_new_failure_beside_known_ones_fails() -> None:
    """And it comes first; the exit code is not excused."""
    result = judged(report({**BEFORE, "a::good": "failed"}), HELD, 1)
    assert result.verdict is FAILED
    assert kinds(result, blocking=True) == ["exit-code", "test-failed"]
    assert messages(result, "test-failed") == ["a::good (passed in the baseline)"]
    assert kinds(result, blocking=False) == ["known-failure", "known-failure"]


def test_a_failing_test_that_the_baseline_does_not_have_is_a_new_failure() -> None:
    result = judged(report({**BEFORE, "a::new": "error"}), HELD, 1)
    assert messages(result, "test-error") == ["a::new (not in the baseline)"]


def test_a_known_failure_that_moved_is_known() -> None:
    result = judged(report({"a::good": "passed", "b::old": "failed", "a::also old": "error"}), HELD, 1)
    assert result.verdict is PASSED
    assert messages(result, "known-failure")[0] == "b::old (failed in the baseline too, as a::old)"
    assert messages(result, "tests-renamed") == ["1 test taken for renamed or moved: a::old is now b::old"]


def test_a_known_failure_excuses_no_behaviour_of_the_command() -> None:
    """Neither a stray where none may be, nor a limit that was run into."""
    strict = COMPARING._replace(strays="fail")
    assert judged(AS_BEFORE, HELD, 1, of=strict, strays=(Stray(7, ("x",), 1.0, "g"),)).verdict is FAILED
    assert judged(AS_BEFORE, HELD, 1, exceeded=(Exceeded("cpu", "too much"),)).verdict is FAILED
    assert judged(AS_BEFORE, HELD, 1, lost="the disk is full").verdict is StepVerdict.INFRA


def test_known_and_quarantined_failures_may_stand_together() -> None:
    held = standard(baseline({"a::old": "failed", "a::good": "passed"}), entry("a::good"))
    assert judged(report({"a::old": "failed", "a::good": "failed"}), held, 1).verdict is PASSED


@pytest.mark.parametrize(("allowed", "verdict"), [(0, FAILED), (1, FAILED), (2, PASSED), (3, PASSED)])
def test_a_step_may_allow_new_failures(allowed: int, verdict: StepVerdict) -> None:
    """All of them, or none: which ones would be let pass?"""
    spec = COMPARING.baseline
    assert spec is not None
    lenient = COMPARING._replace(baseline=spec._replace(new_failures=allowed))
    result = judged(
        report({"a::x": "failed", "a::y": "failed"}), standard(baseline(passing(["a::x", "a::y"]))), 1, lenient
    )
    assert result.verdict is verdict
    assert len(messages(result, "new-failure")) == (2 if verdict is PASSED else 0)
    assert ("new-failures" in kinds(result)) is (allowed == 1)


def test_lost_tests_are_named_with_what_to_do() -> None:
    result = judged(report(passing(["a::good"])), standard(baseline(passing(["a::good", "b::x", "c::y"]))))
    assert result.verdict is FAILED
    (message,) = messages(result, "lost-tests")
    assert message == (
        "2 tests of the baseline are gone: b::x, c::y; bring them back, or say why they went: `gatekeeper baseline "
        "accept CYCLE --step suite/unit --only b::x --only c::y --reason TEXT`"
    )
    assert result.comparison is not None
    assert result.comparison.lost == ("b::x", "c::y")


@pytest.mark.parametrize(
    ("names", "at", "hint"),
    [
        (["b::x[1]"], {}, "`gatekeeper baseline accept shop --step suite/unit --only 'b::x[1]' --reason TEXT`"),
        (
            list("bcde"),
            {},
            "`gatekeeper baseline accept shop --step suite/unit --reason TEXT` with `--only ID` for each",
        ),
        (
            ["b" * 121],
            {},
            "`gatekeeper baseline accept shop --step suite/unit --reason TEXT` with `--only ID` for each",
        ),
        (["b"], {"ref": "main"}, " --only b --reason TEXT`, and merge it into main"),
        (
            ["b"],
            {"ref": "main", "measure": True},
            "it is measured on main, and says something else once that is merged there",
        ),
    ],
)
def test_what_to_do_about_a_lost_test_can_be_pasted_and_is_possible(
    names: list[str], at: dict[str, Any], hint: str
) -> None:
    """The cycle is named, ids are quoted, and what is measured is not to be accepted."""
    spec = COMPARING.baseline
    assert spec is not None
    held = standard(baseline(passing(["a::good", *names])))._replace(cycle="shop")
    result = judged(report(passing(["a::good"])), held, of=COMPARING._replace(baseline=spec._replace(**at)))
    (message,) = messages(result, "lost-tests")
    assert message.endswith(hint)


@pytest.mark.parametrize(("allowed", "verdict"), [(0, FAILED), (1, FAILED), (2, PASSED)])
def test_a_step_may_allow_lost_tests(allowed: int, verdict: StepVerdict) -> None:
    spec = COMPARING.baseline
    assert spec is not None
    lenient = COMPARING._replace(baseline=spec._replace(lost_tests=allowed))
    result = judged(report(passing(["a::g"])), standard(baseline(passing(["a::g", "b::x", "c::y"]))), of=lenient)
    assert result.verdict is verdict
    assert "lost-tests" in kinds(result, blocking=verdict is FAILED)


def test_a_thousand_known_failures_are_told_in_few_lines() -> None:
    many: dict[str, TestOutcome] = {f"a::t{n}": "failed" for n in range(1000)}
    result = judged(report(many), standard(baseline(many)), 1)
    assert result.verdict is PASSED
    assert len(result.findings) < 15
    assert messages(result, "known-failure")[-1] == "and 990 more tests that failed in the baseline too"
    assert result.comparison is not None
    assert dict(result.comparison.counts) == {"still_failing": 1000}
