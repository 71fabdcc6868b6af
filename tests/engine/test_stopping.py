"""Being told to stop: once in order, twice at once, and never with anything left behind or unsaid."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio
import pytest

from gatekeeper.engine.stop import Stop
from gatekeeper.model.events import RunFinished, StepFinished, StepStarted
from gatekeeper.model.help_events import RetryScheduled
from gatekeeper.model.outcome import Exited, NotStarted, StepOrder
from gatekeeper.model.plan import UntilGreen
from gatekeeper.model.service_events import ServiceEnded
from gatekeeper.model.stopping import StopReason

from .cycles import cycle, gate, step
from .world import PATIENCE_S, World

pytestmark = pytest.mark.anyio
TEARDOWN = (step("teardown/stop-stack"), step("teardown/clean"))


async def run_and(world: World, meanwhile: Callable[[], Awaitable[None]], jobs: int = 1) -> RunFinished:
    """Run, and do something else at the same time."""
    finished: list[RunFinished] = []

    async def run() -> None:
        finished.append(await world.run(jobs=jobs))

    with anyio.fail_after(PATIENCE_S):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(run)
            await meanwhile()
    return finished[0]


async def test_stopped_once_everything_ends_in_order() -> None:
    """The running attempt is ended, nothing new starts, teardown runs, services end, and the journal is closed."""
    plan = cycle(gate("stack", step("stack/up", keep="stack")), gate("g", "slow", "next"), teardown=TEARDOWN)
    world = World(plan)
    world.script(g__slow=world.hang)

    async def interrupt() -> None:
        await world.began["g/slow"].wait()
        world.stop.request(StopReason.INTERRUPTED)

    finished = await run_and(world, interrupt)
    assert world.executor.stops == [False]
    assert world.executor.cancelled == ["g/slow"]
    assert world.ran == ["stack/up", "g/slow", "teardown/stop-stack", "teardown/clean"]
    assert world.executor.ended == ["stack"]
    assert [each.how for each in world.told(ServiceEnded)] == ["ended"]
    assert (finished.verdict, finished.exit_code) == ("aborted", 130)
    assert world.journal.entries[-1].event == finished
    assert {each.step: each.verdict for each in finished.steps} == {
        "up": "passed",
        "slow": "cancelled",
        "next": "cancelled",
    }


async def test_stopped_twice_there_is_no_teardown() -> None:
    """The second request says now: the attempt loses its grace, the teardown falls away, services still end."""
    plan = cycle(gate("stack", step("stack/up", keep="stack")), gate("g", "slow"), teardown=TEARDOWN)
    world = World(plan)
    world.script(g__slow=world.hang)

    async def interrupt_twice() -> None:
        await world.began["g/slow"].wait()
        world.stop.request(StopReason.INTERRUPTED)
        world.stop.request(StopReason.INTERRUPTED)

    finished = await run_and(world, interrupt_twice)
    assert world.executor.stops[-1] is True
    assert world.ran == ["stack/up", "g/slow"]
    assert world.executor.ended == ["stack"]
    assert finished.exit_code == 130


async def test_a_second_request_is_heard_while_the_first_is_being_passed_on() -> None:
    """It would else cost the whole grace of a step that ignores the first."""
    world = World(cycle(gate("g", "slow")))
    world.script(g__slow=world.hang)

    async def again() -> None:
        world.executor.on_stop = anyio.lowlevel.checkpoint
        world.stop.request(StopReason.INTERRUPTED)

    async def interrupt() -> None:
        await world.began["g/slow"].wait()
        world.executor.on_stop = again
        world.stop.request(StopReason.INTERRUPTED)

    await run_and(world, interrupt)
    assert world.executor.stops == [False, True]


async def test_a_second_request_cuts_the_teardown_short() -> None:
    world = World(cycle(gate("g", "slow"), teardown=TEARDOWN))
    world.script(g__slow=world.hang, **{"teardown__stop-stack": world.hang})

    async def interrupt() -> None:
        await world.began["g/slow"].wait()
        world.stop.request(StopReason.TERMINATED)
        await world.began["teardown/stop-stack"].wait()
        world.stop.request(StopReason.TERMINATED)

    finished = await run_and(world, interrupt)
    assert world.executor.cancelled == ["g/slow", "teardown/stop-stack"]
    assert "teardown/clean" not in world.ran
    assert finished.exit_code == 143


async def test_a_step_that_was_chosen_before_the_stop_does_not_start_after_it() -> None:
    """Its old service takes a while to end; what the stop ends are running attempts, and this one is none yet."""
    plan = cycle(gate("g", step("g/up", keep="stack"), step("g/again", keep="stack"), "next"))
    world = World(plan)

    async def interrupted_here() -> None:
        world.stop.request(StopReason.INTERRUPTED)
        await anyio.wait_all_tasks_blocked()

    world.executor.on_end_service = interrupted_here
    finished = await world.run()
    assert world.ran == ["g/up"]
    assert {each.step: each.verdict for each in finished.steps}["again"] == "cancelled"
    assert [each.attempt for each in world.told(StepFinished) if each.step == "again"] == [0]
    assert finished.exit_code == 130


async def test_stopped_before_it_began_nothing_runs() -> None:
    world = World(cycle(gate("g", "a")))
    world.stop.request(StopReason.HUNG_UP)
    finished = await world.run()
    assert world.ran == []
    assert (finished.verdict, finished.exit_code) == ("aborted", 129)


async def test_a_stop_ends_the_wait_for_infrastructure() -> None:
    """Nobody waits half a minute for a backoff that is not wanted any more."""
    stopper = StopsAtRetry()
    world = World(cycle(gate("g", "a"), until_green=UntilGreen(rounds=5)), stopper)
    stopper.stop = world.stop
    world.script(g__a=NotStarted("no-resources", "fork"))
    finished = await world.run()
    assert [retry.delay_s for retry in world.told(RetryScheduled)] == [1.0]
    assert world.ran == ["g/a"]
    assert finished.exit_code == 130


class StopsAtRetry:
    """A person who presses Ctrl-C when a retry is announced."""

    stop: Stop

    def receive(self, entry: object) -> None:
        if isinstance(getattr(entry, "event", None), RetryScheduled):
            self.stop.request(StopReason.INTERRUPTED)


async def test_out_of_time_does_not_end_the_teardown_too() -> None:
    """The request came for the rounds; the teardown that follows has time of its own."""
    plan = cycle(gate("g", "a", "b"), until_green=UntilGreen(within_s=10.0), teardown=TEARDOWN)
    world = World(plan)

    async def last_a_while(_: StepOrder) -> Exited:
        await anyio.wait_all_tasks_blocked()
        return Exited(0)

    world.script(g__a=world.taking(11.0), **{"teardown__stop-stack": last_a_while})
    finished = await world.run()
    assert world.executor.cancelled == []
    assert world.ran == ["g/a", "teardown/stop-stack", "teardown/clean"]
    assert finished.exit_code == 124


async def test_a_run_that_is_cancelled_from_outside_still_ends_its_services() -> None:
    plan = cycle(gate("stack", step("stack/up", keep="stack")), gate("g", "slow"), teardown=TEARDOWN)
    world = World(plan)
    world.script(g__slow=world.hang)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(world.run)
        await world.began["g/slow"].wait()
        tasks.cancel_scope.cancel()
    assert world.executor.cancelled == ["g/slow"]
    assert world.ran[-2:] == ["teardown/stop-stack", "teardown/clean"]
    assert world.executor.ended == ["stack"]


async def test_a_stop_only_grows() -> None:
    """A weaker reason replaces no stronger one, and nothing takes `now` back."""
    stop = Stop()
    assert not stop.requested
    stop.request(StopReason.OUT_OF_TIME)
    stop.request(StopReason.INTERRUPTED)
    assert (stop.reason, stop.now) == (StopReason.INTERRUPTED, False)
    stop.request(StopReason.HUNG_UP)
    assert (stop.reason, stop.now) == (StopReason.INTERRUPTED, True)
    stop.request(StopReason.OUT_OF_TIME)
    assert (stop.reason, stop.now) == (StopReason.INTERRUPTED, True)


async def test_every_attempt_that_was_announced_is_concluded() -> None:
    """Also those that a stop ended, side by side."""
    world = World(cycle(*(gate(name, "slow", "next") for name in "abc")))
    world.script(a__slow=world.hang, b__slow=world.hang, c__slow=world.hang)

    async def interrupt() -> None:
        for name in "abc":
            await world.began[f"{name}/slow"].wait()
        world.stop.request(StopReason.TERMINATED)

    await run_and(world, interrupt, jobs=3)
    began = {(each.gate, each.step, each.attempt) for each in world.told(StepStarted)}
    assert began == {(each.gate, each.step, each.attempt) for each in world.told(StepFinished)}
    assert len(began) == 3
