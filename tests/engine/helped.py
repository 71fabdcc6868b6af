"""Who helps in the tests of the engine: each does as it is told, in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from gatekeeper.model.help_events import FixerFinished, FixerStarted, FixProved
from gatekeeper.model.helping import DueProof, Recognised, Snapshot
from gatekeeper.model.known import FailureClass, KnownFailure
from gatekeeper.model.plan import Step, StepId
from gatekeeper.model.tree import Tree
from gatekeeper.model.verdict import StepResult

from .world import World


class Knows:
    """Knows every failure as one."""

    def __init__(self, class_: FailureClass = "config", mitigation: str = "free it") -> None:
        self.known = KnownFailure("port_in_use", class_, "the port is taken", mitigation=mitigation)

    async def recognise(self, _step: Step, _result: StepResult) -> Recognised:
        return Recognised(self.known)


class Keeps:
    """Keeps what the repos hold, as far as anybody will ask."""

    def __init__(self) -> None:
        self.taken = 0

    async def take(self) -> Snapshot:
        self.taken += 1
        return Snapshot((("backend", f"{self.taken:040}"),))


class Proves:
    """Finds the same of every fix."""

    def __init__(self, outcome: Literal["failed", "passed", "unclear"] = "failed") -> None:
        self.outcome: Literal["failed", "passed", "unclear"] = outcome
        self.asked: list[DueProof] = []

    async def prove(self, due: DueProof) -> FixProved:
        self.asked.append(due)
        return FixProved(due.step.gate, due.step.step, due.tree, self.outcome)


class Fixes:
    """A fixer whose calls each make one change to the files: the first the first, and so on, and then none."""

    def __init__(self, world: World, *changes: Mapping[str, str], violating: tuple[str, ...] = ()) -> None:
        self.world = world
        self.changes = changes
        self.violating = violating
        self.during: Callable[[], None] = lambda: None

    async def call(self, number: int, tree: Tree, *, left_s: float, rounds_left: int, calls_left: int) -> None:
        assert left_s >= 0 < rounds_left
        assert calls_left >= 0
        self.world.stream.publish(FixerStarted(number, "somebody", "sha256:brief", tree.digest))
        self.during()
        before = dict(self.world.trees.files)
        self.world.trees.files |= self.changes[number - 1] if number <= len(self.changes) else {}
        self._finish(number, before, "")

    async def look_back(self, number: int) -> None:
        self._finish(number, {}, "it was cut off")

    def _finish(self, number: int, before: Mapping[str, str], problem: str) -> None:
        now = self.world.trees.files
        changed = tuple(f"backend: {name}" for name in now if now[name] != before.get(name))
        self.world.stream.publish(
            FixerFinished(number, None if problem else 0, changed=changed, violating=self.violating, problem=problem)
        )


class SameInputs:
    """The inputs of steps as a mapping, whatever the tree."""

    def __init__(self, digests: Mapping[StepId, str]) -> None:
        self.digests_ = digests

    async def digests(self, _tree: Tree) -> Mapping[StepId, str]:
        return self.digests_
