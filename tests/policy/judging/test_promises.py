"""What holds of every verdict, whatever an attempt left and whatever it is held against."""

from __future__ import annotations

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from gatekeeper.model.demands import Budget
from gatekeeper.model.events import StepFinished
from gatekeeper.model.outcome import Exited, Probed, Signalled
from gatekeeper.model.plan import Tier, UntilGreen
from gatekeeper.model.report import Report, ReportedTest
from gatekeeper.model.stopping import StopReason
from gatekeeper.model.verdict import Finding, RunVerdict, StepResult, StepVerdict
from gatekeeper.policy.judge import judge
from gatekeeper.policy.judging.objection import Effect, Objection, decide
from gatekeeper.policy.run_verdict import judge_run
from gatekeeper.policy.step_consistency import inconsistencies
from tests.policy.situations import cycle, gate, sid, standings_of

from .evidence import COMPARING, baseline, judged, report, standard
from .possible import ALLOWING, BUDGETED, Situation, situations

PASSED = StepVerdict.PASSED


def result_of(situation: Situation) -> StepResult:
    """What is said of it."""
    return judge(situation.step, situation.attempt, standard=situation.held)


@settings(max_examples=250, deadline=None)
@given(situations())
def test_nothing_that_blocks_stands_beside_a_pass(situation: Situation) -> None:
    """And whatever is no pass says why. A failing exit code is only passed over for failures that are told."""
    result = result_of(situation)
    event(f"{result.verdict.value}: {situation.attempt.outcome}")
    assert any(found.blocks for found in result.findings) == (result.verdict is not PASSED)
    assert all(found.message for found in result.findings)
    assert result.verdict is PASSED or not result.flaky
    outcome = situation.attempt.outcome
    if result.verdict is PASSED and isinstance(outcome, Exited) and outcome.code:
        told = {found.kind for found in result.findings}
        assert "exit-code" in told
        assert told & {"known-failure", "quarantined", "new-failure"}


@settings(max_examples=120, deadline=None)
@given(situations())
def test_one_more_failing_test_makes_nothing_pass(situation: Situation) -> None:
    """A test that nobody has seen, and that nothing excuses."""
    old = situation.attempt.report
    if isinstance(old, Report):
        counts = old.counts._replace(total=old.counts.total + 1, failed=old.counts.failed + 1)
        cases = (*old.cases, ReportedTest("zebra.py::quite new", "failed"))
        worse = situation.with_report(counts=counts, cases=cases).with_demands(new_failures=0)
        assert result_of(worse).verdict is not PASSED


@settings(max_examples=120, deadline=None)
@given(situations(), st.sampled_from(ALLOWING + BUDGETED), st.integers(1, 3))
def test_a_wider_budget_breaks_no_pass(situation: Situation, name: str, more: int) -> None:
    result, wide = result_of(situation), situation.with_demands()
    match getattr(wide.step.baseline, name):
        case Budget(total=None, growth=growth):
            wide = situation.with_demands(**{name: Budget(growth=(growth or 0) + more)})
        case Budget(total=total):
            wide = situation.with_demands(**{name: Budget(total=(total or 0) + more)})
        case int() as most:
            wide = situation.with_demands(**{name: most + more})
        case _:
            pass
    if situation.step.baseline is not None and result.verdict is PASSED:
        wider = result_of(wide)
        assert wider.verdict is PASSED
        assert result.flaky or not wider.flaky


EFFECTS: tuple[Effect, ...] = ("claimed", "fails", "unjudged", "doubted", "infra", "noted")


@given(st.sampled_from(StepVerdict), st.lists(st.sampled_from(EFFECTS), max_size=5))
def test_the_fold_knows_no_order_and_turns_nothing_into_a_pass(claimed: StepVerdict, effects: list[Effect]) -> None:
    objections = [Objection(effect, Finding(effect, "x", blocks=effect != "noted")) for effect in effects]
    verdict, told = decide(claimed, objections)
    assert decide(claimed, objections[::-1])[0] is verdict
    assert (verdict is PASSED) <= (claimed is PASSED)
    if claimed is PASSED and verdict is PASSED:
        assert set(effects) <= {"claimed", "noted"}
    assert len(told) >= len([effect for effect in effects if effect != "doubted"])
    if claimed not in {PASSED, StepVerdict.FAILED}:
        assert verdict is claimed, "what is not known stays so"


@pytest.mark.parametrize(
    ("effects", "verdict"),
    [
        ("", StepVerdict.PASSED),
        ("noted claimed", StepVerdict.PASSED),
        ("fails unjudged doubted", StepVerdict.FAILED),
        ("unjudged doubted", StepVerdict.ERROR),
        ("doubted", StepVerdict.ERROR),
        ("infra", StepVerdict.INFRA),
        ("fails infra", StepVerdict.INFRA),
        ("unjudged infra", StepVerdict.ERROR),
    ],
)
def test_what_objections_make_of_a_pass(effects: str, verdict: StepVerdict) -> None:
    """What is certain outweighs what is not known, and what is missing from the disk proves neither."""
    said = [Objection(effect, Finding(effect, "x")) for effect in EFFECTS if effect in effects.split()]
    assert decide(PASSED, said)[0] is verdict


@settings(max_examples=100, deadline=None)
@given(situations(), st.sampled_from(Tier))
def test_findings_block_a_run_where_their_gate_is_required_and_nowhere_else(situation: Situation, tier: Tier) -> None:
    """A tier is the run's matter: the same step is judged alike in all of them."""
    result, step = result_of(situation), situation.step
    standings = standings_of(cycle(gate("other", "ok"), gate(step.gate, step, tier=tier)))
    standings[sid("other/ok")].record(PASSED, "T", ran=True)
    standings[step.id].record(result.verdict, "T", ran=True, flaky=result.flaky)
    said = judge_run(standings, first_tree="T", tree="T", policy=UntilGreen(), stop=StopReason.NONE)
    clean = result.verdict is PASSED and not result.flaky
    assert (said.verdict is RunVerdict.GREEN) == (clean or tier is not Tier.REQUIRED)


@settings(max_examples=250, deadline=None)
@given(situations())
def test_what_is_judged_can_be_said_of_one_attempt(situation: Situation) -> None:
    """Or `verify` would take an honest journal for one that somebody wrote."""
    left, outcome = situation.attempt.report, situation.attempt.outcome
    assume(not isinstance(outcome, Probed))  # no command ends so, and the steps here are commands
    result = result_of(situation)
    told = StepFinished(
        *(situation.step.gate, situation.step.name, 1, 1, result.verdict.value),
        exit_code=outcome.code if isinstance(outcome, Exited) else None,
        signal=outcome.signal if isinstance(outcome, Signalled) else None,
        findings=result.findings,
        strays=situation.attempt.strays,
        tests=left.counts if isinstance(left, Report) else None,
        comparison=result.comparison,
    )
    assert list(inconsistencies(told, situation.step)) == []


def test_a_known_failure_may_have_moved() -> None:
    """The same, with nothing at random."""
    found = report({"c/a.py::t_one": "failed", "a::good": "passed"})
    result = judged(found, standard(baseline({"b/a.py::t_one": "failed", "a::good": "passed"})), 1)
    assert result.verdict is StepVerdict.PASSED
    told = StepFinished("g", "s", 1, 1, "passed", exit_code=1, tests=found.counts, comparison=result.comparison)
    assert list(inconsistencies(told, COMPARING)) == []
