"""Runs that wait for a person, and that a person changes the tree under."""

from __future__ import annotations

from collections.abc import Callable

import anyio
import pytest

from gatekeeper.engine.round_run import RoundRun
from gatekeeper.engine.stop import Stop
from gatekeeper.engine.watching import PACE, RoundWatch
from gatekeeper.model.events import Entry, IncidentHappened, RoundFinished, RoundStarted, StepFinished
from gatekeeper.model.help_events import ChangeAwaited
from gatekeeper.model.incident import IncidentKind
from gatekeeper.model.outcome import Exited, StepOrder
from gatekeeper.model.plan import Step, UntilGreen
from gatekeeper.model.service_events import ServiceEnded
from gatekeeper.model.stopping import StopReason
from gatekeeper.model.tree import Tree
from gatekeeper.policy.round_machine import Reason

from .cycles import cycle, gate, step
from .world import PATIENCE_S, HeldClock, MemoryTrees, World

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
FIVE = UntilGreen(rounds=5)


class Person:
    """Does something as soon as the run waits for a change."""

    def __init__(self) -> None:
        self.deed: Callable[[], None] = lambda: None

    def receive(self, entry: Entry) -> None:
        if isinstance(entry.event, ChangeAwaited):
            self.deed()


def watched(*steps: str | Step, until_green: UntilGreen = FIVE) -> tuple[World, Person]:
    person = Person()
    world = World(cycle(gate("g", *steps), until_green=until_green), person)
    world.watch = True
    return world, person


def edit(world: World) -> None:
    world.trees.files["src.py"] = "edited"


def reasons(world: World) -> list[str]:
    return [started.reason for started in world.told(RoundStarted)]


async def test_nothing_is_left_to_try_and_a_person_mends_it() -> None:
    """The run waits and says so, goes on with what failed, and confirms the rest on the final tree."""
    world, person = watched("a", "b")
    person.deed = lambda: edit(world)
    world.script(g__b=[Exited(1), Exited(1), Exited(0)])
    finished = await world.run()
    (waited,) = world.told(ChangeAwaited)
    assert waited.rounds_left == 3
    assert reasons(world) == [Reason.FIRST, Reason.RETRY_UNCHANGED, Reason.TREE_CHANGED, Reason.CONFIRM]
    assert (finished.verdict, finished.exit_code) == ("green-after-fix", 0)


async def test_the_tree_changes_while_a_round_runs() -> None:
    """What runs is ended, nothing new starts, the stack lives on, and the next round is about the tree as it is now."""
    world, _ = watched(step("g/up", keep="stack"), "slow", "next")

    async def somebody_saves(order: StepOrder) -> Exited:
        edit(world)
        await anyio.sleep_forever()
        raise AssertionError("unreachable")

    world.script(g__slow=[somebody_saves, Exited(0)])
    finished = await world.run()
    assert world.executor.stops == [False]
    assert world.executor.cancelled == ["g/slow"]
    first, second = world.told(RoundFinished)
    assert (first.abandoned, second.abandoned) == (True, False)
    assert reasons(world) == [Reason.FIRST, Reason.TREE_CHANGED]
    assert world.ran == ["g/up", "g/slow", "g/up", "g/slow", "g/next"]
    assert [each.how for each in world.told(ServiceEnded)] == ["replaced", "ended"]
    assert finished.verdict == "green-after-fix"


async def test_what_passed_while_somebody_tried_something_and_took_it_back_is_not_believed() -> None:
    """The tree is as before, and in the round that was abandoned it was not: whatever passed in it is run again."""
    world, _ = watched("first", "slow")

    async def somebody_saves_and_takes_back(order: StepOrder) -> Exited:
        edit(world)
        try:
            await anyio.sleep_forever()
        finally:
            del world.trees.files["src.py"]
        raise AssertionError("unreachable")

    world.script(g__slow=[somebody_saves_and_takes_back, Exited(0)])
    finished = await world.run()
    assert [each.abandoned for each in world.told(RoundFinished)] == [True, False, False]
    assert world.ran == ["g/first", "g/slow", "g/slow", "g/first"]
    assert finished.verdict == "green"


async def test_a_step_between_its_choice_and_its_start_does_not_begin_in_an_abandoned_round() -> None:
    """Its old service takes a while to end, and meanwhile the round is given up."""
    world, _ = watched(step("g/up", keep="stack"), step("g/again", keep="stack"))
    ended = anyio.Event()

    async def somebody_saves_here() -> None:
        if not ended.is_set():
            edit(world)
            world.executor.on_stop = gone
            await ended.wait()

    async def gone() -> None:
        ended.set()

    world.executor.on_end_service = somebody_saves_here
    finished = await world.run()
    cancelled = [each for each in world.told(StepFinished) if each.verdict == "cancelled"]
    assert [(each.step, each.attempt) for each in cancelled] == [("again", 0)]
    assert world.ran == ["g/up", "g/up", "g/again"]
    assert finished.verdict == "green-after-fix"


async def test_a_step_that_says_what_it_changes_abandons_nothing() -> None:
    """Somebody looked at the tree often enough meanwhile to have seen that it stays changed."""
    world, _ = watched(step("g/format", mutates=("*.py",)), "a")
    trees = world.trees = CountingTrees()

    async def format_and_wait(order: StepOrder) -> Exited:
        edit(world)
        await trees.read_again(3)
        return Exited(0)

    world.script(g__format=[format_and_wait, Exited(0)])
    finished = await world.run()
    assert not any(each.abandoned for each in world.told(RoundFinished))
    assert finished.verdict == "green-after-fix"


async def test_a_step_that_changes_files_in_every_round_uses_up_the_rounds_and_is_named() -> None:
    """Nobody can tell it from a person; it costs rounds, and those are counted."""
    world, _ = watched("stamp", until_green=UntilGreen(rounds=2))

    async def stamp(order: StepOrder) -> Exited:
        world.trees.files["stamp"] = str(order.round)
        await anyio.sleep_forever()
        raise AssertionError("unreachable")

    world.script(g__stamp=stamp)
    finished = await world.run()
    assert finished.rounds == 2
    assert finished.verdict not in {"green", "green-after-fix"}
    drifts = [each.message for each in world.told(IncidentHappened) if each.kind is IncidentKind.DRIFT]
    assert len(drifts) == 2
    assert all("backend: stamp" in drift and "g/stamp" in drift for drift in drifts)


async def test_a_stop_ends_the_wait_for_a_person() -> None:
    world, person = watched("a")
    person.deed = lambda: world.stop.request(StopReason.INTERRUPTED)
    world.script(g__a=Exited(1))
    finished = await world.run()
    assert (finished.verdict, finished.exit_code) == ("aborted", 130)


async def test_time_that_is_over_while_nobody_changes_anything_leaves_it_red() -> None:
    """It was judged, and nothing came of waiting: that is no abort."""
    world, _ = watched("a", until_green=UntilGreen(rounds=5, within_s=0.05))
    world.script(g__a=Exited(1))
    finished = await world.run()
    assert (finished.verdict, finished.exit_code) == ("red", 1)


class CountingTrees(MemoryTrees):
    """Trees that tell when they were read so many times more."""

    def __init__(self) -> None:
        super().__init__()
        self._readings = 0
        self._read = anyio.Event()

    async def read(self) -> Tree:
        self._readings += 1
        read, self._read = self._read, anyio.Event()
        read.set()
        return await super().read()

    async def read_again(self, times: int) -> None:
        for _ in range(times):
            await self._read.wait()


class SomeRound:
    """A round that lasts until it is abandoned or told to end."""

    def __init__(self) -> None:
        self.begun: list[Step] = []
        self.abandoned = False
        self.over = anyio.Event()

    async def run(self) -> None:
        await self.over.wait()

    async def abandon(self) -> None:
        self.abandoned = True
        self.over.set()


async def test_after_every_abandoned_round_in_a_row_it_must_be_quiet_for_longer() -> None:
    """What changes all the time soon lets a round come to its end; a whole round makes it short again."""
    quiet: list[float] = []

    class Edited:
        async def read(self) -> Tree:
            await anyio.lowlevel.checkpoint()
            return Tree("sha256:2", (), (("backend", "src.py", "edited"),))

    async def sleep(seconds: float) -> None:
        if seconds >= PACE.quiet_s:
            quiet.append(seconds)
        await anyio.lowlevel.checkpoint()

    watch = RoundWatch(Edited(), clock=HeldClock(), stop=Stop(), sleep=sleep)
    before = Tree("sha256:1", ())
    with anyio.fail_after(PATIENCE_S):
        for _ in range(9):
            await watch.run(_as_round(SomeRound()), before)
        whole = SomeRound()
        whole.over.set()
        await watch.run(_as_round(whole), before)
        await watch.run(_as_round(SomeRound()), before)
    assert quiet == [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 0.5]


def _as_round(some: SomeRound) -> RoundRun:
    return some  # type: ignore[return-value]
