"""Values that are filled in at the last moment, and what a step captured for those after it."""

from __future__ import annotations

import pytest

from gatekeeper.model.events import StepFinished, StepStarted
from gatekeeper.model.outcome import Attempt, Exited
from gatekeeper.model.plan import Shell

from .cycles import cycle, gate, step
from .world import World

pytestmark = pytest.mark.anyio


async def test_a_capture_reaches_the_steps_after_it() -> None:
    world = World(cycle(gate("g", "signup", step("g/login", script="login ${capture.user}"))))
    world.script(g__signup=Attempt(Exited(0), 1.0, captures=(("user", "; rm -rf ~"),)))
    await world.run()
    assert world.executor.orders[1].step.work == Shell("login '; rm -rf ~'")
    assert world.told(StepStarted)[1].command == "login '; rm -rf ~'"


async def test_a_capture_that_is_missing_is_an_error_and_not_a_failure() -> None:
    """Nothing is run, the step is told with what to do, and the run is inconclusive."""
    world = World(cycle(gate("g", step("g/login", script="login ${capture.user}"))))
    finished = await world.run()
    assert world.ran == []
    concluded = world.told(StepFinished)[0]
    assert concluded.verdict == "error"
    assert concluded.findings[0].kind == "bad-value"
    assert "nothing was captured as user yet" in concluded.findings[0].message
    assert (finished.verdict, finished.exit_code) == ("inconclusive", 3)


async def test_round_and_attempt_are_filled_in() -> None:
    world = World(cycle(gate("g", step("g/a", script="echo ${run.round} ${run.attempt}"))))
    world.script(g__a=[Exited(1), Exited(0)])
    await world.run()
    assert [each.command for each in world.told(StepStarted)] == ["echo 1 1", "echo 2 2"]


async def test_attempts_are_counted_through_the_run() -> None:
    world = World(cycle(gate("g", "a", "b"))).script(g__a=[Exited(1), Exited(0)])
    finished = await world.run()
    assert [(each.step, each.attempt) for each in world.told(StepFinished)] == [("a", 1), ("b", 1), ("a", 2)]
    assert {each.step: each.attempts for each in finished.steps} == {"a": 2, "b": 1}
