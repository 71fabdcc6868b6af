"""Step, gate, round and run have their time; the smallest of them binds, and what it ends is told as its doing."""

from __future__ import annotations

import pytest

from gatekeeper.model.events import RoundStarted, StepFinished
from gatekeeper.model.outcome import StepOrder, TimedOut
from gatekeeper.model.plan import UntilGreen

from .cycles import cycle, gate, step
from .world import World

pytestmark = pytest.mark.anyio


def limits(world: World) -> list[tuple[str, float, str]]:
    return [(order.step.name, order.timeout_s, order.limit) for order in world.executor.orders]


def findings(world: World) -> dict[str, str]:
    return {each.step: each.findings[0].message for each in world.told(StepFinished) if each.findings}


async def test_a_gate_hands_on_what_is_left_of_its_time() -> None:
    """To the second step what the first left; the third does not begin."""
    plan = cycle(gate("g", "a", "b", "c", timeout_s=80.0), gate("h", "d"), until_green=UntilGreen(rounds=1))
    world = World(plan)
    world.script(g__a=world.taking(50.0), g__b=world.taking(30.0))
    finished = await world.run()
    assert limits(world) == [("a", 60.0, "step"), ("b", 30.0, "gate"), ("d", 60.0, "step")]
    assert findings(world) == {"c": "not started: the gate's time is over"}
    assert {each.step: each.verdict for each in finished.steps}["c"] == "timed-out"
    assert finished.verdict == "red"


async def test_a_gates_time_begins_with_its_first_step() -> None:
    plan = cycle(gate("slow", "a"), gate("g", "b", needs=("slow",), timeout_s=20.0))
    world = World(plan)
    world.script(slow__a=world.taking(50.0))
    await world.run()
    assert limits(world)[1] == ("b", 20.0, "gate")


async def test_a_round_has_its_time_and_the_next_one_again() -> None:
    plan = cycle(gate("g", "a", "b"), until_green=UntilGreen(rounds=2, round_within_s=50.0))
    world = World(plan)
    world.script(g__a=world.taking(50.0))
    finished = await world.run()
    assert limits(world) == [("a", 50.0, "round"), ("b", 50.0, "round")]
    assert [each.steps for each in world.told(RoundStarted)] == [2, 1]
    assert finished.exit_code != 0


async def test_the_run_out_of_time_is_aborted_and_not_red() -> None:
    """An attempt that the run's own deadline ended stops the run: nothing after it starts."""
    world = World(cycle(gate("g", "a", "b"), until_green=UntilGreen(within_s=30.0)))

    async def until_the_end(order: StepOrder) -> TimedOut:
        world.clock.seconds += order.timeout_s
        return TimedOut(order.timeout_s, "deadline", order.limit)

    world.script(g__a=until_the_end)
    finished = await world.run()
    assert limits(world) == [("a", 30.0, "run")]
    assert (finished.verdict, finished.exit_code, finished.rounds) == ("aborted", 124, 1)


async def test_a_run_that_ends_with_its_time_and_everything_passed_is_green() -> None:
    world = World(cycle(gate("g", "a"), until_green=UntilGreen(within_s=30.0)))
    world.script(g__a=world.taking(30.0))
    finished = await world.run()
    assert finished.exit_code == 0


async def test_what_was_left_to_confirm_when_time_was_over_is_not_green() -> None:
    plan = cycle(gate("g", "a"), until_green=UntilGreen(within_s=30.0, rounds=5))
    world = World(plan)

    async def take_it_all(_: StepOrder) -> TimedOut:
        world.clock.seconds += 30.0
        world.trees.files["src.py"] = "edited"
        return TimedOut(30.0, "deadline", "step")

    world.script(g__a=take_it_all)
    finished = await world.run()
    assert (finished.verdict, finished.exit_code) == ("aborted", 124)


async def test_a_steps_own_deadline_binds_where_it_is_the_smallest() -> None:
    world = World(cycle(gate("g", step("g/a", timeout_s=5.0), timeout_s=80.0)))
    await world.run()
    assert limits(world) == [("a", 5.0, "step")]
