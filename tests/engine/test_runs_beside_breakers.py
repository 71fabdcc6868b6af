"""Runs whose dependencies fail: what is asked again, what is not asked, and what has simply failed."""

from __future__ import annotations

import pytest

from gatekeeper.engine.helpers import Helpers
from gatekeeper.model.events import StepFinished, StepStarted
from gatekeeper.model.help_events import BreakerOpened, RetryScheduled
from gatekeeper.model.helping import Recognised
from gatekeeper.model.known import KnownFailure
from gatekeeper.model.outcome import Attempt, Exited, StepOrder
from gatekeeper.model.plan import Gate, Plan, Step, UntilGreen
from gatekeeper.model.verdict import StepResult

from .asking import API, BUSY, GOOD, OURS, asking
from .cycles import cycle, gate
from .world import Behaviour, World


def asking_gates(*names: str, url: str = API) -> Plan:
    gates: list[Gate] = [gate(name, asking(name, url)) for name in names]
    return cycle(*gates, until_green=UntilGreen(rounds=9, retry_infra=1, within_s=100.0))


def almost_over(world: World, attempt: Attempt) -> Behaviour:
    """So little of the run's time is left afterwards that no wait takes any."""

    async def take(_: StepOrder) -> Attempt:
        world.clock.seconds += 99.99
        return attempt

    return take


@pytest.mark.anyio
async def test_who_asks_for_time_is_infrastructure_and_asked_again() -> None:
    """503 with Retry-After, of a host that is none of ours: no stain on the run, and never a wait beyond its end."""
    world = World(asking_gates("a"))
    world.script(a__ask=[almost_over(world, BUSY), GOOD])
    finished = await world.run()
    first, _ = world.told(StepFinished)
    assert first.verdict == "infra"
    assert [each.message for each in first.findings] == [
        "expected 200, received 503; api.example.test:80 is busy, and asked not to be asked again for 7 s"
    ]
    (retry,) = world.told(RetryScheduled)
    assert retry.delay_s <= 0.011
    assert (finished.verdict, finished.exit_code) == ("green", 0)


@pytest.mark.anyio
async def test_our_own_stack_that_asks_for_time_has_failed() -> None:
    world = World(asking_gates("a", url=OURS)).script(a__ask=BUSY)
    finished = await world.run()
    assert {each.verdict for each in world.told(StepFinished)} == {"failed"}
    assert finished.verdict == "red"


class Knowing:
    """Knows every failure as infrastructure, for which one dependency is to blame."""

    def __init__(self, dependency: str) -> None:
        self._known = KnownFailure("connection_refused", "infra", "Nothing listens there.", dependency=dependency)

    async def recognise(self, _step: Step, _result: StepResult) -> Recognised:
        return Recognised(self._known)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("dependency", "verdict"),
    [("packages.example.test:443", "infra"), ("", "infra"), ("127.0.0.1:8000", "failed"), ("[::1]:8000", "failed")],
)
async def test_what_the_cycle_started_itself_and_cannot_be_reached_has_failed(dependency: str, verdict: str) -> None:
    """What a pattern calls infrastructure is none where it names our own stack; it is told of all the same."""
    world = World(cycle(gate("g", "smoke"), until_green=UntilGreen(rounds=1))).script(g__smoke=Exited(1))
    world.helpers = Helpers(recogniser=Knowing(dependency))
    await world.run()
    (told,) = world.told(StepFinished)
    assert (told.verdict, told.pattern) == (verdict, "connection_refused")


@pytest.mark.anyio
@pytest.mark.parametrize("jobs", [1, 2, 5])
async def test_a_run_whose_dependency_is_gone_ends_inconclusive_and_asks_no_more_than_it_must(jobs: int) -> None:
    """What was not asked has no attempt, and a verdict of its own: `infra`."""
    world = World(asking_gates(*"abcde"))
    world.script(a__ask=almost_over(world, BUSY), **{f"{name}__ask": BUSY for name in "bcde"})
    finished = await world.run(jobs=jobs)
    assert (finished.verdict, finished.exit_code) == ("inconclusive", 3)
    assert len(world.told(BreakerOpened)) == 1
    began = world.told(StepStarted)
    refused = [each for each in world.told(StepFinished) if not each.attempt]
    assert 3 <= len(began) <= 2 + jobs
    assert len(began) + len(refused) == 10
    assert {each.findings[0].kind for each in refused} == {"dependency-open"}
    assert {each.verdict for each in world.told(StepFinished)} == {"infra"}


@pytest.mark.anyio
async def test_the_teardown_asks_whoever_is_left_alone() -> None:
    """It cleans up, and that is not left undone because nobody answered before."""
    plan = asking_gates(*"abcd")._replace(teardown=(asking("teardown"),))
    world = World(plan)
    world.script(a__ask=almost_over(world, BUSY), b__ask=BUSY, c__ask=BUSY, d__ask=BUSY, teardown__ask=GOOD)
    await world.run()
    assert world.told(BreakerOpened)
    assert world.ran[-1] == "teardown/ask"


@pytest.mark.anyio
async def test_a_breaker_is_told_of_after_the_failure_that_opened_it() -> None:
    world = World(asking_gates(*"abc"))
    world.script(a__ask=almost_over(world, BUSY), b__ask=BUSY, c__ask=BUSY)
    await world.run()
    events = [entry.event for entry in world.journal.entries]
    opened = next(index for index, event in enumerate(events) if isinstance(event, BreakerOpened))
    before = events[opened - 1]
    assert isinstance(before, StepFinished)
    assert before.gate == "c"
