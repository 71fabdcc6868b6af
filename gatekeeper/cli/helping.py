"""Owns who helps a run between its rounds. Each is brought up when first asked: most runs need none of them."""

from __future__ import annotations

from gatekeeper.adapters.repos.reading import BoundRepo
from gatekeeper.cli.knowing import Knowing
from gatekeeper.cli.wiring import OpenedRun
from gatekeeper.engine.helpers import Helpers, NoInputs, NothingShared
from gatekeeper.engine.ports import FixerCalls, Inputs, StepExecutor
from gatekeeper.engine.stop import Stop
from gatekeeper.engine.stream import EventStream
from gatekeeper.model.help_events import FixProved, RepoSettled
from gatekeeper.model.helping import DueProof, Snapshot
from gatekeeper.model.tree import Tree


def helpers_of(opened: OpenedRun, executor: StepExecutor, stream: EventStream, stop: Stop) -> Helpers:
    """Everybody who helps the opened run; a trial is only told what is known of a failure."""
    if opened.request.trial is not None:
        return Helpers(recogniser=Knowing(opened), resources=opened.locks or NothingShared())
    return Helpers(
        recogniser=Knowing(opened),
        snapshots=_Snapshots(opened),
        inputs=_inputs_of(opened),
        prover=_Prover(opened, stop),
        settler=_Settler(opened, stop),
        resources=opened.locks or NothingShared(),
        fixer=_Fixer(opened, executor, stream, stop),
    )


def _inputs_of(opened: OpenedRun) -> Inputs:
    if not any(step.inputs for gate in opened.plan.gates for step in gate.steps):
        return NoInputs()
    from gatekeeper.cli.step_inputs import inputs_of

    return inputs_of(opened)


class _Snapshots:
    """Keeps what the repos hold (port `Snapshots`)."""

    def __init__(self, opened: OpenedRun) -> None:
        self._opened = opened

    async def take(self) -> Snapshot:
        """Keep what all repos hold now."""
        from gatekeeper.adapters.repos.snapshot import GitSnapshots

        bound = self._opened.bound
        repos = tuple(BoundRepo(*repo) for repo in bound.repos)
        return await GitSnapshots(repos, leave_out=bound.leave_out).take()


class _Prover:
    """Runs steps on the tree before their fix (port `FixProver`)."""

    def __init__(self, opened: OpenedRun, stop: Stop) -> None:
        self._opened = opened
        self._stop = stop

    async def prove(self, due: DueProof) -> FixProved:
        """Run the step on the tree before, and see whether anything but tests has changed since."""
        from anyio import to_thread

        from gatekeeper.adapters.journal.reading import load
        from gatekeeper.cli.fix_proving import FixProving
        from gatekeeper.policy.fix_proof import beside_tests_alone

        proved = await FixProving(self._opened, self._stop).prove(due)
        return beside_tests_alone(proved, await to_thread.run_sync(load, self._opened.folder))


class _Settler:
    """Sees to what became of the repos' drift (port `Settler`)."""

    def __init__(self, opened: OpenedRun, stop: Stop) -> None:
        self._opened = opened
        self._stop = stop

    async def settle(self, first: Tree, last: Tree, *, green: bool) -> tuple[RepoSettled, ...]:
        """What became of it; commits and pushes where the cycle says so."""
        if not any(repo.settle or repo.commit or repo.push for repo in self._opened.plan.repos):
            return ()
        from gatekeeper.cli.settling import Settling

        return await Settling(self._opened, self._stop).settle(first, last, green=green)


class _Fixer:
    """Calls the fixer (port `FixerCalls`)."""

    def __init__(self, opened: OpenedRun, executor: StepExecutor, stream: EventStream, stop: Stop) -> None:
        self._at = (opened, executor, stream, stop)
        self._calls: FixerCalls | None = None

    async def call(self, number: int, tree: Tree, *, left_s: float, rounds_left: int, calls_left: int) -> None:
        """Call it for the `number`-th time."""
        await self._brought_up().call(number, tree, left_s=left_s, rounds_left=rounds_left, calls_left=calls_left)

    async def look_back(self, number: int) -> None:
        """Tell what a call did that was cut off."""
        await self._brought_up().look_back(number)

    def _brought_up(self) -> FixerCalls:
        if self._calls is None:
            from gatekeeper.cli.fixer import fixing_of

            self._calls = fixing_of(*self._at)
        assert self._calls is not None
        return self._calls
