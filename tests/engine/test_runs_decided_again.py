"""A run's journal is decided again: honest ones hold (every test of the engine sees to that), and told lies do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest

from gatekeeper.model.demands import BaselineSpec, Budget, ReportSpec
from gatekeeper.model.events import Event, RoundFinished, RoundStarted, RunFinished, RunStarted, StepFinished
from gatekeeper.model.outcome import Attempt, Exited
from gatekeeper.model.plan import Tier, UntilGreen
from gatekeeper.model.report import Report, ReportedTest, Totals
from gatekeeper.model.verdict import Finding
from gatekeeper.policy.replay import replay

from .cycles import cycle, gate
from .world import World

pytestmark = pytest.mark.anyio

Lie: TypeAlias = Callable[[Event], Event | None]
RED = (Exited(1), Exited(1))


def red_world() -> World:
    """Fails twice in `suite/unit`; the advisory gate passes."""
    plan = cycle(gate("stack", "up"), gate("suite", "unit", "slow"), gate("docs", "links", tier=Tier.ADVISORY))
    return World(plan._replace(until_green=UntilGreen(rounds=3))).script(suite__unit=[Exited(1), Exited(1)])


def turned_green(event: Event) -> Event | None:
    match event:
        case RunFinished():
            return event._replace(verdict="green", exit_code=0, reason="every required step passed on one tree")
        case _:
            return event


def with_a_passed_step(event: Event) -> Event | None:
    match event:
        case StepFinished(step="unit", attempt=2):
            return event._replace(verdict="passed")
        case _:
            return event


def with_a_clean_pass_and_all_that_follows(event: Event) -> Event | None:
    """Consistent in itself, but for what only the rules know: it failed before on the same tree."""
    match event:
        case StepFinished(step="unit", attempt=2):
            return event._replace(verdict="passed", findings=(), exit_code=0)
        case RoundFinished(round=2):
            return event._replace(failed=(), signature="")
        case RunFinished():
            steps = tuple(each._replace(verdict="passed") for each in event.steps)
            reason = "every required step passed on one tree"
            return event._replace(verdict="green", exit_code=0, reason=reason, steps=steps)
        case _:
            return event


LIES: dict[str, Lie] = {
    "the run is called green": turned_green,
    "a failed attempt is called passed": with_a_passed_step,
    "flaky is called green": with_a_clean_pass_and_all_that_follows,
    "the exit code is 0": lambda e: e._replace(exit_code=0) if isinstance(e, RunFinished) else e,
    "a step counts for less": lambda e: e._replace(tier="advisory") if isinstance(e, StepFinished) else e,
    "a result is left out": lambda e: None if isinstance(e, StepFinished) and e.step == "slow" else e,
    "a round is left out": lambda e: None if isinstance(e, RoundStarted | RoundFinished) and e.round == 2 else e,
    "the run was about less": lambda e: e._replace(steps=e.steps[:1]) if isinstance(e, RunStarted) else e,
    "the run was about a part": lambda e: (
        e._replace(steps=e.steps[:1], selection="stack") if isinstance(e, RunStarted) else e
    ),
    "a round was for another reason": lambda e: (
        e._replace(reason="again, because we liked to") if isinstance(e, RoundStarted) and e.round == 2 else e
    ),
    "a failure has no reason": lambda e: e._replace(findings=()) if isinstance(e, StepFinished) else e,
    "a failure has another reason": lambda e: (
        e._replace(findings=(Finding("exit-code", "it rained"),))
        if isinstance(e, StepFinished) and e.verdict == "failed"
        else e
    ),
    "fewer steps failed": lambda e: e._replace(failed=()) if isinstance(e, RoundFinished) else e,
    "it ran on one tree": lambda e: e._replace(tree="sha256:1") if isinstance(e, RoundFinished) else e,
    "there were fewer rounds": lambda e: e._replace(rounds=1) if isinstance(e, RunFinished) else e,
    "there were incidents": lambda e: e._replace(incidents=(("hang", 1),)) if isinstance(e, RunFinished) else e,
    "it took fewer attempts": lambda e: (
        e._replace(steps=tuple(each._replace(attempts=1) for each in e.steps)) if isinstance(e, RunFinished) else e
    ),
    "it was interrupted, at its own wish": lambda e: (
        e._replace(verdict="aborted", exit_code=0, reason="as planned") if isinstance(e, RunFinished) else e
    ),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=list(LIES))
async def test_a_lie_does_not_follow_from_the_rest(lie: Lie) -> None:
    """Each with a chain that holds, as somebody would write it who knows how to count digests."""
    world = red_world()
    assert (await world.run()).verdict == "red"
    told = [(line, changed) for line, event in world.numbered() if (changed := lie(event)) is not None]
    assert replay(world.plan, told).problems


async def test_a_second_end_is_told() -> None:
    world = red_world()
    await world.run()
    events = world.numbered()
    line, end = events[-1]
    assert isinstance(end, RunFinished)
    found = replay(world.plan, [*events, (line + 1, end._replace(verdict="green", exit_code=0))])
    assert [(problem.line, problem.message) for problem in found.problems] == [(line + 1, "the run ends a second time")]


async def test_what_has_not_ended_has_no_verdict() -> None:
    """A run that is still going on contradicts nothing so far."""
    world = red_world()
    await world.run()
    events = world.numbered()
    for until in range(len(events)):
        found = replay(world.plan, events[:until])
        assert (found.problems, found.judgement) == ((), None)


async def test_a_test_that_ran_twice_within_the_budget_leaves_the_run_green() -> None:
    """The pass is told of with its reruns, and is none the less one."""
    plan = cycle(gate("suite", "unit"))
    demands = BaselineSpec(compares=False, flaky=Budget(total=1.0))
    reporting = plan.gates[0].steps[0]._replace(report=ReportSpec("junit", ("r.xml",)), baseline=demands)
    plan = plan._replace(gates=(plan.gates[0]._replace(steps=(reporting,)),))
    again = ReportedTest("a::t", "flaky", attempts=2)
    found = Report(Totals(1, 0, 0, 0, 0, flaky=1), (again,), ("reports/0-r.xml",))
    world = World(plan).script(suite__unit=[Attempt(Exited(0), 1.0, report=found)])
    assert (await world.run()).verdict == "green"
    (finished,) = (event for _, event in world.numbered() if isinstance(event, StepFinished))
    assert [finding.kind for finding in finished.findings] == ["test-rerun"]
