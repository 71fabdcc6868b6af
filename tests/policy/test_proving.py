"""What three runs say of a step, and what a proof is about."""

from __future__ import annotations

import pytest

from gatekeeper.model.demands import KnownBad
from gatekeeper.model.events import StepFinished
from gatekeeper.model.plan import HttpExpectation, HttpProbe, Shell, Step, Tier
from gatekeeper.model.verdict import Finding, StepVerdict
from gatekeeper.policy.proofs import change_digest, declaring, required_steps, step_digest
from gatekeeper.policy.proving import NotProven, NotTried, Phase, Proven, outcome_of

from .situations import all_steps, cycle, gate

NAMED = Finding("test-failed", "tests/a.py::test_a: True is not false", "tests/a.py:3")
OTHER = Finding("exit-code", "exit code 1")


def result(verdict: str, *findings: Finding, step: str = "suite/unit") -> StepFinished:
    """The newest result of a step."""
    name, _, own = step.partition("/")
    return StepFinished(name, own, 1, 1, verdict, findings=findings)


@pytest.mark.parametrize("phase", [Phase.BEFORE, Phase.AFTER])
def test_without_the_change_it_has_to_pass(phase: Phase) -> None:
    assert outcome_of(phase, result("passed"), (), "a") == Proven("")
    assert outcome_of(phase, result("failed", OTHER), (), "a") == NotProven(f"{phase}, it is failed: exit code 1")
    assert isinstance(outcome_of(phase, result("timed-out", OTHER), (), "exit code 1"), NotProven)


@pytest.mark.parametrize("expect", ["test_a", "True is not false", "tests/a.py:3"])
def test_with_the_change_the_named_failure_has_to_appear(expect: str) -> None:
    """Among others; in the words of a finding, or in its place."""
    found = outcome_of(Phase.BAD, result("failed", OTHER, NAMED), (), expect)
    assert found == Proven("tests/a.py::test_a: True is not false (tests/a.py:3)")


def test_with_the_change_another_failure_proves_nothing() -> None:
    found = outcome_of(Phase.BAD, result("failed", OTHER), (), "test_a")
    assert found == NotProven("with its known bad change, it is failed for another reason than 'test_a': exit code 1")
    assert isinstance(outcome_of(Phase.BAD, result("passed", NAMED), (), "test_a"), NotProven)


def test_with_the_change_that_breaks_everything_nothing_is_proven() -> None:
    broken = Finding("test-not-collected", "tests/a.py: invalid syntax: its tests could not be collected")
    found = outcome_of(Phase.BAD, result("failed", OTHER, broken), (), "tests/a.py")
    assert isinstance(found, NotProven)
    assert "collected" in found.seen


def test_with_the_change_another_step_may_notice_first() -> None:
    """That says something of the other one only."""
    other = result("failed", OTHER, step="build/make")
    blocked = result("blocked", Finding("blocked", "needs the gate build"))
    found = outcome_of(Phase.BAD, blocked, (other,), "test_a")
    assert found == NotProven("with its known bad change, it does not run: build/make notices it first (exit code 1)")


@pytest.mark.parametrize(
    "verdict", [each.value for each in StepVerdict if each.value not in {"passed", "failed", "timed-out"}]
)
@pytest.mark.parametrize("phase", Phase)
def test_what_was_not_judged_says_nothing(phase: Phase, verdict: str) -> None:
    assert isinstance(outcome_of(phase, result(verdict, NAMED), (), "test_a"), NotTried)
    assert isinstance(outcome_of(phase, None, (), "test_a"), NotTried)


def test_the_cause_is_told_of_what_did_not_run() -> None:
    infra = result("infra", Finding("port-taken", "port 80 is taken"), step="stack/up")
    found = outcome_of(Phase.BEFORE, result("blocked", Finding("blocked", "…")), (infra,), "x")
    assert found == NotTried("as it is, stack/up is infra: port 80 is taken")


def test_a_proof_is_about_the_step_and_not_about_its_place() -> None:
    step = Step("g", "s", Shell("make"), 60.0, line=7)
    assert step_digest(step) == step_digest(step._replace(line=8))
    others = [
        step._replace(work=Shell("make -k")),
        step._replace(timeout_s=61.0),
        step._replace(env=(("A", "1"),)),
        step._replace(known_bad=KnownBad("x", run="y")),
        step._replace(work=HttpProbe("GET", "make")),
        step._replace(work=HttpProbe("GET", "make", expect=HttpExpectation((200,)))),
    ]
    assert len({step_digest(each) for each in [step, *others]}) == len(others) + 1


def test_a_proof_is_about_the_change_and_what_is_expected_of_it() -> None:
    known_bad = KnownBad("text", patch="gates/bad.patch")
    moved = known_bad._replace(patch="gates/elsewhere.patch")
    assert change_digest(known_bad, b"content") == change_digest(moved, b"content")
    different = {
        change_digest(known_bad, b"content"),
        change_digest(known_bad, b"other"),
        change_digest(known_bad._replace(expect="other"), b"content"),
        change_digest(KnownBad("text", run="command"), b""),
    }
    assert len(different) == 4


def test_only_required_steps_have_to_be_proven() -> None:
    plan = cycle(gate("a", "x", "y"), gate("b", "z", tier=Tier.ADVISORY))
    assert [str(step.id) for step in required_steps(plan, all_steps(plan))] == ["a/x", "a/y"]
    assert [str(step.id) for step in required_steps(plan, all_steps(plan)[1:])] == ["a/y"]
    assert declaring(plan) == ()
