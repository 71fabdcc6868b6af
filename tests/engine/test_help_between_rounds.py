"""What is done between rounds, and what comes of it: mitigations, the fixer, proofs, the breaker, what is reused."""

from __future__ import annotations

from typing import Literal

import pytest

from gatekeeper.engine.helpers import Helpers
from gatekeeper.model.events import RoundStarted, RunStarted, StepFinished
from gatekeeper.model.help_events import (
    BreakerOpened,
    FixerFinished,
    FixerStarted,
    FixProved,
    MitigationFinished,
    MitigationStarted,
    TreeChanged,
)
from gatekeeper.model.outcome import Attempt, Exited, NotStarted, Outcome, StepOrder
from gatekeeper.model.plan import FixerSpec, Plan, Shell, StepId, UntilGreen
from gatekeeper.model.stopping import StopReason
from gatekeeper.model.tree import Tree
from gatekeeper.policy.round_machine import Reason
from gatekeeper.policy.run_verdict import Why
from gatekeeper.policy.switches import Switch

from .cycles import cycle, gate, step
from .helped import Fixes, Keeps, Knows, Proves, SameInputs
from .world import World

pytestmark = pytest.mark.anyio
MITIGATES = UntilGreen(rounds=4, mitigate=("port_in_use",))
FIXED = UntilGreen(rounds=6, fixer=FixerSpec(Shell("fix"), calls=3))


def one_step(policy: UntilGreen) -> Plan:
    return cycle(gate("g", "a"), until_green=policy)


def fails_until_right(world: World) -> World:
    """Its only step passes when the file `src` is right."""

    async def look(_order: StepOrder) -> Outcome | Attempt:
        return Exited(0 if world.trees.files.get("src") == "right" else 1)

    return world.script(g__a=look)


def helped(world: World, fixer: Fixes, prover: Proves | None = None) -> World:
    world.helpers = Helpers(snapshots=Keeps(), fixer=fixer, prover=prover or Proves())
    return world


def reasons(world: World) -> list[str]:
    return [started.reason for started in world.told(RoundStarted)]


async def test_a_mitigation_of_a_step_that_cannot_be_filled_in_any_more() -> None:
    """What it refers to went, as a captured value does with the process that had it: told, and no crash."""
    plan = cycle(gate("g", step("g/a", script="check ${env:TOKEN}")), until_green=MITIGATES)
    world = World(plan)
    world.environ["TOKEN"] = "t"

    async def fails(_order: StepOrder) -> Outcome | Attempt:
        world.environ.clear()
        return Exited(1)

    world.script(g__a=fails)
    world.helpers = Helpers(recogniser=Knows())
    assert (await world.run()).verdict == "red"
    (told,) = world.told(MitigationFinished)
    assert told.exit_code is None
    assert "TOKEN" in told.problem


async def test_a_mitigation_runs_and_the_step_passes() -> None:
    """Its cause was known and mended, so nothing is flaky; but green alone would say that nothing was done."""
    world = World(one_step(MITIGATES)).script(g__a=[Exited(1), Exited(0), Exited(0)])
    world.helpers = Helpers(recogniser=Knows())
    finished = await world.run()
    assert (finished.verdict, finished.exit_code) == ("green-after-fix", 0)
    assert reasons(world) == [Reason.FIRST, Reason.MITIGATED]
    (order,) = [order for order in world.executor.orders if order.purpose == "mitigation"]
    assert order.step.work == Shell("free it")
    assert (order.timeout_s, order.output_name) == (60.0, "g.a.1.mitigation.log")
    assert world.told(MitigationFinished) == [MitigationFinished("port_in_use", 0, 1.0)]


async def test_a_mitigation_that_does_not_help_is_not_made_again() -> None:
    """Once for each pattern and tree; a failure whose cause is known is not run again for luck."""
    world = World(one_step(MITIGATES)).script(g__a=[Exited(1), Exited(0), Exited(1)])
    world.helpers = Helpers(recogniser=Knows())
    finished = await world.run()
    assert finished.verdict == "red"
    assert len(world.told(MitigationStarted)) == 1
    assert reasons(world) == [Reason.FIRST, Reason.MITIGATED]


async def test_a_mitigation_that_fails_buys_no_round() -> None:
    world = World(one_step(MITIGATES)).script(g__a=[Exited(1), Exited(3)])
    world.helpers = Helpers(recogniser=Knows())
    assert (await world.run()).verdict == "red"
    assert world.told(MitigationFinished)[0].exit_code == 3
    assert reasons(world) == [Reason.FIRST]


@pytest.mark.parametrize(
    ("policy", "switches"),
    [(UntilGreen(rounds=4), ()), (MITIGATES, (Switch.NO_MITIGATE,)), (MITIGATES._replace(rounds=1), ())],
    ids=["not allowed", "switched off", "no round left"],
)
async def test_no_mitigation_without_leave(policy: UntilGreen, switches: tuple[str, ...]) -> None:
    world = World(one_step(policy)).script(g__a=Exited(1))
    world.switches = switches
    world.helpers = Helpers(recogniser=Knows())
    assert (await world.run()).verdict == "red"
    assert world.told(MitigationStarted) == []


async def test_the_fixer_mends_it_and_that_is_proven() -> None:
    """What was red fails once more on the tree before, after everything has ended; then it is green after fix."""
    world = fails_until_right(World(one_step(FIXED)))
    prover = Proves()
    finished = await helped(world, Fixes(world, {"src": "right"}), prover).run()
    assert (finished.verdict, finished.reason) == ("green-after-fix", Why.ALL_PASSED)
    assert reasons(world) == [Reason.FIRST, Reason.TREE_CHANGED]
    assert [event.by for event in world.told(TreeChanged)] == ["fixer"]
    (due,) = prover.asked
    first = world.told(RunStarted)[0]
    assert (due.step, due.tree, due.snapshot) == (StepId("g", "a"), first.tree, (("backend", f"{1:040}"),))


@pytest.mark.parametrize(
    ("outcome", "verdict", "code", "why"),
    [("passed", "flaky", 4, Why.FLAKY), ("unclear", "inconclusive", 3, Why.NOT_PROVEN)],
)
async def test_a_fix_that_proves_nothing(outcome: str, verdict: str, code: int, why: Why) -> None:
    """It passes on the tree before, too: the edit laundered a flake; or nobody can tell: then nobody says green."""
    world = fails_until_right(World(one_step(FIXED)))
    prover = Proves("passed" if outcome == "passed" else "unclear")
    finished = await helped(world, Fixes(world, {"src": "right"}), prover).run()
    assert (finished.verdict, finished.exit_code, finished.reason) == (verdict, code, why)


@pytest.mark.parametrize(("prove_fix", "proofs"), [("fixer", 0), ("never", 0), ("always", 1)])
async def test_what_is_mended_by_no_fixer_is_proven_where_the_cycle_says_always(
    prove_fix: Literal["fixer", "never", "always"], proofs: int
) -> None:
    world = World(one_step(MITIGATES._replace(prove_fix=prove_fix)))
    prover = Proves()
    world.helpers = Helpers(recogniser=Knows(), snapshots=Keeps(), prover=prover)

    async def look(order: StepOrder) -> Outcome | Attempt:
        if order.purpose == "mitigation":
            world.trees.files["src"] = "right"
            return Exited(0)
        return Exited(0 if world.trees.files else 1)

    assert (await world.script(g__a=look).run()).verdict == "green-after-fix"
    assert len(prover.asked) == len(world.told(FixProved)) == proofs
    assert [event.by for event in world.told(TreeChanged)] == ["mitigation"]


async def test_a_fixer_that_changes_nothing_twice_is_not_called_again() -> None:
    world = fails_until_right(World(one_step(FIXED)))
    finished = await helped(world, Fixes(world)).run()
    assert (finished.verdict, finished.rounds) == ("red", 1)
    assert len(world.told(FixerStarted)) == 2
    (breaker,) = world.told(BreakerOpened)
    assert breaker.kind == "no-progress"
    assert breaker.message == "the fixer changed nothing in 2 calls in a row: g/a"


async def test_a_fixer_that_goes_in_circles_is_stopped_on_the_second_identical_round() -> None:
    world = fails_until_right(World(one_step(FIXED)))
    world.trees.files["src"] = "one"
    finished = await helped(world, Fixes(world, {"src": "two"}, {"src": "one"}, {"src": "two"})).run()
    assert (finished.verdict, finished.rounds) == ("red", 3)
    assert len(world.told(FixerStarted)) == 2
    (breaker,) = world.told(BreakerOpened)
    assert breaker.tree == world.told(RunStarted)[0].tree
    assert "the same failure met the same tree again" in breaker.message


async def test_the_fixer_is_called_as_often_as_the_cycle_says() -> None:
    """It changed something each time, and nothing helped; then the failure is run once more, to tell flaky from red."""
    world = fails_until_right(World(one_step(FIXED._replace(rounds=9))))
    finished = await helped(world, Fixes(world, *({"src": f"wrong {n}"} for n in range(9)))).run()
    assert finished.verdict == "red"
    assert [event.call for event in world.told(FixerFinished)] == [1, 2, 3]
    assert reasons(world) == [Reason.FIRST, *[Reason.TREE_CHANGED] * 3, Reason.RETRY_UNCHANGED]


async def test_the_fixer_is_not_called_for_a_round_that_may_not_follow() -> None:
    world = fails_until_right(World(one_step(FIXED._replace(rounds=1))))
    assert (await helped(world, Fixes(world, {"src": "right"})).run()).verdict == "red"
    assert world.told(FixerStarted) == []


async def test_a_fixer_that_goes_beyond_its_scope_keeps_the_run_red() -> None:
    """Also when all steps pass; it is called again, to take that back, as long as it may be."""
    world = fails_until_right(World(one_step(FIXED)))
    fixer = Fixes(world, {"src": "right"}, violating=("backend: tests/contract.py",))
    finished = await helped(world, fixer).run()
    assert (finished.verdict, finished.reason) == ("red", Why.BEYOND)
    assert [event.call for event in world.told(FixerFinished)] == [1, 2, 3]
    assert (
        world.told(BreakerOpened)[0].message
        == "the fixer changed nothing in 2 calls in a row: backend: tests/contract.py"
    )


async def test_no_fixer_by_switch_is_no_fixer() -> None:
    world = fails_until_right(World(one_step(FIXED)))
    world.switches = (Switch.NO_FIXER,)
    assert (await helped(world, Fixes(world, {"src": "right"})).run()).verdict == "red"
    assert world.told(FixerStarted) == []
    assert reasons(world) == [Reason.FIRST, Reason.RETRY_UNCHANGED], "as without one"


async def test_nothing_is_retried_where_retries_are_switched_off() -> None:
    for outcome, verdict in ((Exited(1), "red"), (NotStarted("no-resources", "fork"), "inconclusive")):
        world = World(one_step(UntilGreen(rounds=4))).script(g__a=[outcome, Exited(0)])
        world.switches = (Switch.NO_RETRY,)
        assert (await world.run()).verdict == verdict
        assert reasons(world) == [Reason.FIRST]


async def test_a_stop_while_the_fixer_works() -> None:
    world = fails_until_right(World(one_step(FIXED)))
    fixer = Fixes(world, {"src": "right"})
    fixer.during = lambda: world.stop.request(StopReason.INTERRUPTED)
    finished = await helped(world, fixer).run()
    assert (finished.verdict, finished.exit_code, finished.rounds) == ("aborted", 130, 1)


async def test_its_time_is_over_after_the_fixer() -> None:
    world = fails_until_right(World(one_step(FIXED._replace(within_s=100.0))))
    fixer = Fixes(world, {"src": "wrong still"})
    fixer.during = lambda: setattr(world.clock, "seconds", world.clock.seconds + 200.0)
    finished = await helped(world, fixer).run()
    assert (finished.verdict, finished.exit_code, finished.rounds) == ("aborted", 124, 1)


async def test_what_passed_on_the_same_inputs_is_reused() -> None:
    """And nothing that needs what was run anew, whatever its own inputs are."""
    plan = cycle(
        gate(
            "g",
            "a",
            step("g/apart")._replace(inputs=("docs/**",)),
            step("g/other")._replace(inputs=("src/**",)),
            step("g/after", "g/a")._replace(inputs=("docs/**",)),
        ),
        until_green=FIXED,
    )
    world = fails_until_right(World(plan))
    helped(world, Fixes(world, {"src": "right"}))
    same = SameInputs({StepId("g", "apart"): "sha256:d", StepId("g", "after"): "sha256:d"})
    world.helpers = world.helpers._replace(inputs=same)
    finished = await world.run()
    assert finished.verdict == "green-after-fix"
    reused = [(event.step, event.attempt, event.inputs) for event in world.told(StepFinished) if event.reused]
    assert reused == [("apart", 0, "sha256:d")]
    assert world.ran == ["g/a", "g/apart", "g/other", "g/a", "g/after", "g/other"]


async def test_it_cannot_be_read_what_the_fixer_left() -> None:
    """A tree that cannot be read is no tree to be green on."""
    world = fails_until_right(World(one_step(FIXED)))
    fixer = Fixes(world, {"src": "right"})
    fixer.during = lambda: setattr(world.trees, "readable", False)
    finished = await helped(world, fixer).run()
    assert finished.verdict in {"inconclusive", "red"}
    assert isinstance(await world.trees.read(), Tree)
