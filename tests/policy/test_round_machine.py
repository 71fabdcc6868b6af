"""The round machine: its table walked whole, and how a round's end is read."""

from __future__ import annotations

import itertools

import pytest

from gatekeeper.model.plan import Plan, Tier, UntilGreen
from gatekeeper.model.verdict import StepVerdict
from gatekeeper.policy.round_machine import (
    TABLE,
    Deed,
    Ending,
    IllegalTransition,
    Phase,
    Reason,
    advance,
    close_round,
    stale_steps,
)
from gatekeeper.policy.standing import UNKNOWN_TREE

from .situations import cycle, gate, record, sid, standings_of

PASSED, FAILED, INFRA, SKIPPED = StepVerdict.PASSED, StepVerdict.FAILED, StepVerdict.INFRA, StepVerdict.SKIPPED
PLAN = cycle(gate("g", "a", "b"), gate("extra", "c", tier=Tier.ADVISORY))


@pytest.mark.parametrize(("phase", "ending"), list(itertools.product(Phase, Ending)))
def test_every_pair_of_phase_and_ending_is_answered(phase: Phase, ending: Ending) -> None:
    """Once done, nothing is decided; before that, every ending has its step, save those that only help can lead to."""
    only_after_help = {Ending.RELIEVED, Ending.RESTED}
    if phase is Phase.DONE or (ending in only_after_help and phase is not Phase.HELPING):
        before = dict(TABLE)
        with pytest.raises(IllegalTransition, match=ending.name):
            advance(phase, ending)
        assert before == TABLE, "a refusal changes nothing"
        return
    after = advance(phase, ending)
    assert (after.deed is Deed.STOP) == (after.phase is Phase.DONE)
    assert (after.deed is Deed.RUN) == (after.reason is not None)
    assert (after.phase is Phase.HELPING) == (after.deed in {Deed.WAIT, Deed.MITIGATE, Deed.FIX, Deed.AWAIT})
    assert after.reason is not Reason.FIRST


def test_only_good_or_final_endings_stop() -> None:
    ends = {ending for ending in Ending if advance(Phase.HELPING, ending).phase is Phase.DONE}
    assert ends == {Ending.CLEAN, Ending.NO_PROGRESS, Ending.HOPELESS, Ending.OUT_OF_ROUNDS, Ending.STOPPED}


def ending_after(
    *rounds: tuple[str, dict[str, StepVerdict]],
    tree: str = "T",
    policy: UntilGreen | None = None,
    spent: int = 1,
    stopped: bool = False,
    plan: Plan = PLAN,
) -> Ending:
    standings = standings_of(plan)
    for on, verdicts in rounds:
        record(standings, on, **verdicts)
    return close_round(standings, tree, policy or UntilGreen(rounds=9), rounds=spent, stopped=stopped)


FINE = ("T", {"g__a": PASSED, "g__b": PASSED})
ONE_RED = ("T", {"g__a": PASSED, "g__b": FAILED})


def test_a_clean_round() -> None:
    assert ending_after(FINE) is Ending.CLEAN


def test_an_advisory_failure_leaves_it_clean() -> None:
    assert ending_after(("T", {"g__a": PASSED, "g__b": PASSED, "extra__c": FAILED})) is Ending.CLEAN


def test_passes_on_a_tree_that_is_no_more_are_stale() -> None:
    assert ending_after(FINE, tree="T2") is Ending.STALE
    assert ending_after((UNKNOWN_TREE, FINE[1])) is Ending.STALE


def test_on_a_tree_that_cannot_be_read_nothing_is_left_to_try() -> None:
    assert ending_after((UNKNOWN_TREE, FINE[1]), tree=UNKNOWN_TREE) is Ending.HOPELESS
    assert ending_after((UNKNOWN_TREE, ONE_RED[1]), tree=UNKNOWN_TREE) is Ending.HOPELESS


def test_a_failure_is_run_again_as_often_as_the_cycle_says() -> None:
    assert ending_after(ONE_RED) is Ending.UNCHANGED
    assert ending_after(ONE_RED, ONE_RED) is Ending.HOPELESS
    assert ending_after(ONE_RED, policy=UntilGreen(retry_unchanged=0)) is Ending.HOPELESS
    assert ending_after(ONE_RED, ONE_RED, policy=UntilGreen(rounds=9, retry_unchanged=2)) is Ending.UNCHANGED


def test_a_failure_on_a_tree_that_is_no_more_gets_another_round() -> None:
    assert ending_after(ONE_RED, ONE_RED, tree="T2") is Ending.CHANGED
    assert ending_after((UNKNOWN_TREE, ONE_RED[1])) is Ending.CHANGED


def test_a_tree_that_comes_back_brings_its_failures_back() -> None:
    """Going back and forth between two broken trees buys no rounds."""
    elsewhere = ("T2", {"g__b": FAILED})
    assert ending_after(ONE_RED, elsewhere, ONE_RED) is Ending.HOPELESS


def test_infrastructure_is_asked_again_within_its_own_bound() -> None:
    once = ("T", {"g__a": PASSED, "g__b": INFRA})
    assert ending_after(once) is Ending.INFRA
    assert ending_after(once, once) is Ending.INFRA
    assert ending_after(once, once, once) is Ending.HOPELESS
    assert ending_after(once, policy=UntilGreen(retry_infra=0)) is Ending.HOPELESS


def test_a_real_failure_goes_before_infrastructure() -> None:
    assert ending_after(("T", {"g__a": INFRA, "g__b": FAILED})) is Ending.UNCHANGED


def test_steps_blocked_by_infrastructure_are_infrastructures() -> None:
    plan = cycle(gate("stack", "up"), gate("g", "a", needs=["stack"]))
    assert ending_after(("T", {"stack__up": INFRA, "g__a": StepVerdict.BLOCKED}), plan=plan) is Ending.INFRA


def test_steps_that_block_one_another_are_hopeless() -> None:
    assert ending_after(("T", {"g__a": StepVerdict.BLOCKED, "g__b": StepVerdict.BLOCKED})) is Ending.HOPELESS


def test_the_budget_of_rounds_binds_only_where_another_would_follow() -> None:
    three = UntilGreen(rounds=3)
    assert ending_after(ONE_RED, policy=three, spent=3) is Ending.OUT_OF_ROUNDS
    assert ending_after(FINE, tree="T2", policy=three, spent=3) is Ending.OUT_OF_ROUNDS
    assert ending_after(FINE, policy=three, spent=3) is Ending.CLEAN
    assert ending_after(ONE_RED, ONE_RED, policy=three, spent=3) is Ending.HOPELESS


def test_a_stop_goes_before_everything() -> None:
    assert ending_after(FINE, stopped=True) is Ending.STOPPED
    assert ending_after(ONE_RED, stopped=True) is Ending.STOPPED


def test_what_is_stale() -> None:
    standings = standings_of(
        cycle(gate("g", "here", "elsewhere", "gone", "absent"), gate("x", "y", tier=Tier.ADVISORY))
    )
    record(standings, "T1", g__elsewhere=PASSED, g__gone=SKIPPED, x__y=PASSED)
    record(standings, "T2", g__here=PASSED, g__absent=SKIPPED)
    assert stale_steps(standings, "T2", UntilGreen()) == {sid("g/elsewhere"), sid("g/gone")}


def test_a_step_that_was_red_owes_its_confirming_passes() -> None:
    twice = UntilGreen(confirm=2, rounds=9)
    standings = standings_of(cycle(gate("g", "a")))
    record(standings, "T1", g__a=FAILED)
    record(standings, "T2", g__a=PASSED)
    assert stale_steps(standings, "T2", twice) == {sid("g/a")}
    assert close_round(standings, "T2", twice, rounds=2, stopped=False) is Ending.STALE
    record(standings, "T2", g__a=PASSED)
    assert close_round(standings, "T2", twice, rounds=3, stopped=False) is Ending.CLEAN


def test_a_step_that_was_never_red_owes_none() -> None:
    standings = standings_of(cycle(gate("g", "a")))
    record(standings, "T", g__a=PASSED)
    assert stale_steps(standings, "T", UntilGreen(confirm=3)) == frozenset()


def test_a_step_that_ran_cannot_go_by_not_applying() -> None:
    standings = standings_of(cycle(gate("g", "a", "b")))
    record(standings, "T1", g__a=FAILED, g__b=PASSED)
    record(standings, "T2", g__a=SKIPPED, g__b=PASSED)
    assert stale_steps(standings, "T2", UntilGreen()) == {sid("g/a")}
