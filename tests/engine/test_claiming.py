"""What is claimed is had before anything starts, and given back after it; who waits takes no place and no time."""

from __future__ import annotations

from collections.abc import Callable

import anyio
import pytest

from gatekeeper.model.events import IncidentHappened, StepFinished, StepStarted
from gatekeeper.model.outcome import Exited, Outcome, StepOrder
from gatekeeper.model.plan import Step, UntilGreen
from gatekeeper.model.service_events import LockAwaited, LockTaken
from gatekeeper.model.stopping import StopReason

from .cycles import cycle, gate, step
from .world import World

pytestmark = pytest.mark.anyio


class MemoryResources:
    """Who has what; `others` has what another run has."""

    def __init__(self) -> None:
        self.others: dict[str, str] = {}
        self.had: list[str] = []
        self.refused = anyio.Event()

    def take(self, names: tuple[str, ...]) -> Callable[[], None] | str:
        for name in names:
            if name in self.others or name in self.had:
                self.refused.set()
                return f"{name} is held by {self.others.get(name, 'this run')}"
        self.had += names

        def give_back() -> None:
            for name in names:
                self.had.remove(name)

        return give_back


def locked(name: str, *locks: str, timeout_s: float = 60.0, keep: str | None = None) -> Step:
    return step(name, timeout_s=timeout_s, keep=keep)._replace(locks=locks)


def world_of(*gates: object, locks: tuple[str, ...] = (), until_green: UntilGreen | None = None) -> World:
    plan = cycle(*gates, until_green=until_green)._replace(locks=locks)  # type: ignore[arg-type]  # gates, as `cycle` has them
    world = World(plan)
    world.helpers = world.helpers._replace(resources=MemoryResources())
    return world


def resources(world: World) -> MemoryResources:
    assert isinstance(world.helpers.resources, MemoryResources)
    return world.helpers.resources


def held_while(world: World, seen: dict[str, list[str]]) -> Callable[[StepOrder], object]:
    async def look(order: StepOrder) -> Outcome:
        await anyio.lowlevel.checkpoint()
        seen[str(order.step.id)] = sorted(resources(world).had)
        return Exited(0)

    return look


async def test_a_step_has_it_while_it_runs_and_a_gate_from_its_first_to_its_last() -> None:
    world = world_of(
        gate("a", locked("a/one", "db"), locked("a/two")),
        gate("b", locked("b/one"), locked("b/two", "files"))._replace(locks=("db",)),
        gate("c", "one"),
    )
    seen: dict[str, list[str]] = {}
    world.script(**{name: held_while(world, seen) for name in ("a__one", "a__two", "b__one", "b__two", "c__one")})  # type: ignore[arg-type]
    assert (await world.run()).verdict == "green"
    both = ["db", "files"]
    assert seen == {"a/one": ["db"], "a/two": [], "b/one": both, "b/two": both, "c/one": []}
    assert not resources(world).had


async def test_a_run_that_claims_has_it_until_its_services_are_gone() -> None:
    world = world_of(gate("a", locked("a/up", "port", keep="server")), gate("b", "one"))
    seen: dict[str, list[str]] = {}
    world.script(b__one=held_while(world, seen))  # type: ignore[arg-type]

    async def ends() -> None:
        await anyio.lowlevel.checkpoint()
        seen["the end of the service"] = list(resources(world).had)

    world.executor.on_end_service = ends
    assert (await world.run()).verdict == "green"
    assert seen == {"b/one": ["port"], "the end of the service": ["port"]}
    assert not resources(world).had


async def test_who_waits_takes_no_place_and_no_time_of_its_own() -> None:
    """With one job: the other gate runs meanwhile, and the step has its whole timeout afterwards."""
    world = world_of(gate("a", locked("a/waits", "db", timeout_s=5.0)), gate("b", "free"))
    resources(world).others["db"] = "pid 7"

    async def gives_back(_: StepOrder) -> Outcome:
        await resources(world).refused.wait()
        world.clock.seconds += 100.0
        del resources(world).others["db"]
        return Exited(0)

    world.script(b__free=gives_back)
    assert (await world.run()).verdict == "green"
    assert world.ran == ["b/free", "a/waits"]
    assert world.told(LockAwaited) == [LockAwaited(("db",), "db is held by pid 7", "a", "waits")]
    assert world.told(LockTaken) == [LockTaken(("db",), 100.0, "a", "waits")]
    started = next(event for event in world.told(StepStarted) if event.step == "waits")
    assert started.timeout_s == 5.0


@pytest.mark.parametrize("jobs", [1, 2, 3])
async def test_gates_of_one_run_take_turns_and_never_wait_for_each_other(jobs: int) -> None:
    gates = [gate(name, "s", "t")._replace(locks=("db",)) for name in "abc"]
    world = world_of(*gates)

    async def alone(_: StepOrder) -> Outcome:
        assert resources(world).had == ["db"]
        await anyio.wait_all_tasks_blocked()
        return Exited(0)

    world.script(**{f"{name}__{each}": alone for name in "abc" for each in "st"})
    assert (await world.run(jobs=jobs)).verdict == "green"
    assert world.executor.most_at_once == 1
    assert sorted(world.ran[::2]) == ["a/s", "b/s", "c/s"]
    assert all(first[0] == second[0] for first, second in zip(world.ran[::2], world.ran[1::2], strict=True))


async def test_waiting_ends_with_the_time_of_the_run_and_says_for_whom() -> None:
    world = world_of(
        gate("a", locked("a/waits", "db")), gate("b", "free"), until_green=UntilGreen(within_s=50.0, retry_unchanged=0)
    )
    resources(world).others["db"] = "pid 7"
    world.script(b__free=world.taking(60.0))
    finished = await world.run()
    assert finished.exit_code == 124
    waits = next(event for event in world.told(StepFinished) if event.step == "waits")
    assert (waits.verdict, waits.attempt) == ("timed-out", 0)
    assert waits.findings[0].message == ("not started: the run's time was over while it waited: db is held by pid 7")


async def test_a_run_that_gets_nothing_starts_nothing_and_tears_nothing_down() -> None:
    """What is there belongs to whoever has it."""
    plan = cycle(gate("a", "s"), teardown=(step("teardown/down"),), until_green=UntilGreen(within_s=0.0))
    world = World(plan._replace(locks=("db",)))
    world.helpers = world.helpers._replace(resources=MemoryResources())
    resources(world).others["db"] = "pid 7"
    finished = await world.run()
    assert (finished.verdict, finished.exit_code) == ("aborted", 124)
    assert world.ran == []
    (told,) = world.told(IncidentHappened)
    assert told.message == "the run's time was over before anything could start: db is held by pid 7"


@pytest.mark.parametrize("whole", [True, False])
async def test_a_run_that_waits_can_be_stopped(whole: bool) -> None:
    world = world_of(gate("a", locked("a/waits", "db")), locks=("db",) if whole else ())
    resources(world).others["db"] = "pid 7"
    finished = None

    async def run() -> None:
        nonlocal finished
        finished = await world.run()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run)
        await resources(world).refused.wait()
        world.stop.request(StopReason.INTERRUPTED)
    assert finished is not None
    assert finished.exit_code == 130
    assert world.ran == []
    assert not resources(world).had
