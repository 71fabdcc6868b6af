"""Which steps a run is about, and which of them a round runs."""

from __future__ import annotations

import pytest

from gatekeeper.model.errors import UsageError
from gatekeeper.model.plan import Tier, UntilGreen
from gatekeeper.model.verdict import StepVerdict
from gatekeeper.policy.round_machine import Reason
from gatekeeper.policy.selection import select, steps_of_round
from gatekeeper.policy.standing import Standings

from .situations import cycle, gate, record, sid, standings_of, step

PASSED, FAILED, SKIPPED, BLOCKED = StepVerdict.PASSED, StepVerdict.FAILED, StepVerdict.SKIPPED, StepVerdict.BLOCKED
PLAN = cycle(
    gate("stack", "build", "up"),
    gate("smoke", "login", step("smoke/logout", "smoke/login"), needs=["stack"]),
    gate("suite", "unit[python=3.11]", "unit[python=3.12]", needs=["stack"]),
    gate("docs", "links", tier=Tier.ADVISORY),
)


def names(chosen: object) -> list[str]:
    assert isinstance(chosen, tuple | frozenset)
    return sorted(map(str, chosen))


def chosen(reason: Reason, standings: Standings, tree: str = "T", died: tuple[str, ...] = ()) -> list[str]:
    return names(steps_of_round(reason, standings, tree, UntilGreen(), [sid(name) for name in died]))


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        ("docs", ["docs/links"]),
        ("smoke/login", ["smoke/login", "stack/build", "stack/up"]),
        ("smoke/logout", ["smoke/login", "smoke/logout", "stack/build", "stack/up"]),
        ("stack/up", ["stack/up"]),
        ("suite/unit[python=3.12]", ["stack/build", "stack/up", "suite/unit[python=3.12]"]),
        ("suite/unit", ["stack/build", "stack/up", "suite/unit[python=3.11]", "suite/unit[python=3.12]"]),
    ],
)
def test_only_takes_along_what_is_needed(only: str, expected: list[str]) -> None:
    """And nothing else: a sibling that is not needed is no part of it."""
    assert names(select(PLAN, [only])) == expected


def test_several_together_are_what_each_of_them_is() -> None:
    """In the order of the definition, whatever the order in which they were named."""
    both = ["stack/build", "stack/up", "smoke/login", "docs/links"]
    assert list(map(str, select(PLAN, ["docs", "smoke/login"]))) == both


def test_everything_in_the_order_of_the_definition() -> None:
    assert [str(each) for each in select(PLAN, ())][:3] == ["stack/build", "stack/up", "smoke/login"]
    assert len(select(PLAN, ())) == 7


@pytest.mark.parametrize(("only", "near"), [("smok", "smoke"), ("smoke/logn", "smoke/login"), ("nothing like it", "")])
def test_an_unknown_name_gets_the_names_near_it(only: str, near: str) -> None:
    with pytest.raises(UsageError, match=f"did you mean .*{near}"):
        select(PLAN, ["docs", only])


def test_the_first_round_runs_all() -> None:
    assert len(chosen(Reason.FIRST, standings_of(PLAN))) == 7


def test_a_retry_runs_what_failed_and_what_it_blocked() -> None:
    standings = standings_of(PLAN)
    record(standings, "T", stack__build=PASSED, stack__up=PASSED, smoke__login=FAILED, smoke__logout=BLOCKED)
    record(standings, "T", docs__links=FAILED)
    standings[sid("suite/unit[python=3.11]")].record(PASSED, "T", ran=True)
    standings[sid("suite/unit[python=3.12]")].record(PASSED, "T", ran=True)
    assert chosen(Reason.RETRY_UNCHANGED, standings) == ["smoke/login", "smoke/logout"]


def test_what_depends_on_a_step_that_runs_again_runs_again() -> None:
    """It stood on what is no more."""
    standings = standings_of(PLAN)
    for each in standings.steps:
        standings[each].record(PASSED, "T", ran=True)
    record(standings, "T", stack__up=FAILED)
    assert "smoke/logout" in chosen(Reason.TREE_CHANGED, standings)
    assert "stack/build" not in chosen(Reason.TREE_CHANGED, standings)
    assert "docs/links" not in chosen(Reason.TREE_CHANGED, standings)


def test_confirming_runs_what_has_not_passed_on_the_final_tree_also_where_it_is_only_advisory() -> None:
    standings = standings_of(cycle(gate("g", "old", "new"), gate("docs", "links", tier=Tier.ADVISORY)))
    record(standings, "T1", g__old=PASSED, g__new=FAILED, docs__links=PASSED)
    record(standings, "T2", g__new=PASSED)
    assert chosen(Reason.CONFIRM, standings, "T2") == ["docs/links", "g/old"]


def test_the_step_of_a_service_that_died_runs_again_with_all_that_needs_it() -> None:
    standings = standings_of(PLAN)
    for each in standings.steps:
        standings[each].record(PASSED, "T", ran=True)
    record(standings, "T", smoke__login=FAILED)
    again = chosen(Reason.RETRY_UNCHANGED, standings, died=("stack/up",))
    assert {"stack/up", "smoke/login", "suite/unit[python=3.11]"} <= set(again)
    assert "stack/build" not in again


def test_what_did_not_apply_elsewhere_is_asked_again_and_takes_nobody_along() -> None:
    standings = standings_of(cycle(gate("a", "x"), gate("b", "y", needs=["a"]), gate("c", "z")))
    record(standings, "T1", a__x=SKIPPED, c__z=FAILED)
    record(standings, "T2", b__y=PASSED)
    assert chosen(Reason.TREE_CHANGED, standings, "T2") == ["a/x", "c/z"]
    record(standings, "T2", c__z=PASSED)
    assert chosen(Reason.CONFIRM, standings, "T2") == ["a/x"]


def test_what_does_not_apply_is_not_taken_along_on_the_same_tree() -> None:
    standings = standings_of(cycle(gate("a", "x"), gate("b", step("b/y", "a/x"))))
    record(standings, "T", a__x=FAILED, b__y=SKIPPED)
    assert chosen(Reason.RETRY_UNCHANGED, standings) == ["a/x"]


def test_a_service_of_another_tree_is_started_anew_with_all_that_needs_it() -> None:
    """What it serves is the code of then: a fix would never be seen."""
    up = step("stack/up")._replace(keep="stack")
    standings = standings_of(cycle(gate("stack", "build", up), gate("smoke", "login", needs=["stack"])))
    record(standings, "T1", stack__build=PASSED, stack__up=PASSED, smoke__login=FAILED)
    assert chosen(Reason.RETRY_UNCHANGED, standings, "T1") == ["smoke/login"]
    assert chosen(Reason.TREE_CHANGED, standings, "T2") == ["smoke/login", "stack/up"]
