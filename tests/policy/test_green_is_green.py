"""The promise: green is never said of what was not green, whatever happens in whichever round."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import event, given, settings
from hypothesis import strategies as st

from gatekeeper.model.plan import Gate, Plan, StepId, Tier, UntilGreen
from gatekeeper.model.stopping import StopReason
from gatekeeper.model.verdict import RunVerdict, StepVerdict
from gatekeeper.policy.round_machine import Phase, Reason, advance, close_round
from gatekeeper.policy.run_verdict import Judgement, judge_run
from gatekeeper.policy.schedule import Block, Schedule, Skip, Start
from gatekeeper.policy.selection import steps_of_round
from gatekeeper.policy.standing import UNKNOWN_TREE, Standings

from .situations import all_steps, cycle, gate, step

GREEN = {RunVerdict.GREEN, RunVerdict.GREEN_AFTER_FIX}
ENDS_OF_ATTEMPTS = [
    StepVerdict.PASSED,
    StepVerdict.PASSED,
    StepVerdict.PASSED,
    StepVerdict.FAILED,
    StepVerdict.INFRA,
    StepVerdict.TIMED_OUT,
    StepVerdict.ERROR,
    StepVerdict.CANCELLED,
    StepVerdict.SKIPPED,
]
TREES = ["T1", "T2", "T3", UNKNOWN_TREE]


class Said(NamedTuple):
    """One verdict as it was given: on which tree, known only where it stood still for the round."""

    round: int
    verdict: StepVerdict
    tree: str
    took_reruns: bool


class History(NamedTuple):
    """A run as an onlooker saw it, who keeps books of his own."""

    said: dict[StepId, list[Said]]
    rounds: int
    first: str
    final: str
    judgement: Judgement


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    gates: list[Gate] = []
    known: list[str] = []
    for g in range(draw(st.integers(1, 3))):
        name = f"g{g}"
        names = [f"{name}/s{s}" for s in range(draw(st.integers(1, 3)))]
        needs = draw(st.lists(st.sampled_from([one.name for one in gates]), unique=True)) if gates else []
        steps = [step(own, *(draw(st.lists(st.sampled_from(known), max_size=2)) if known else ())) for own in names]
        tier = draw(st.sampled_from([Tier.REQUIRED, Tier.REQUIRED, Tier.ADVISORY]))
        gates.append(gate(name, *steps, needs=needs, tier=tier, stop_on_failure=draw(st.booleans())))
        known += names
    policy = UntilGreen(
        rounds=draw(st.integers(1, 6)),
        retry_unchanged=draw(st.integers(0, 2)),
        retry_infra=draw(st.integers(0, 2)),
        confirm=draw(st.integers(0, 2)),
        flaky=draw(st.sampled_from(["fail", "warn", "pass"])),
    )
    return cycle(*gates, until_green=policy)


def live_through(plan: Plan, data: st.DataObject) -> History:
    """Run the round machine over random verdicts, random changes of the tree and random deaths of services."""
    policy = plan.until_green
    standings = Standings(plan, all_steps(plan))
    said: dict[StepId, list[Said]] = {each: [] for each in all_steps(plan)}
    tree = first = data.draw(st.sampled_from(TREES), label="first tree")
    phase, reason, rounds, died = Phase.SEARCHING, Reason.FIRST, 0, set[StepId]()
    while True:
        rounds += 1
        assert rounds <= policy.rounds, "more rounds than the budget"
        selected = steps_of_round(reason, standings, tree, policy, died)
        results = one_round(plan, selected, standings, data)
        after = data.draw(st.sampled_from([tree, tree, tree, *TREES]), label="tree after")
        ran_on = tree if tree == after != UNKNOWN_TREE else UNKNOWN_TREE
        for each, verdict in results.items():
            ran = verdict not in {StepVerdict.BLOCKED, StepVerdict.SKIPPED}
            wobbly = verdict is StepVerdict.PASSED and data.draw(st.sampled_from([*[False] * 9, True]))
            standings[each].record(verdict, ran_on, ran=ran, flaky=wobbly)
            said[each].append(Said(rounds, verdict, ran_on, wobbly))
        died = set(data.draw(st.lists(st.sampled_from(all_steps(plan)), max_size=1), label="died"))
        tree = after
        going_on = advance(phase, close_round(standings, tree, policy, rounds=rounds, stopped=False))
        if going_on.reason is None:
            judgement = judge_run(standings, first_tree=first, tree=tree, policy=policy, stop=StopReason.NONE)
            return History(said, rounds, first, tree, judgement)
        phase, reason = going_on.phase, going_on.reason


def one_round(
    plan: Plan, selected: frozenset[StepId], standings: Standings, data: st.DataObject
) -> dict[StepId, StepVerdict]:
    settled = {each: StepVerdict.SKIPPED for each in all_steps(plan) if each not in selected} | {
        each: verdict for each, verdict in standings.verdicts().items() if each not in selected
    }
    schedule = Schedule(plan.gates, selected, settled)
    results: dict[StepId, StepVerdict] = {}
    while schedule.remaining:
        match schedule.next():
            case Start(each):
                results[each.id] = data.draw(st.sampled_from(ENDS_OF_ATTEMPTS))
                schedule.finished(each.id, results[each.id])
            case Block(each, _):
                results[each.id] = StepVerdict.BLOCKED
            case Skip(each, _):
                results[each.id] = StepVerdict.SKIPPED
            case None:
                for block in schedule.deadlocked():
                    results[block.step.id] = StepVerdict.BLOCKED
    assert results.keys() == selected
    return results


def failed(one: Said) -> bool:
    return one.verdict in {StepVerdict.FAILED, StepVerdict.TIMED_OUT, StepVerdict.ERROR}


def required(plan: Plan) -> set[StepId]:
    return {each.id for one in plan.gates if one.tier is Tier.REQUIRED for each in one.steps}


@settings(max_examples=100, deadline=None)
@given(plan=plans(), data=st.data())
def test_green_means_every_required_step_passed_on_the_final_tree(plan: Plan, data: st.DataObject) -> None:
    """In its last attempt, and no step of them ever failed and passed on the same tree."""
    history = live_through(plan, data)
    event(history.judgement.verdict.value)
    if history.judgement.verdict not in GREEN:
        return
    assert history.final != UNKNOWN_TREE
    for each in required(plan):
        sayings = history.said[each]
        assert sayings[-1].verdict in {StepVerdict.PASSED, StepVerdict.SKIPPED}, sayings
        assert sayings[-1].tree == history.final, sayings
        if sayings[-1].verdict is StepVerdict.SKIPPED:
            assert not any(one.verdict in ENDS_OF_ATTEMPTS[:-1] for one in sayings), "it ran, and then did not apply"
        passed_on = {one.tree for one in sayings if one.verdict is StepVerdict.PASSED} - {UNKNOWN_TREE}
        failed_on = {one.tree for one in sayings if failed(one)}
        assert not passed_on & failed_on, sayings
        assert not any(one.took_reruns for one in sayings), sayings
    assert any(history.said[each][-1].verdict is StepVerdict.PASSED for each in required(plan))
    assert (history.judgement.verdict is RunVerdict.GREEN) == (history.first == history.final)


@settings(max_examples=150, deadline=None)
@given(plan=plans(), data=st.data())
def test_exit_code_zero_is_green_or_a_flaky_that_the_cycle_allows(plan: Plan, data: st.DataObject) -> None:
    """And also a flaky that is let pass was seen whole: every last attempt passed, on the final tree."""
    history = live_through(plan, data)
    judgement = history.judgement
    if judgement.exit_code != 0:
        assert judgement.verdict not in GREEN
        return
    assert judgement.verdict in GREEN or (
        judgement.verdict is RunVerdict.FLAKY and plan.until_green.flaky in {"warn", "pass"}
    )
    for each in required(plan):
        assert history.said[each][-1].verdict in {StepVerdict.PASSED, StepVerdict.SKIPPED}
        assert history.said[each][-1].tree == history.final


@settings(max_examples=150, deadline=None)
@given(plan=plans(), data=st.data())
def test_red_means_that_code_failed(plan: Plan, data: st.DataObject) -> None:
    """Only infrastructure, unreadable evidence or what nobody could judge is never called red."""
    history = live_through(plan, data)
    last = [sayings[-1].verdict for sayings in history.said.values()]
    if history.judgement.verdict is RunVerdict.RED:
        assert {StepVerdict.FAILED, StepVerdict.TIMED_OUT} & set(last)
    if any(history.said[each][-1].verdict in {StepVerdict.FAILED, StepVerdict.TIMED_OUT} for each in required(plan)):
        assert history.judgement.verdict is RunVerdict.RED


@settings(max_examples=150, deadline=None)
@given(plan=plans(), data=st.data())
def test_confirming_passes_are_counted(plan: Plan, data: st.DataObject) -> None:
    """A required step that was red needs as many clean passes in a row on the final tree as the cycle asks for."""
    history = live_through(plan, data)
    if history.judgement.verdict not in GREEN:
        return
    for each in required(plan):
        sayings = history.said[each]
        if sayings[-1].verdict is StepVerdict.PASSED and any(map(failed, sayings)):
            row = 0
            for one in reversed(sayings):
                if one.verdict is not StepVerdict.PASSED or one.tree != history.final:
                    break
                row += 1
            assert row >= plan.until_green.confirm, sayings
