"""Owns who helps a run beside what it runs on, and what stands in for those that it does not have. Knows no adapter."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gatekeeper.engine.ports import FixerCalls, FixProver, Inputs, Recogniser, Resources, Settler, Snapshots
from gatekeeper.model.help_events import FixProved, RepoSettled
from gatekeeper.model.helping import DueProof, Recognised, Snapshot
from gatekeeper.model.plan import Step, StepId
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.tree import Tree
from gatekeeper.model.verdict import StepResult


class NothingKnown:
    """No failure is known (port `Recogniser`)."""

    async def recognise(self, _step: Step, _result: StepResult) -> Recognised:
        """Always nothing."""
        return Recognised()


class NothingKept:
    """No snapshot is taken (port `Snapshots`)."""

    async def take(self) -> Snapshot:
        """Always none."""
        return Snapshot(problem="nothing keeps what the repos hold")


class NoInputs:
    """No step's inputs are looked at (port `Inputs`)."""

    async def digests(self, _tree: Tree) -> Mapping[StepId, str]:
        """Always none."""
        return {}


class NothingProven:
    """No fix can be proven (port `FixProver`)."""

    async def prove(self, due: DueProof) -> FixProved:
        """Always unclear."""
        message = "nobody can run it on the tree before the fix"
        return FixProved(due.step.gate, due.step.step, due.tree, "unclear", message)


class NothingSettled:
    """No repo is to be settled (port `Settler`)."""

    async def settle(self, _first: Tree, _last: Tree, *, green: bool) -> tuple[RepoSettled, ...]:  # noqa: ARG002 - a port's
        """Always none."""
        return ()


class NothingShared:
    """Nobody else uses anything (port `Resources`)."""

    def take(self, _names: tuple[str, ...]) -> Callable[[], None] | str:
        """Always at once."""
        return lambda: None


class Helpers(NamedTuple):
    """Who helps. Without `fixer` none is called."""

    recogniser: Recogniser = NothingKnown()
    snapshots: Snapshots = NothingKept()
    inputs: Inputs = NoInputs()
    prover: FixProver = NothingProven()
    settler: Settler = NothingSettled()
    resources: Resources = NothingShared()
    fixer: FixerCalls | None = None
