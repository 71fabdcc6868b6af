"""Where a step stands: what its attempts on which trees add up to."""

from __future__ import annotations

import pytest

from gatekeeper.model.plan import Tier
from gatekeeper.model.verdict import StepVerdict
from gatekeeper.policy.standing import UNKNOWN_TREE, Standing

from .situations import cycle, gate, record, sid, standings_of, step

PASSED, FAILED, INFRA = StepVerdict.PASSED, StepVerdict.FAILED, StepVerdict.INFRA
RED = [StepVerdict.FAILED, StepVerdict.TIMED_OUT, StepVerdict.ERROR]


def standing_after(*history: tuple[StepVerdict, str]) -> Standing:
    standing = Standing()
    for verdict, tree in history:
        standing.record(verdict, tree, ran=True)
    return standing


@pytest.mark.parametrize("red", RED)
def test_a_failure_and_then_a_pass_on_one_tree_is_flaky(red: StepVerdict) -> None:
    assert standing_after((red, "T"), (PASSED, "T")).flaky


@pytest.mark.parametrize("red", RED)
def test_a_pass_and_then_a_failure_on_one_tree_is_flaky(red: StepVerdict) -> None:
    """As little to be trusted as the other way round."""
    assert standing_after((PASSED, "T"), (red, "T")).flaky


@pytest.mark.parametrize("between", [StepVerdict.BLOCKED, StepVerdict.SKIPPED, StepVerdict.CANCELLED, INFRA])
def test_what_lies_between_does_not_hide_it(between: StepVerdict) -> None:
    assert standing_after((PASSED, "T"), (between, "T"), (FAILED, "T")).flaky
    assert standing_after((FAILED, "T"), (between, "T"), (PASSED, "T")).flaky


def test_a_tree_that_comes_back_is_the_same_tree() -> None:
    """A fix that is taken back: the step passed on the first tree, then failed on it."""
    assert standing_after((PASSED, "T1"), (PASSED, "T2"), (FAILED, "T1"), (PASSED, "T2")).flaky


def test_a_failure_on_one_tree_and_a_pass_on_another_is_a_fix() -> None:
    standing = standing_after((FAILED, "T1"), (PASSED, "T2"))
    assert not standing.flaky
    assert standing.was_red
    assert standing.passed_on("T2")
    assert not standing.passed_on("T1")


def test_infrastructure_makes_nothing_flaky_or_red() -> None:
    standing = standing_after((INFRA, "T"), (INFRA, "T"), (PASSED, "T"))
    assert not standing.flaky
    assert not standing.was_red
    assert standing.infra_failures == 2


def test_an_unknown_tree_equals_nothing() -> None:
    """Not even itself: a pass on it is a pass on no tree, and proves nothing flaky."""
    standing = standing_after((FAILED, UNKNOWN_TREE), (PASSED, UNKNOWN_TREE), (PASSED, UNKNOWN_TREE))
    assert not standing.passed_on(UNKNOWN_TREE)
    assert not standing.flaky
    assert standing.passes == 1


def test_passes_are_counted_in_a_row_and_on_one_tree() -> None:
    assert standing_after((PASSED, "T"), (PASSED, "T")).passes == 2
    assert standing_after((PASSED, "T1"), (PASSED, "T1"), (PASSED, "T2")).passes == 1
    assert standing_after((PASSED, "T"), (StepVerdict.CANCELLED, "T"), (PASSED, "T")).passes == 1


def test_only_what_ran_counts_as_an_attempt() -> None:
    standing = standing_after((FAILED, "T"))
    standing.record(StepVerdict.BLOCKED, "T", ran=False)
    assert standing.attempts == 1
    assert not standing.passed_on("T")


def test_blame_goes_through_blocked_steps_to_what_blocked_them() -> None:
    """Through gates and steps, also into tiers that need not pass, and to the sibling that stopped a gate."""
    plan = cycle(
        gate("stack", "restart", tier=Tier.ADVISORY),
        gate("smoke", "login", "logout", needs=["stack"]),
        gate("suite", "unit", "slow", stop_on_failure=True),
        gate("late", step("late/last", "smoke/logout")),
    )
    standings = standings_of(plan)
    record(
        standings,
        "T",
        stack__restart=FAILED,
        smoke__login=StepVerdict.BLOCKED,
        smoke__logout=StepVerdict.BLOCKED,
        late__last=StepVerdict.BLOCKED,
        suite__unit=StepVerdict.TIMED_OUT,
        suite__slow=StepVerdict.BLOCKED,
    )
    assert standings.culprits() == (sid("stack/restart"), sid("suite/unit"))
    assert set(standings.unsatisfied()) == {
        sid(name) for name in ("smoke/login", "smoke/logout", "suite/unit", "suite/slow", "late/last")
    }


def test_steps_that_wait_for_one_another_leave_nobody_to_blame() -> None:
    """And asking ends."""
    plan = cycle(gate("a", step("a/x", "b/y")), gate("b", step("b/y", "a/x")))
    standings = standings_of(plan)
    record(standings, "T", a__x=StepVerdict.BLOCKED, b__y=StepVerdict.BLOCKED)
    assert standings.culprits() == ()
    assert len(standings.unsatisfied()) == 2


def test_a_step_without_a_verdict_is_not_satisfied() -> None:
    standings = standings_of(cycle(gate("g", "s")))
    assert standings.unsatisfied() == (sid("g/s"),)
    assert standings.verdicts() == {}
