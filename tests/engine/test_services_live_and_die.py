"""What a step keeps running: it lives to the end of the run, is replaced by its step, and missed when it dies."""

from __future__ import annotations

import pytest

from gatekeeper.model.events import IncidentHappened, StepFinished, StepStarted
from gatekeeper.model.incident import IncidentKind
from gatekeeper.model.outcome import Attempt, Exited, Output, StepOrder
from gatekeeper.model.plan import UntilGreen
from gatekeeper.model.service_events import ServiceEnded, ServiceStarted

from .cycles import cycle, gate, step
from .world import World

pytestmark = pytest.mark.anyio
STACK = gate("stack", step("stack/up", keep="stack"))


async def test_services_end_with_the_run_newest_first_and_after_the_teardown() -> None:
    plan = cycle(
        STACK, gate("proxy", step("proxy/up", keep="proxy")), gate("g", "a"), teardown=(step("teardown/stop"),)
    )
    world = World(plan)
    seen_alive: list[set[str]] = []

    async def look(_: StepOrder) -> Exited:
        seen_alive.append(set(world.executor.alive))
        return Exited(0)

    world.script(g__a=look, teardown__stop=look)
    await world.run()
    assert seen_alive == [{"stack", "proxy"}, {"stack", "proxy"}]
    assert world.executor.ended == ["proxy", "stack"]
    assert world.executor.alive == set()
    assert [(each.service, each.how) for each in world.told(ServiceEnded)] == [("proxy", "ended"), ("stack", "ended")]


async def test_a_service_that_dies_is_told_with_what_ran_since_and_its_step_runs_again() -> None:
    world = World(cycle(STACK, gate("smoke", "a", "b", needs=("stack",))))

    async def crash(_: StepOrder) -> Exited:
        world.executor.died.append("stack")
        return Exited(1)

    world.script(smoke__b=[crash, Exited(0)])
    finished = await world.run()
    (incident,) = (each for each in world.told(IncidentHappened) if each.kind is IncidentKind.SERVICE_DIED)
    assert (incident.gate, incident.step) == ("stack", "up")
    assert "since then ran: smoke/a, smoke/b" in incident.message
    assert world.told(ServiceEnded)[0] == ServiceEnded("stack", "died")
    assert world.ran == ["stack/up", "smoke/a", "smoke/b", "stack/up", "smoke/a", "smoke/b"]
    assert finished.verdict == "flaky"


async def test_what_needs_a_dead_service_is_blocked_and_its_step_is_the_culprit() -> None:
    """Nobody who asks a service that is gone is to blame for the answer."""
    world = World(cycle(STACK, gate("smoke", "a", "b", needs=("stack",)), until_green=UntilGreen(rounds=1)))

    async def crash(_: StepOrder) -> Exited:
        world.executor.died.append("stack")
        return Exited(0)

    world.script(smoke__a=crash)
    finished = await world.run()
    assert world.ran == ["stack/up", "smoke/a"]
    assert {(each.step, each.verdict) for each in finished.steps} == {
        ("up", "failed"),
        ("a", "passed"),
        ("b", "blocked"),
    }
    last = [each for each in world.told(StepFinished) if each.step == "up"][-1]
    assert [finding.kind for finding in last.findings] == ["service-died"]


async def test_a_service_that_went_beyond_a_limit_is_told_of_with_it() -> None:
    """In the same sentence: it did not simply die."""
    world = World(cycle(STACK, gate("smoke", "a", needs=("stack",)), until_green=UntilGreen(rounds=1)))

    async def crash(_: StepOrder) -> Exited:
        world.executor.why = "used 61.0 s of processor time: the limit is 60 s (cgroup)"
        world.executor.died.append("stack")
        return Exited(0)

    world.script(smoke__a=crash)
    await world.run()
    (incident,) = (each for each in world.told(IncidentHappened) if each.kind is IncidentKind.SERVICE_DIED)
    assert f"died before the cycle ended ({world.executor.why}); since then ran" in incident.message


async def test_the_last_lines_of_a_dead_service_are_told_with_it() -> None:
    """In the incident, and with its step, which is not passed any more: also where all that ran since has passed."""
    world = World(cycle(STACK, gate("smoke", "a", needs=("stack",)), until_green=UntilGreen(rounds=1)))

    async def crash(_: StepOrder) -> Exited:
        world.executor.last_lines = ("listening", "Killed")
        world.executor.died.append("stack")
        return Exited(0)

    world.script(smoke__a=crash)
    await world.run()
    (incident,) = (each for each in world.told(IncidentHappened) if each.kind is IncidentKind.SERVICE_DIED)
    assert incident.message.endswith('since then ran: smoke/a; its last lines: "listening", "Killed"')
    last = [each for each in world.told(StepFinished) if each.step == "up"][-1]
    assert (last.verdict, last.last_lines) == ("failed", ("listening", "Killed"))
    assert [each.last_lines for each in world.told(StepFinished) if each.step == "a"] == [()]


@pytest.mark.parametrize(("again", "verdict"), [(True, "red"), (False, "flaky")])
async def test_a_service_that_dies_when_all_has_passed_is_not_green(again: bool, verdict: str) -> None:
    world = World(cycle(STACK, gate("smoke", "a", needs=("stack",))))

    async def crash(_: StepOrder) -> Exited:
        world.executor.died.append("stack")
        return Exited(0)

    world.script(smoke__a=[crash, crash if again else Exited(0)])
    assert (await world.run()).verdict == verdict


async def test_before_its_step_runs_again_a_service_is_ended() -> None:
    """Two of them would fight for the port."""
    world = World(cycle(gate("stack", step("stack/up", keep="stack"), "ping")))
    world.script(stack__ping=[world.changing("src.py", "fixed", Exited(1)), Exited(0)])
    ended_before: list[list[str]] = []

    async def come_up(_: StepOrder) -> Exited:
        ended_before.append(list(world.executor.ended))
        return Exited(0)

    world.script(stack__up=come_up)
    await world.run()
    assert ended_before == [[], ["stack"]]
    assert [each.how for each in world.told(ServiceEnded)] == ["replaced", "ended"]
    assert len(world.told(ServiceStarted)) == 2
    order = [type(entry.event) for entry in world.journal.entries]
    assert order.index(ServiceEnded) < len(order) - 1 - order[::-1].index(StepStarted)


async def test_a_step_that_failed_keeps_nothing() -> None:
    world = World(cycle(STACK)).script(stack__up=Exited(1))
    await world.run()
    assert world.told(ServiceStarted) == []
    assert world.executor.ended == []


async def test_a_service_that_nobody_knows_is_nobodys_incident() -> None:
    world = World(cycle(gate("g", "a")))
    world.executor.died.append("ghost")
    finished = await world.run()
    assert finished.incidents == ()


async def test_what_a_service_wrote_is_named_when_it_is_gone() -> None:
    """With its digest; and an output that could not be masked is an incident of the step that brought it up."""
    world = World(cycle(STACK))
    world.executor.output = Output("output/stack.up.1.service.log", 3, "sha256:ab")
    world.executor.lost = "the output of service stack could not be masked and still holds what it wrote"
    await world.run()
    (ended,) = world.told(ServiceEnded)
    assert ended == ServiceEnded("stack", "ended", "output/stack.up.1.service.log", "sha256:ab")
    assert IncidentHappened(IncidentKind.INTERNAL, world.executor.lost, "stack", "up") in world.told(IncidentHappened)


async def test_a_step_whose_service_died_is_judged_with_its_command_and_output() -> None:
    """What the service wrote is the evidence of that; where it is not there, what the step wrote is."""
    world = World(cycle(STACK, gate("smoke", "a", needs=("stack",)), until_green=UntilGreen(rounds=1)))

    async def crash(_: StepOrder) -> Exited:
        world.executor.died.append("stack")
        return Exited(0)

    step_wrote = Output("output/stack.up.1.log", 3, "sha256:ab")
    world.script(stack__up=Attempt(Exited(0), 1.0, output=step_wrote), smoke__a=crash)
    await world.run()
    first, last = (each for each in world.told(StepFinished) if each.step == "up")
    assert (first.command, first.output) == (last.command, last.output)
    assert last.output == step_wrote.path
