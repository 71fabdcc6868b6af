"""A run whose process dies after any of its events goes on in its own journal, and ends as it would have ended."""

from __future__ import annotations

from collections.abc import Callable

import anyio
import pytest

from gatekeeper.engine.helpers import Helpers
from gatekeeper.engine.stream import EventStream
from gatekeeper.model.errors import JournalError
from gatekeeper.model.events import RoundStarted, RunFinished, StepStarted
from gatekeeper.model.help_events import FixerStarted, MitigationStarted, RunResumed
from gatekeeper.model.outcome import Attempt, Exited, Outcome, StepOrder
from gatekeeper.model.plan import Conditions, FixerSpec, Plan, Shell, UntilGreen
from gatekeeper.policy.replay import replay

from .cycles import cycle, gate, step
from .helped import Fixes, Keeps, Knows, Proves
from .world import World

pytestmark = pytest.mark.anyio


def mended(world: World) -> World:
    """A step that fails until the file is right, beside two that always pass."""

    async def looks(_order: StepOrder) -> Outcome | Attempt:
        return Exited(0 if world.trees.files.get("src") == "right" else 1)

    world.helpers = Helpers(
        snapshots=Keeps(), prover=Proves(), fixer=Fixes(world, {"other": "right"}, {"src": "right"})
    )
    return world.script(g__looks=looks)


def mitigated(world: World) -> World:
    """A step that fails until the mitigation of what is known of it has run."""

    async def looks(order: StepOrder) -> Outcome | Attempt:
        if order.purpose == "mitigation":
            world.eased = True
            return Exited(0)
        return Exited(0 if world.eased else 1)

    world.helpers = Helpers(recogniser=Knows())
    return world.script(g__looks=looks)


def red(world: World) -> World:
    """A step that always fails."""
    return world.script(g__looks=Exited(1))


def green(world: World) -> World:
    """Nothing fails."""
    return world


FIXER = UntilGreen(rounds=6, fixer=FixerSpec(Shell("fix"), calls=3))
STORIES: dict[str, tuple[Callable[[World], World], UntilGreen, str]] = {
    "green": (green, UntilGreen(), "green"),
    "red": (red, UntilGreen(), "red"),
    "mended by the fixer": (mended, FIXER, "green-after-fix"),
    "mitigated": (mitigated, UntilGreen(mitigate=("port_in_use",)), "green-after-fix"),
}


def plan_of(policy: UntilGreen) -> Plan:
    return cycle(
        gate("g", step("g/before"), step("g/looks", "g/before"), step("g/after", "g/before")), until_green=policy
    )


async def run_and_die(world: World, survives: int) -> RunFinished | None:
    """Run until so many events are written, and no more can be; None where it died."""
    left = [survives]

    def dies(_event: object) -> bool:
        left[0] -= 1
        return left[0] < 0

    world.journal.fails_at = dies
    try:
        return await world.run()
    except JournalError:
        return None


def revived(world: World) -> World:
    """The same surroundings in a new process."""
    world.journal.broken = False
    world.journal.fails_at = lambda _event: False
    world.stream = EventStream(world.journal, ())
    world.former = tuple(entry.event for entry in world.journal.entries)
    return world


@pytest.mark.parametrize("story", STORIES)
async def test_it_dies_after_any_event_and_ends_alike(story: str) -> None:
    """Whatever was written last, the verdict is the same, no attempt counts twice, and the journal holds together."""
    tell, policy, verdict = STORIES[story]
    whole = tell(World(plan_of(policy)))
    uncut = await whole.run()
    assert uncut.verdict == verdict
    for survives in range(1, len(whole.journal.entries)):
        world = tell(World(plan_of(policy)))
        assert await run_and_die(world, survives) is None
        ended = await revived(world).run()
        assert ended.verdict == verdict, f"died after {survives}: {world.journal.entries[survives - 1].event}"
        assert [each.verdict for each in ended.steps] == [each.verdict for each in uncut.steps]
        begun = [
            (event.gate, event.step, event.attempt)
            for entry in world.journal.entries
            if isinstance(event := entry.event, StepStarted)
        ]
        assert len(begun) == len(set(begun))
        calls = [entry.event.call for entry in world.journal.entries if isinstance(entry.event, FixerStarted)]
        assert calls == list(range(1, len(calls) + 1))
        mitigations = [entry.event for entry in world.journal.entries if isinstance(entry.event, MitigationStarted)]
        assert len(mitigations) <= 2, "one that was cut off is run once more"
        assert replay(world.plan, world.numbered()).problems == ()


async def test_it_dies_twice() -> None:
    """A round that was taken up again can be taken up again."""
    world = World(plan_of(UntilGreen()))
    assert await run_and_die(world, 4) is None
    world = revived(world)
    assert await run_and_die(world, 2) is None
    assert (await revived(world).run()).verdict == "green"
    assert sum(isinstance(entry.event, RunResumed) for entry in world.journal.entries) == 2
    rounds = {entry.event.round for entry in world.journal.entries if isinstance(entry.event, RoundStarted)}
    assert rounds == {1}, "it is the same round that goes on"


async def test_the_tree_changed_while_it_was_dead() -> None:
    """What passed before on another tree is run again."""
    world = World(plan_of(UntilGreen()))
    assert await run_and_die(world, 5) is None
    world.trees.files["src"] = "other"
    assert (await revived(world).run()).verdict == "green-after-fix"
    await anyio.lowlevel.checkpoint()
    attempts = [order.attempt for order in world.executor.orders if order.step.name == "before"]
    assert attempts == [1, 2]


async def test_a_step_that_applied_before_it_died_applies_afterwards() -> None:
    """It was blocked and never ran; meanwhile somebody went where its condition does not hold."""
    last = step("g/last", "g/first", condition=Conditions(branch=("work",)))
    world = World(cycle(gate("g", "first", last), until_green=UntilGreen(rounds=4)))
    world.script(g__first=[Exited(1), Exited(0), Exited(0)], g__last=Exited(1))
    assert await run_and_die(world, 5) is None
    world.trees.files["src"] = "mended"
    world.why_skipped = lambda each, _: "another branch" if each.condition else None
    finished = await revived(world).run()
    assert finished.verdict == "red"
    assert "g/last" in world.ran
