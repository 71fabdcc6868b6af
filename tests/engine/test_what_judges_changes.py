"""A run is not green by what was weakened on its way, if the cycle says so; everything else of it is only told."""

from __future__ import annotations

import anyio
import pytest

from gatekeeper.engine.cycle_run import CycleRun
from gatekeeper.engine.run_order import RunOrder
from gatekeeper.engine.tree_watch import TreeWatch
from gatekeeper.model.demands import IntegritySpec
from gatekeeper.model.event_parts import FileDiff
from gatekeeper.model.events import RunFinished, RunStarted
from gatekeeper.model.evidence_events import IntegrityCompared
from gatekeeper.model.help_events import TreeChanged
from gatekeeper.model.integrity import IntegrityChange
from gatekeeper.model.outcome import Exited
from gatekeeper.model.tree import Tree
from gatekeeper.policy.binding import Context
from gatekeeper.policy.run_verdict import Why

from .cycles import cycle, gate, step
from .world import PATIENCE_S, World

pytestmark = pytest.mark.anyio
WEAK = IntegrityChange("tests/test_a.py", "test", "weakening", ("fewer-tests: 1 gone: test_a",), "--- a\n+++ b")
DIFF = FileDiff("app: src/a.py", "@@ -1 +1 @@\n-1\n+2")
FORGED = IntegrityChange("/runs/journal.jsonl", "evidence", "weakening", ("evidence-altered: line 1",))


class Judges:
    """What judges, as a test would have it: every change of the tree weakens, where `weak` is set."""

    def __init__(self, others: str = "fail") -> None:
        self.spec = IntegritySpec("fail", "fail" if others == "fail" else "warn")
        self.weak: tuple[IntegrityChange, ...] = (WEAK,)
        self.aside: tuple[IntegrityChange, ...] = ()
        self.base: IntegrityCompared | None = None
        self.began: list[str] = []
        self.compared = anyio.Event()
        self.compared.set()

    def begin(self, tree: Tree) -> None:
        self.began.append(tree.digest)

    async def changes(self, before: Tree, after: Tree) -> tuple[IntegrityChange, ...]:
        return self.weak if before.digest != after.digest else ()

    async def essence(self, before: Tree, after: Tree) -> tuple[FileDiff, ...]:
        return (DIFF,) if before.digest != after.digest else ()

    async def outside(self) -> tuple[IntegrityChange, ...]:
        return self.aside

    async def beside_base(self, _first: Tree) -> IntegrityCompared | None:
        await self.compared.wait()
        return self.base


async def run(world: World, judges: Judges) -> RunFinished:
    order = RunOrder(
        run="run-1",
        plan=world.plan,
        selected=tuple(step.id for gate in world.plan.gates for step in gate.steps),
        context=Context({}),
        jobs=1,
        log="log.md",
        opening=lambda tree: RunStarted(world.plan.cycle, world.plan.digest, tree.digest, tree.repos, ()),
        why_skipped=world.why_skipped,
        jitter=lambda: 0.0,
    )
    made = CycleRun(
        order,
        executor=world.executor,
        trees=world.trees,
        stream=world.stream,
        clock=world.clock,
        stop=world.stop,
        integrity=judges,
    )
    with anyio.fail_after(PATIENCE_S):
        return await made.run()


def changing() -> World:
    world = World(cycle(gate("g", "a")))
    return world.script(g__a=[world.changing("tests/test_a.py", "weaker"), Exited(0)])


async def test_what_passed_by_weaker_judges_is_red() -> None:
    world = changing()
    finished = await run(world, Judges())
    assert (finished.verdict, finished.exit_code, finished.reason) == ("red", 1, Why.WEAKENED)
    assert [change.integrity for change in world.told(TreeChanged)] == [(WEAK,)]
    assert finished.integrity == (WEAK._replace(diff=""),)


async def test_the_telling_lines_are_kept_save_of_what_a_step_may_change() -> None:
    world = changing()
    await run(world, Judges())
    assert [(change.by, change.diffs) for change in world.told(TreeChanged)] == [("unknown", (DIFF,))]
    world = World(cycle(gate("g", step("g/a", mutates=("tests/*",)))))
    world.script(g__a=[world.changing("tests/test_a.py", "weaker"), Exited(0)])
    await run(world, Judges("warn"))
    assert [(change.by, change.diffs) for change in world.told(TreeChanged)] == [("step", ())]


async def test_a_cycle_that_only_warns_lets_the_verdict_stand() -> None:
    world = changing()
    finished = await run(world, Judges("warn"))
    assert finished.verdict == "green-after-fix"
    assert [change.integrity for change in world.told(TreeChanged)] == [(WEAK,)]


async def test_what_was_put_right_again_is_not_held_against_the_run() -> None:
    world = World(cycle(gate("g", "a")))

    async def back(_order: object) -> Exited:
        world.trees.files.clear()
        return Exited(0)

    world.script(g__a=[world.changing("tests/test_a.py", "weaker"), back, Exited(0)])
    finished = await run(world, Judges())
    assert finished.verdict == "green"
    assert [change.integrity for change in world.told(TreeChanged)] == [(WEAK,), (WEAK,)]


async def test_a_step_that_fails_is_what_is_told_first() -> None:
    world = World(cycle(gate("g", "a")))
    world.script(g__a=[world.changing("tests/test_a.py", "weaker", Exited(1)), Exited(1)])
    assert (await run(world, Judges())).reason == Why.FAILED


async def test_a_branch_that_is_weaker_than_its_base_is_red_without_any_change() -> None:
    judges = Judges()
    judges.base = IntegrityCompared("main@abc", (WEAK,))
    world = World(cycle(gate("g", "a")))
    finished = await run(world, judges)
    assert finished.reason == Why.WEAKENED
    assert world.told(IntegrityCompared) == [judges.base]
    assert judges.began == [finished.tree]


async def test_the_verdict_waits_for_the_comparison() -> None:
    judges = Judges()
    judges.base, judges.compared = IntegrityCompared("main@abc", (WEAK,)), anyio.Event()
    world = World(cycle(gate("g", "a")))

    async def compare_at_last(entry: object) -> None:
        while "g/a" not in world.ran:
            await anyio.lowlevel.checkpoint()
        judges.compared.set()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(compare_at_last, None)
        assert (await run(world, judges)).verdict == "red"


async def test_nobody_who_stops_a_run_waits_for_the_comparison() -> None:
    judges = Judges()
    judges.compared = anyio.Event()
    world = World(cycle(gate("g", "a")))

    async def interrupt(_order: object) -> Exited:
        from gatekeeper.model.stopping import StopReason

        world.stop.request(StopReason.INTERRUPTED)
        return Exited(0)

    world.script(g__a=interrupt)
    assert (await run(world, judges)).verdict == "aborted"


async def test_forged_evidence_is_told_and_red_whatever_the_cycle_says() -> None:
    judges = Judges("warn")
    judges.aside = (FORGED,)
    world = World(cycle(gate("g", "a")))
    finished = await run(world, judges)
    assert finished.reason == Why.WEAKENED
    assert [change.integrity for change in world.told(TreeChanged)] == [(FORGED,)]


async def test_what_a_helper_changed_beside_the_tree_is_told_once_and_is_its_own_doing() -> None:
    """Also where the tree is as it was; evidence, which services may still write, is left to the last look."""
    world, judges = World(cycle(gate("g", "a"))), Judges()
    judges.spec = IntegritySpec("fail", "warn")
    hook = IntegrityChange("/repo/.git/config", "hook", "weakening", ("git-filtered: clean",))
    watch = TreeWatch(world.stream, judges)
    tree = await world.trees.read()
    await watch.compare_with_base(tree)
    await watch.tell_between(tree, tree, "mitigation")
    assert not world.told(TreeChanged)
    judges.aside = (hook, FORGED)
    await watch.tell_between(tree, tree, "mitigation")
    await watch.tell_between(tree, tree, "fixer")
    await watch.last_look(tree, tree)
    assert [(each.by, each.integrity) for each in world.told(TreeChanged)] == [
        ("mitigation", (hook,)),
        ("unknown", (FORGED,)),
    ]
    judges.aside = (hook,)
    await watch.last_look(tree, tree)
    assert watch.weakened
