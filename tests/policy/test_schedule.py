"""What may start now: order, needs, blocking and skipping, for small cycles and for any."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.model.plan import Gate, Plan, StepId
from gatekeeper.model.verdict import StepVerdict
from gatekeeper.policy.schedule import Block, Decision, Schedule, Skip, Start

from .situations import all_steps, cycle, gate, sid, step

PASSED, FAILED, SKIPPED = StepVerdict.PASSED, StepVerdict.FAILED, StepVerdict.SKIPPED


def schedule_of(*gates: Gate, selected: set[StepId] | None = None, **settled: StepVerdict) -> Schedule:
    plan = cycle(*gates)
    before = {sid(name.replace("__", "/")): verdict for name, verdict in settled.items()}
    return Schedule(plan.gates, selected if selected is not None else set(all_steps(plan)), before)


def starts(schedule: Schedule) -> list[str]:
    """Everything that may start at this moment."""
    found = []
    while isinstance(decision := schedule.next(), Start):
        found.append(str(decision.step.id))
    assert decision is None, decision
    return found


def decisions(schedule: Schedule) -> list[Decision]:
    found = []
    while (decision := schedule.next()) is not None:
        found.append(decision)
    return found


def test_inside_a_gate_steps_go_in_the_order_written() -> None:
    schedule = schedule_of(gate("g", "a", "b"))
    assert starts(schedule) == ["g/a"]
    schedule.finished(sid("g/a"), PASSED)
    assert starts(schedule) == ["g/b"]
    schedule.finished(sid("g/b"), PASSED)
    assert starts(schedule) == []
    assert schedule.remaining == 0


def test_gates_go_side_by_side() -> None:
    assert starts(schedule_of(gate("one", "a"), gate("two", "b"))) == ["one/a", "two/b"]


def test_a_gate_waits_for_all_of_the_gates_it_needs() -> None:
    schedule = schedule_of(
        gate("stack", "up", "seed"), gate("other", "x"), gate("suite", "unit", needs=["stack", "other"])
    )
    assert starts(schedule) == ["stack/up", "other/x"]
    schedule.finished(sid("other/x"), PASSED)
    schedule.finished(sid("stack/up"), PASSED)
    assert starts(schedule) == ["stack/seed"]
    schedule.finished(sid("stack/seed"), PASSED)
    assert starts(schedule) == ["suite/unit"]


def test_a_step_waits_for_a_step_of_another_gate() -> None:
    schedule = schedule_of(gate("a", step("a/x", "b/y"), "z"), gate("b", "w", "y"))
    assert starts(schedule) == ["b/w"]
    schedule.finished(sid("b/w"), PASSED)
    assert starts(schedule) == ["b/y"]
    schedule.finished(sid("b/y"), PASSED)
    assert starts(schedule) == ["a/x"]


def test_a_failure_blocks_those_that_need_it_and_not_its_siblings() -> None:
    """So that one round shows all there is to fix."""
    schedule = schedule_of(gate("g", "a", step("g/b", "g/a"), "c"))
    starts(schedule)
    schedule.finished(sid("g/a"), FAILED)
    assert decisions(schedule) == [
        Block(step("g/b", "g/a"), "needs g/a, which is failed"),
        Start(step("g/c")),
    ]


def test_blocking_goes_on_through_what_is_blocked() -> None:
    schedule = schedule_of(gate("a", "x"), gate("b", "y", needs=["a"]), gate("c", step("c/z", "b/y")))
    starts(schedule)
    schedule.finished(sid("a/x"), StepVerdict.TIMED_OUT)
    assert [(type(each), str(each.step.id), getattr(each, "reason", "")) for each in decisions(schedule)] == [
        (Block, "b/y", "needs the gate a, where a/x is timed-out"),
        (Block, "c/z", "needs b/y, which is blocked"),
    ]
    assert schedule.remaining == 0


def test_every_verdict_but_passed_and_skipped_blocks() -> None:
    for verdict in StepVerdict:
        schedule = schedule_of(gate("a", "x"), gate("b", step("b/y", "a/x")), gate("c", "z", needs=["a"]))
        starts(schedule)
        schedule.finished(sid("a/x"), verdict)
        kinds = [type(each) for each in decisions(schedule)]
        if verdict is PASSED:
            assert kinds == [Start, Start]
        elif verdict is SKIPPED:
            assert kinds == [Skip, Start], "a step needs the step, a gate needs only that nothing broke"
        else:
            assert kinds == [Block, Block]


def test_stop_on_failure_blocks_the_rest_of_the_gate_only() -> None:
    schedule = schedule_of(gate("g", "a", "b", "c", stop_on_failure=True), gate("h", "x", "y"))
    starts(schedule)
    schedule.finished(sid("g/a"), FAILED)
    assert [str(each.step.id) for each in decisions(schedule)] == ["g/b", "g/c"]
    schedule.finished(sid("h/x"), PASSED)
    assert starts(schedule) == ["h/y"]


def test_what_is_not_selected_stands_as_it_stood() -> None:
    schedule = schedule_of(
        gate("a", "x", "y"), gate("b", "z", needs=["a"]), selected={sid("b/z")}, a__x=PASSED, a__y=SKIPPED
    )
    assert schedule.remaining == 1
    assert starts(schedule) == ["b/z"]
    broken = schedule_of(
        gate("a", "x", "y"), gate("b", "z", needs=["a"]), selected={sid("b/z")}, a__x=PASSED, a__y=FAILED
    )
    assert [type(each) for each in decisions(broken)] == [Block]


def test_steps_that_wait_for_one_another_are_found() -> None:
    """Across gates by their order, in one gate, on themselves, on nothing that there is, and between gates."""
    for gates in (
        (gate("a", step("a/x", "b/y")), gate("b", step("b/y", "a/x"))),
        (gate("a", step("a/1", "b/2"), "2"), gate("b", step("b/1", "a/2"), "2")),
        (gate("a", step("a/x", "a/y"), "y"),),
        (gate("a", step("a/x", "a/x")),),
        (gate("a", step("a/x", "no/where")),),
        (gate("a", "x", needs=["b"]), gate("b", "y", needs=["a"])),
        (gate("a", "x", needs=["a"]),),
    ):
        schedule = schedule_of(*gates)
        assert schedule.next() is None
        stuck = schedule.deadlocked()
        assert len(stuck) == sum(len(each.steps) for each in gates)
        assert schedule.remaining == 0
        assert schedule.next() is None


@pytest.mark.slow
def test_ten_thousand_steps_in_one_gate_and_in_ten_thousand_gates() -> None:
    """Every answer costs about the same; a square of them would not end within this test's patience."""
    long = schedule_of(gate("g", *(f"s{n}" for n in range(10_000))))
    wide = schedule_of(*(gate(f"g{n}", "s") for n in range(10_000)))
    chain = schedule_of(
        gate("g0", "s"), *(gate(f"g{n}", step(f"g{n}/s", f"g{n - 1}/s"), needs=[f"g{n - 1}"]) for n in range(1, 10_000))
    )
    for schedule in (long, wide, chain):
        while schedule.remaining:
            decision = schedule.next()
            assert isinstance(decision, Start)
            schedule.finished(decision.step.id, PASSED)


def test_a_failure_at_the_head_of_a_long_chain_blocks_all_of_it() -> None:
    schedule = schedule_of(gate("g0", "s"), *(gate(f"g{n}", "s", needs=[f"g{n - 1}"]) for n in range(1, 5_000)))
    starts(schedule)
    schedule.finished(sid("g0/s"), FAILED)
    assert len(decisions(schedule)) == 4_999
    assert schedule.remaining == 0


@st.composite
def tangled_plans(draw: st.DrawFn) -> Plan:
    """Gates and steps with any needs at all, circles and what is not there included."""
    names = [f"g{n}" for n in range(draw(st.integers(1, 4)))]
    steps = {name: [f"{name}/s{n}" for n in range(draw(st.integers(0, 4)))] for name in names}
    everything = [each for some in steps.values() for each in some]
    gates = []
    for name in names:
        made = [step(own, *draw(st.lists(st.sampled_from(everything), max_size=2, unique=True))) for own in steps[name]]
        needs = draw(st.lists(st.sampled_from(names), max_size=2, unique=True))
        gates.append(gate(name, *made, needs=needs, stop_on_failure=draw(st.booleans())))
    return cycle(*gates)


@settings(max_examples=100, deadline=None)
@given(plan=tangled_plans(), jobs=st.integers(1, 4), data=st.data())
def test_every_step_is_answered_exactly_once_and_never_before_its_needs(
    plan: Plan, jobs: int, data: st.DataObject
) -> None:
    """Started, blocked or skipped: any needs, any verdicts, any order of ends; and it always comes to an end."""
    everything = all_steps(plan)
    selected = set(data.draw(st.sets(st.sampled_from(everything)))) if everything else set()
    settled = {each: data.draw(st.sampled_from(StepVerdict)) for each in everything if each not in selected}
    schedule = Schedule(plan.gates, selected, settled)
    needs_of_gates = {each.name: each.needs for each in plan.gates}
    steps_of_gates = {each.name: {one.id for one in each.steps} for each in plan.gates}
    verdicts, answered, running = dict(settled), list[StepId](), list[StepId]()
    for _ in range(4 * len(everything) + 4):
        while len(running) < jobs and (decision := schedule.next()) is not None:
            here = decision.step.id
            answered.append(here)
            match decision:
                case Start(started):
                    assert all(verdicts.get(need) is PASSED for need in started.needs)
                    for name in needs_of_gates[here.gate]:
                        assert all(verdicts.get(each) in {PASSED, SKIPPED} for each in steps_of_gates[name])
                    assert not any(other.gate == here.gate for other in running), "two steps of one gate at once"
                    running.append(here)
                case Block():
                    verdicts[here] = StepVerdict.BLOCKED
                case Skip():
                    verdicts[here] = SKIPPED
        if running:
            ended = running.pop(data.draw(st.integers(0, len(running) - 1)))
            verdicts[ended] = data.draw(st.sampled_from(StepVerdict))
            schedule.finished(ended, verdicts[ended])
        elif schedule.remaining:
            answered += [block.step.id for block in schedule.deadlocked()]
        else:
            break
    assert schedule.remaining == 0
    assert sorted(answered) == sorted(selected)
