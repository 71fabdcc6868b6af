"""Gates go side by side as jobs allow: really at the same time, and never more of them."""

from __future__ import annotations

import anyio
import pytest

from gatekeeper.model.outcome import Exited, StepOrder

from .cycles import cycle, gate
from .world import World

pytestmark = pytest.mark.anyio
THREE = cycle(*(gate(name, "s") for name in "abc"))


async def test_three_jobs_overlap() -> None:
    """Each step waits until the other two are there: one after the other they would wait for ever."""
    world = World(THREE)
    arrived: set[str] = set()
    everybody = anyio.Event()

    async def meet(order: StepOrder) -> Exited:
        arrived.add(order.step.gate)
        if len(arrived) == 3:
            everybody.set()
        await everybody.wait()
        return Exited(0)

    world.script(a__s=meet, b__s=meet, c__s=meet)
    finished = await world.run(jobs=3)
    assert finished.verdict == "green"
    assert world.executor.most_at_once == 3


@pytest.mark.parametrize("jobs", [1, 2])
async def test_no_more_than_jobs_run_at_once(jobs: int) -> None:
    world = World(cycle(*(gate(name, "s", "t") for name in "abcdef")))

    async def linger(_: StepOrder) -> Exited:
        await anyio.wait_all_tasks_blocked()
        return Exited(0)

    world.script(**{f"{name}__{each}": linger for name in "abcdef" for each in "st"})
    finished = await world.run(jobs=jobs)
    assert finished.verdict == "green"
    assert world.executor.most_at_once == jobs


async def test_with_one_job_the_order_is_that_of_the_definition() -> None:
    world = World(cycle(gate("b", "x", "y"), gate("a", "z")))
    await world.run(jobs=1)
    assert world.ran == ["b/x", "b/y", "a/z"]


async def test_steps_of_one_gate_never_overlap() -> None:
    world = World(cycle(gate("g", "a", "b", "c")))
    await world.run(jobs=3)
    assert world.executor.most_at_once == 1


async def test_a_fault_of_ours_in_one_step_ends_the_others_and_goes_out_as_it_is() -> None:
    """Not wrapped in groups; the steps beside it are ended, teardown and services are seen to."""
    world = World(THREE)
    world.script(a__s=world.hang, b__s=world.hang)

    async def break_down(_: StepOrder) -> Exited:
        await world.began["a/s"].wait()
        await world.began["b/s"].wait()
        raise ZeroDivisionError("a bug of ours")

    world.script(c__s=break_down)
    with pytest.raises(ZeroDivisionError, match="a bug of ours"):
        await world.run(jobs=3)
    assert sorted(world.executor.cancelled) == ["a/s", "b/s"]
