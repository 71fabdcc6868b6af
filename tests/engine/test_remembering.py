"""What former runs saw of a tree counts before this one is called green."""

from __future__ import annotations

import pytest

from gatekeeper.model.evidence_events import StepFlaky
from gatekeeper.model.former import FormerAttempt
from gatekeeper.model.outcome import Exited
from gatekeeper.model.plan import StepId, Tier, UntilGreen

from .cycles import cycle, gate
from .world import World

pytestmark = pytest.mark.anyio


class Remembered:
    """A memory of what is put into it, on whatever tree it is asked for."""

    def __init__(self, *red: str) -> None:
        self.red = red
        self.asked: list[tuple[tuple[StepId, ...], str]] = []
        self.tree = ""

    async def __call__(self, steps: tuple[StepId, ...], tree: str) -> tuple[FormerAttempt, ...]:
        self.asked.append((steps, tree))
        self.tree = tree or self.tree
        return tuple(FormerAttempt("former", "g", name, self.tree, False) for name in self.red) + tuple(
            FormerAttempt("run-1", *step, self.tree, True) for step in steps
        )


async def test_a_step_that_failed_on_this_tree_before_makes_the_run_flaky() -> None:
    """It names the run that saw it."""
    world = World(cycle(gate("g", "a", "b")))
    world.memory = Remembered("b")
    finished = await world.run()
    assert (finished.verdict, finished.exit_code) == ("flaky", 4)
    [told] = world.told(StepFlaky)
    assert (told.gate, told.step, told.runs) == ("g", "b", ("former",))
    assert "failed 1 of 2 attempts" in told.message


async def test_nothing_remembered_is_green() -> None:
    """And asked of required steps only, once, on the final tree."""
    world = World(cycle(gate("g", "a"), gate("h", "b", tier=Tier.ADVISORY)))
    memory = world.memory = Remembered()
    assert (await world.run()).verdict == "green"
    [(steps, tree)] = memory.asked
    assert steps == (StepId("g", "a"),)
    assert tree.startswith("sha256:")


async def test_a_step_that_is_red_now_is_red() -> None:
    """Whatever was before."""
    world = World(cycle(gate("g", "a"), until_green=UntilGreen(rounds=1))).script(g__a=Exited(1))
    memory = world.memory = Remembered("a")
    assert (await world.run()).verdict == "red"
    assert memory.asked == []


async def test_a_flaky_step_of_this_run_is_told_with_its_rate() -> None:
    """All its attempts are in the journal, and what is remembered beside them."""
    world = World(cycle(gate("g", "a"))).script(g__a=[Exited(1), Exited(0)])
    world.memory = Remembered()
    assert (await world.run()).verdict == "flaky"
    assert [(told.step, told.runs) for told in world.told(StepFlaky)] == [("a", ())]


async def test_flaky_may_be_let_pass() -> None:
    """By the cycle's own policy, as ever."""
    world = World(cycle(gate("g", "a"), until_green=UntilGreen(flaky="pass")))
    world.memory = Remembered("a")
    finished = await world.run()
    assert (finished.verdict, finished.exit_code) == ("flaky", 0)
    assert world.told(StepFlaky)


@pytest.mark.parametrize(("confirm", "attempts"), [(1, 2), (3, 4)])
async def test_so_many_clean_passes_are_wanted_after_a_red(confirm: int, attempts: int) -> None:
    """`confirm: N` asks for N in a row on the tree that was mended, for what was red and for nothing else."""
    world = World(cycle(gate("g", "a", "fix"), until_green=UntilGreen(rounds=9, confirm=confirm)))
    world.script(g__a=[Exited(1), Exited(0)], g__fix=[world.changing("a.py", "mended"), Exited(0)])
    finished = await world.run()
    assert finished.verdict == "green-after-fix"
    assert world.ran.count("g/a") == attempts
    assert world.ran.count("g/fix") == 2
