"""What is said of a whole run, and the exit code that says it."""

from __future__ import annotations

import pytest

from gatekeeper.model.plan import Plan, Tier, UntilGreen
from gatekeeper.model.stopping import StopReason
from gatekeeper.model.verdict import RunVerdict, StepVerdict
from gatekeeper.policy.run_verdict import Judgement, Why, judge_run
from gatekeeper.policy.standing import UNKNOWN_TREE, Standings

from .situations import cycle, gate, record, standings_of

PASSED, FAILED, SKIPPED = StepVerdict.PASSED, StepVerdict.FAILED, StepVerdict.SKIPPED
TWO = cycle(gate("g", "a", "b"), gate("extra", "c", tier=Tier.ADVISORY))


def judged(
    standings: Standings,
    *,
    first: str = "T",
    tree: str = "T",
    policy: UntilGreen | None = None,
    stop: StopReason = StopReason.NONE,
    weakened: bool = False,
) -> Judgement:
    return judge_run(
        standings, first_tree=first, tree=tree, policy=policy or UntilGreen(), stop=stop, weakened=weakened
    )


def standings_after(*rounds: tuple[str, dict[str, StepVerdict]], plan: Plan = TWO) -> Standings:
    standings = standings_of(plan)
    for tree, verdicts in rounds:
        record(standings, tree, **verdicts)
    return standings


def test_everything_passed_on_one_tree() -> None:
    judgement = judged(standings_after(("T", {"g__a": PASSED, "g__b": PASSED, "extra__c": PASSED})))
    assert judgement == Judgement(RunVerdict.GREEN, Why.ALL_PASSED, 0)


def test_a_pass_by_what_was_weakened_is_red() -> None:
    """Before everything that is only not certain, and after a failure and a stop, which say more."""
    passed = standings_after(("T", {"g__a": PASSED, "g__b": PASSED}))
    failed = standings_after(("T", {"g__a": PASSED, "g__b": FAILED}))
    assert judged(passed, weakened=True) == Judgement(RunVerdict.RED, Why.WEAKENED, 1)
    assert judged(passed, tree=UNKNOWN_TREE, weakened=True).why is Why.WEAKENED
    assert judged(failed, weakened=True).why is Why.FAILED
    assert judged(passed, stop=StopReason.INTERRUPTED, weakened=True).verdict is RunVerdict.ABORTED


def test_an_advisory_failure_does_not_count() -> None:
    judgement = judged(standings_after(("T", {"g__a": PASSED, "g__b": PASSED, "extra__c": FAILED})))
    assert judgement.verdict is RunVerdict.GREEN


def test_the_tree_changed_and_everything_passed_again() -> None:
    standings = standings_after(
        ("T1", {"g__a": PASSED, "g__b": FAILED}), ("T2", {"g__b": PASSED}), ("T2", {"g__a": PASSED})
    )
    assert judged(standings, first="T1", tree="T2").verdict is RunVerdict.GREEN_AFTER_FIX


def test_a_pass_on_another_tree_is_not_confirmed() -> None:
    standings = standings_after(("T1", {"g__a": PASSED, "g__b": FAILED}), ("T2", {"g__b": PASSED}))
    assert judged(standings, first="T1", tree="T2") == Judgement(RunVerdict.INCONCLUSIVE, Why.NOT_CONFIRMED, 3)


def test_a_step_that_did_not_apply_on_another_tree_is_not_confirmed() -> None:
    """What changed may be what it waits for."""
    standings = standings_after(("T1", {"g__a": FAILED, "g__b": SKIPPED}), ("T2", {"g__a": PASSED}))
    assert judged(standings, first="T1", tree="T2") == Judgement(RunVerdict.INCONCLUSIVE, Why.NOT_CONFIRMED, 3)


def test_a_tree_that_cannot_be_read_is_never_green() -> None:
    standings = standings_after((UNKNOWN_TREE, {"g__a": PASSED, "g__b": PASSED}))
    assert judged(standings, first=UNKNOWN_TREE, tree=UNKNOWN_TREE) == Judgement(
        RunVerdict.INCONCLUSIVE, Why.TREE_UNKNOWN, 3
    )


@pytest.mark.parametrize(("policy", "code"), [("fail", 4), ("warn", 0), ("pass", 0)])
def test_failed_and_then_passed_on_one_tree_is_flaky(policy: str, code: int) -> None:
    standings = standings_after(("T", {"g__a": PASSED, "g__b": FAILED}), ("T", {"g__b": PASSED}))
    allowed = {"fail": UntilGreen(flaky="fail"), "warn": UntilGreen(flaky="warn"), "pass": UntilGreen(flaky="pass")}
    assert judged(standings, policy=allowed[policy]) == Judgement(RunVerdict.FLAKY, Why.FLAKY, code)


def test_flaky_steps_that_are_let_pass_do_not_take_others_along() -> None:
    """A cycle that shrugs at flaky steps still asks that all the others passed, and on the final tree."""
    lenient = UntilGreen(flaky="pass")
    unconfirmed = standings_after(
        ("T1", {"g__a": PASSED, "g__b": FAILED}), ("T1", {"g__b": PASSED}), ("T2", {"g__b": PASSED})
    )
    assert judged(unconfirmed, first="T1", tree="T2", policy=lenient).exit_code == 3
    assert judged(unconfirmed, first="T1", tree=UNKNOWN_TREE, policy=lenient).exit_code == 3


@pytest.mark.parametrize("red", [StepVerdict.FAILED, StepVerdict.TIMED_OUT])
def test_a_required_step_still_fails(red: StepVerdict) -> None:
    assert judged(standings_after(("T", {"g__a": PASSED, "g__b": red}))) == Judgement(RunVerdict.RED, Why.FAILED, 1)


@pytest.mark.parametrize("other", [StepVerdict.INFRA, StepVerdict.ERROR, StepVerdict.CANCELLED])
def test_what_nobody_could_judge_is_not_red(other: StepVerdict) -> None:
    judgement = judged(standings_after(("T", {"g__a": PASSED, "g__b": other})))
    assert judgement == Judgement(RunVerdict.INCONCLUSIVE, Why.NOT_JUDGED, 3)


def test_one_real_failure_beside_infrastructure_is_red() -> None:
    standings = standings_after(("T", {"g__a": FAILED, "g__b": StepVerdict.INFRA}))
    assert judged(standings).verdict is RunVerdict.RED


def test_a_blocked_step_is_judged_by_what_blocked_it() -> None:
    plan = cycle(gate("stack", "up", tier=Tier.ADVISORY), gate("g", "a", needs=["stack"]))
    infra = standings_after(("T", {"stack__up": StepVerdict.INFRA, "g__a": StepVerdict.BLOCKED}), plan=plan)
    assert judged(infra).exit_code == 3
    red = standings_after(("T", {"stack__up": FAILED, "g__a": StepVerdict.BLOCKED}), plan=plan)
    assert judged(red).exit_code == 1


def test_a_step_that_never_came_to_a_verdict_is_not_green() -> None:
    assert judged(standings_after(("T", {"g__a": PASSED}))).exit_code == 3


def test_nothing_ran() -> None:
    """Every required step skipped, or none required at all: there is nothing to call green."""
    nothing = Judgement(RunVerdict.INCONCLUSIVE, Why.NOTHING_RAN, 5)
    assert judged(standings_after(("T", {"g__a": SKIPPED, "g__b": SKIPPED, "extra__c": PASSED}))) == nothing
    only_advisory = cycle(gate("extra", "c", tier=Tier.ADVISORY))
    assert judged(standings_after(("T", {"extra__c": PASSED}), plan=only_advisory)) == nothing


@pytest.mark.parametrize(
    ("stop", "why", "code"),
    [
        (StopReason.OUT_OF_TIME, Why.OUT_OF_TIME, 124),
        (StopReason.HUNG_UP, Why.STOPPED, 129),
        (StopReason.INTERRUPTED, Why.STOPPED, 130),
        (StopReason.TERMINATED, Why.STOPPED, 143),
    ],
)
@pytest.mark.parametrize("verdict", [PASSED, FAILED])
def test_a_run_that_was_stopped_is_neither_red_nor_green(
    stop: StopReason, why: Why, code: int, verdict: StepVerdict
) -> None:
    standings = standings_after(("T", {"g__a": verdict, "g__b": verdict}))
    assert judged(standings, stop=stop) == Judgement(RunVerdict.ABORTED, why, code)


def test_every_reason_to_stop_is_answered() -> None:
    for stop in StopReason:
        assert (judged(standings_after(), stop=stop).verdict is RunVerdict.ABORTED) == (stop is not StopReason.NONE)
