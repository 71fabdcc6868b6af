"""Runs from the first round to the verdict, as the tree and the steps would have it."""

from __future__ import annotations

import pytest

from gatekeeper.model.events import IncidentHappened, RoundFinished, RoundStarted, RunFinished, StepFinished
from gatekeeper.model.help_events import RetryScheduled, TreeChanged
from gatekeeper.model.incident import IncidentKind
from gatekeeper.model.outcome import Exited, NotStarted, StepOrder
from gatekeeper.model.plan import Conditions, Step, Tier, UntilGreen
from gatekeeper.model.tree import Tree
from gatekeeper.policy.round_machine import Reason

from .cycles import cycle, gate, step
from .world import Behaviour, World

pytestmark = pytest.mark.anyio
NO_RESOURCES = NotStarted("no-resources", "fork: try again")


def reasons(world: World) -> list[str]:
    return [started.reason for started in world.told(RoundStarted)]


async def test_a_green_run() -> None:
    """Every step once, in order; the last event holds the sum."""
    world = World(cycle(gate("stack", "up"), gate("suite", "unit", "slow", needs=("stack",))))
    finished = await world.run()
    assert (finished.verdict, finished.exit_code, finished.rounds) == ("green", 0, 1)
    assert world.ran == ["stack/up", "suite/unit", "suite/slow"]
    assert world.journal.entries[-1].event == finished
    assert [(each.step, each.verdict, each.attempts) for each in finished.steps] == [
        ("up", "passed", 1),
        ("unit", "passed", 1),
        ("slow", "passed", 1),
    ]


async def test_flaky_fails_and_then_passes_on_the_same_tree() -> None:
    world = World(cycle(gate("g", "a", "b"))).script(g__b=[Exited(1), Exited(0)])
    finished = await world.run()
    assert (finished.verdict, finished.exit_code) == ("flaky", 4)
    assert reasons(world) == [Reason.FIRST, Reason.RETRY_UNCHANGED]
    assert world.ran == ["g/a", "g/b", "g/b"]


async def test_red_after_its_retry() -> None:
    """A failure is run again once on the same tree, and then it is red; the two failures have one name."""
    world = World(cycle(gate("g", "a"))).script(g__a=Exited(1))
    finished = await world.run()
    assert (finished.verdict, finished.exit_code, finished.rounds) == ("red", 1, 2)
    first, second = world.told(RoundFinished)
    assert first.failed == second.failed == ("g/a",)
    assert first.signature == second.signature != ""


async def test_the_tree_changed_and_the_confirming_pass_makes_it_green_after_fix() -> None:
    """What failed runs first; what had passed on the old tree is confirmed on the new one."""
    plan = cycle(gate("g", "a", "b", "fixing"), until_green=UntilGreen(rounds=5))
    world = World(plan)
    world.script(g__b=[Exited(1), Exited(0)], g__fixing=[world.changing("src.py", "fixed"), Exited(0)])
    finished = await world.run()
    assert (finished.verdict, finished.exit_code) == ("green-after-fix", 0)
    assert reasons(world) == [Reason.FIRST, Reason.TREE_CHANGED, Reason.CONFIRM]
    assert world.ran == ["g/a", "g/b", "g/fixing", "g/b", "g/a", "g/fixing"]


async def test_without_rounds_left_to_confirm_it_is_inconclusive() -> None:
    plan = cycle(gate("g", "a", "b", "fixing"), until_green=UntilGreen(rounds=2))
    world = World(plan)
    world.script(g__b=[Exited(1), Exited(0)], g__fixing=world.changing("src.py", "fixed"))
    finished = await world.run()
    assert (finished.verdict, finished.exit_code, finished.rounds) == ("inconclusive", 3, 2)


async def test_drift_while_a_round_runs_is_told_and_its_passes_do_not_count() -> None:
    """Somebody saved a file meanwhile: nothing of this round ran on the final tree."""
    world = World(cycle(gate("g", "a", "b")))
    world.script(g__a=[world.changing("src.py", "edited"), Exited(0)])
    finished = await world.run()
    (change,) = world.told(TreeChanged)
    (incident,) = world.told(IncidentHappened)
    assert (change.by, change.files) == ("unknown", ("backend: src.py",))
    assert incident.kind is IncidentKind.DRIFT
    assert "g/a, g/b" in incident.message
    assert "src.py" in incident.message
    assert reasons(world) == [Reason.FIRST, Reason.CONFIRM]
    assert world.ran == ["g/a", "g/b", "g/a", "g/b"]
    assert finished.verdict == "green-after-fix"
    assert finished.incidents == (("drift", 1),)


async def test_a_step_may_change_what_it_says_it_changes() -> None:
    world = World(cycle(gate("g", step("g/format", mutates=("*.py",)))))
    world.script(g__format=[world.changing("src.py", "formatted"), Exited(0)])
    finished = await world.run()
    assert [change.by for change in world.told(TreeChanged)] == ["step"]
    assert finished.incidents == ()
    assert finished.verdict == "green-after-fix"


async def test_what_a_skipped_step_might_have_changed_is_drift() -> None:
    """Leave to change files is given to steps that ran."""
    formatting = step("g/format", mutates=("*.py",), condition=Conditions(os=("plan9",)))
    world = World(cycle(gate("g", formatting, "a")))
    world.why_skipped = lambda each, _: "no" if each.condition else None
    world.script(g__a=[world.changing("src.py", "edited"), Exited(0)])
    await world.run()
    assert [change.by for change in world.told(TreeChanged)] == ["unknown"]


async def test_a_tree_that_never_stands_still_uses_up_its_rounds() -> None:
    world = World(cycle(gate("g", "a"), until_green=UntilGreen(rounds=4)))

    async def touch(order: StepOrder) -> Exited:
        world.trees.files["stamp"] = str(order.round)
        return Exited(0)

    world.script(g__a=touch)
    finished = await world.run()
    assert (finished.verdict, finished.rounds) == ("inconclusive", 4)


async def test_a_tree_that_cannot_be_read_is_not_run_again_and_again() -> None:
    world = World(cycle(gate("g", "a")))
    world.trees.readable = False
    finished = await world.run()
    assert (finished.verdict, finished.exit_code, finished.rounds) == ("inconclusive", 3, 1)


async def test_a_blocked_step_is_told_with_what_blocked_it() -> None:
    world = World(cycle(gate("stack", "up"), gate("suite", "unit", needs=("stack",))))
    world.script(stack__up=Exited(1))
    finished = await world.run()
    blocked = [each for each in world.told(StepFinished) if each.verdict == "blocked"]
    assert {(each.gate, each.step, each.attempt) for each in blocked} == {("suite", "unit", 0)}
    assert blocked[0].findings[0].message == "needs the gate stack, where stack/up is failed"
    assert finished.verdict == "red"
    assert "suite/unit" not in world.ran


async def test_steps_that_wait_for_one_another_are_blocked_and_the_run_ends() -> None:
    plan = cycle(gate("a", step("a/x", "b/y")), gate("b", step("b/y", "a/x")), gate("c", "z"))
    world = World(plan)
    finished = await world.run(jobs=2)
    assert world.ran == ["c/z"]
    assert (finished.verdict, finished.exit_code) == ("inconclusive", 3)


async def test_every_required_step_skipped_is_nothing_to_call_green() -> None:
    elsewhere = Conditions(os=("plan9",))
    steps = (step("g/a", condition=elsewhere), step("g/b", condition=elsewhere))
    world = World(cycle(gate("g", *steps), gate("extra", "c", tier=Tier.ADVISORY)))
    world.why_skipped = lambda each, _: "the system is plan9" if each.gate == "g" else None
    finished = await world.run()
    assert (finished.verdict, finished.exit_code) == ("inconclusive", 5)
    assert world.ran == ["extra/c"]


async def test_a_step_that_did_not_apply_is_asked_again_when_the_tree_changed() -> None:
    """The fix touches what the step waits for: green would be said of what nobody ran."""
    api = step("g/contract", condition=Conditions(changed=("api/*",)))
    world = World(cycle(gate("g", "a", api), until_green=UntilGreen(rounds=5)))
    world.why_skipped = changed_under_api
    world.script(g__a=[world.changing("api/x", "fixed", Exited(1)), Exited(0)], g__contract=Exited(1))
    finished = await world.run()
    assert "g/contract" in world.ran
    assert finished.verdict == "red"


async def test_a_red_step_cannot_be_made_to_not_apply() -> None:
    """Committing what changed (or taking it back) does not take the failing step away."""
    api = step("g/contract", condition=Conditions(changed=("api/*",)))
    world = World(cycle(gate("g", api, "z"), until_green=UntilGreen(rounds=5)))
    world.trees.files["api/x"] = "broken"
    world.why_skipped = changed_under_api

    async def commit(_: StepOrder) -> Exited:
        world.trees.files.clear()
        world.trees.files["committed"] = "broken"
        return Exited(0)

    world.script(g__contract=Exited(1), g__z=[commit, Exited(0)])
    finished = await world.run()
    assert finished.verdict == "red"
    assert world.ran.count("g/contract") >= 2


def changed_under_api(each: Step, tree: Tree) -> str | None:
    wanted = each.condition is not None and not any(path.startswith("api/") for _, path, _ in tree.files)
    return "nothing changed under api/*" if wanted else None


async def test_infrastructure_is_asked_again_and_leaves_no_stain() -> None:
    """On the same tree, after a delay that is told; not flaky, not red."""
    world = World(cycle(gate("g", "a"), until_green=UntilGreen(within_s=100.0)))
    # So little time is left that the wait is cut to nothing: it may not reach past the end of the run.
    world.script(g__a=[world.taking(99.99, NO_RESOURCES), Exited(0)])
    finished = await world.run()
    (retry,) = world.told(RetryScheduled)
    assert (retry.gate, retry.step, retry.class_, retry.n) == ("g", "a", "infra", 1)
    assert retry.delay_s <= 0.011
    assert reasons(world) == [Reason.FIRST, Reason.RETRY_INFRA]
    assert (finished.verdict, finished.exit_code) == ("green", 0)


async def test_infrastructure_that_stays_away_is_inconclusive() -> None:
    """As often as the cycle allows, and not once more."""
    world = World(cycle(gate("g", "a"), until_green=UntilGreen(rounds=9, retry_infra=2, within_s=100.0)))
    world.script(g__a=[world.taking(99.99, NO_RESOURCES), NO_RESOURCES])
    finished = await world.run()
    assert (finished.verdict, finished.exit_code, finished.rounds) == ("inconclusive", 3, 3)
    assert [retry.n for retry in world.told(RetryScheduled)] == [1, 2]


async def test_a_person_changes_the_tree_while_infrastructure_is_waited_for() -> None:
    person = ChangesAtRetry()
    world = person.world = World(cycle(gate("g", "a", "b"), until_green=UntilGreen(rounds=5, within_s=100.0)), person)
    world.script(g__a=[world.taking(99.99, NO_RESOURCES), Exited(0)])
    finished = await world.run()
    assert [change.files for change in world.told(TreeChanged)] == [("backend: src.py",)]
    assert world.ran == ["g/a", "g/b", "g/a", "g/b"]
    assert finished.verdict == "green-after-fix"


class ChangesAtRetry:
    """A person who edits a file as soon as a retry is announced."""

    world: World

    def receive(self, entry: object) -> None:
        if isinstance(getattr(entry, "event", None), RetryScheduled):
            self.world.trees.files["src.py"] = "edited"


@pytest.mark.parametrize(
    "behaviours",
    [
        [Exited(0)],
        [Exited(1)],
        [Exited(1), Exited(0), Exited(1)],
        [NotStarted("bad-value", "x")],
        [NotStarted("command-not-found", "x")],
    ],
)
async def test_every_run_is_closed_by_its_last_event(behaviours: list[Behaviour]) -> None:
    """Whatever its steps come to: one `run.finished`, nothing after it, and rounds within their budget."""
    world = World(cycle(gate("g", "a"), until_green=UntilGreen(rounds=3))).script(g__a=behaviours)
    finished = await world.run()
    assert world.told(RunFinished) == [finished]
    assert world.journal.entries[-1].event == finished
    assert len(world.told(RoundStarted)) == len(world.told(RoundFinished)) == finished.rounds <= 3
