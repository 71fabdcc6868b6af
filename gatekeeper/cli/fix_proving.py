"""Owns running a step on the tree before its fix, inside of the run that wants to know (port `FixProver`).

The run's own guard, journal, console and execution log have no part in it. Of the run it has the ports, the definition,
the overrides and the environment; whoever stops the run stops this, too.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, ExitStack

import anyio
from anyio import to_thread
from anyio.lowlevel import checkpoint_if_cancelled

from gatekeeper.adapters.guard.choice import start_helpers
from gatekeeper.adapters.journal.reading import load
from gatekeeper.adapters.repos.bounds import Bounds
from gatekeeper.adapters.repos.commits import CannotRead
from gatekeeper.adapters.repos.editable import leads_back
from gatekeeper.adapters.repos.scratch import WITHIN_S, scratch_worktree
from gatekeeper.adapters.repos.sharing import missing
from gatekeeper.cli.driving import drive_within
from gatekeeper.cli.evidence import kept_definition
from gatekeeper.cli.leftovers import WORKTREES
from gatekeeper.cli.lending import lend_all, repos_by_path, sources_in
from gatekeeper.cli.own_imports import PYTHONPATH, importing
from gatekeeper.cli.run_request import Placement, Trial
from gatekeeper.cli.scratch_place import ScratchPlace
from gatekeeper.cli.tops import top_of, tops_of
from gatekeeper.cli.wiring import OpenedRun, open_run
from gatekeeper.engine.faults import first_fault
from gatekeeper.engine.stop import Stop
from gatekeeper.model.errors import EnvironmentFault, GatekeeperError
from gatekeeper.model.help_events import FixProved
from gatekeeper.model.helping import DueProof
from gatekeeper.model.plan import Plan
from gatekeeper.model.stopping import StopReason
from gatekeeper.policy.few import few
from gatekeeper.policy.fix_proof import FixOutcome, outcome_of_fix
from gatekeeper.policy.fold import RunRecord

_NAMED = 5
_STOPPED = FixOutcome("unclear", "the run's time was over, or it was told to stop, before it was known")


class FixProving:
    """Proves fixes of one run. `stop` is what asks that run to end."""

    def __init__(self, opened: OpenedRun, stop: Stop) -> None:
        self._opened = opened
        self._stop = stop

    async def prove(self, due: DueProof) -> FixProved:
        """Run the step with all it needs once on the tree before.

        Cancelled, it ends the trial in order and says so; the cancellation goes on with whoever awaits this.
        """
        await checkpoint_if_cancelled()
        relay = _Relay(self._stop)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(relay.until_cancelled)
            with anyio.CancelScope(shield=True):
                outcome, run = await self._proved(due, relay)
            tasks.cancel_scope.cancel()
        return FixProved(due.step.gate, due.step.step, due.tree, outcome.outcome, outcome.message, run)

    async def _proved(self, due: DueProof, relay: _Relay) -> tuple[FixOutcome, str]:
        try:
            return await self._tried(due, relay)
        except (GatekeeperError, CannotRead, OSError) as fault:
            told = str(fault)
        except BaseExceptionGroup as group:
            first = first_fault(group)
            if not isinstance(first, GatekeeperError):
                raise
            told = str(first)
        unclear = FixOutcome("unclear", f"it could not be tried: {told}")
        return _STOPPED if relay.is_over() else unclear, ""

    async def _tried(self, due: DueProof, relay: _Relay) -> tuple[FixOutcome, str]:
        async with AsyncExitStack() as worktrees:
            place = await self._place(dict(due.snapshot), worktrees, relay)
            repos = repos_by_path(self._opened.plan, self._opened.bound)
            lent = await to_thread.run_sync(lend_all, place, repos)
            if relay.is_over():
                return _STOPPED, ""
            sources = await to_thread.run_sync(sources_in, place, lent)
            record = await self._run(due, place, sources, relay)
            outcome = await to_thread.run_sync(self._read, due, record, place, lent)
            stopped = relay.is_over() and outcome.outcome == "unclear"
            return _STOPPED if stopped else outcome, record.run

    def _kept(self, snapshot: Mapping[str, str]) -> dict[str, str]:
        """The commits that hold the tree before, by the tops of their repositories."""
        commits = {}
        for repo in self._opened.bound.repos:
            top = top_of(os.path.realpath(repo.path))
            if top is None:
                raise EnvironmentFault(
                    f"the repo {repo.name} is in no git repository; `git init`, or `prove_fix: never`"
                )
            if repo.name not in snapshot:
                raise EnvironmentFault(f"what the repo {repo.name} held then was not kept")
            commits[top] = snapshot[repo.name]
        return commits

    async def _place(self, snapshot: Mapping[str, str], worktrees: AsyncExitStack, relay: _Relay) -> ScratchPlace:
        opened, commits = self._opened, self._kept(snapshot)
        into = os.path.join(opened.state, WORKTREES)
        scratches = {}
        for top in tops_of(opened.bound, opened.request.root):
            worktree = scratch_worktree(
                top, commits.get(top, "HEAD"), into, relay.requested, uncommitted=top in commits
            )
            scratches[top] = await worktrees.enter_async_context(worktree)
        place = ScratchPlace(opened.bound, opened.request.root, scratches)
        # Where the definition lies in a repository that is no repo of the cycle, that is as it is now.
        for top in scratches.keys() - commits.keys():
            bounds = Bounds(WITHIN_S)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(relay.halting, bounds.halt)
                await to_thread.run_sync(place.bring, top, bounds)
                tasks.cancel_scope.cancel()
        return place

    async def _run(self, due: DueProof, place: ScratchPlace, sources: tuple[str, ...], relay: _Relay) -> RunRecord:
        opened = self._opened
        now = await opened.trees.read()
        placement = Placement(
            place.root,
            opened.request.root,
            lambda plan: importing(_unaided(place.placed(plan)), sources, os.environ.get(PYTHONPATH, "")),
            branches={repo.name: repo.branch for repo in now.repos},
        )
        trial = Trial(f"{due.step}, on the tree before its fix", os.path.join(opened.state, "proofs"), within=opened)
        request = opened.request._replace(
            only=(str(due.step),),
            rounds=1,
            overrides=tuple((name, place.variable(value)) for name, value in opened.request.overrides),
            placement=placement,
            trial=trial,
            resumption=None,
            watch=False,
        )
        with ExitStack() as closing:
            helpers = start_helpers()
            try:
                opening = open_run(request, closing, helpers)
                await drive_within(opening, kept_definition(opened.folder, opened.plan.digest), relay.listen, closing)
            finally:
                if helpers is not None:
                    await helpers.dismiss()
        return load(opening.folder)

    def _read(
        self, due: DueProof, record: RunRecord, place: ScratchPlace, lent: Mapping[str, tuple[str, ...]]
    ) -> FixOutcome:
        seen = {
            step: result._replace(
                findings=tuple(one._replace(message=place.original(one.message)) for one in result.findings),
                last_lines=tuple(map(place.original, result.last_lines)),
            )
            for step, result in record.latest.items()
        }
        others = [result for step, result in seen.items() if step != due.step]
        outcome = outcome_of_fix(due.signature, seen.get(due.step), others)
        tree = record.started.tree if record.started is not None else ""
        if outcome.outcome != "unclear" and tree != due.tree:
            return FixOutcome(
                "unclear",
                f"that it {outcome.outcome} says nothing, because the scratch worktree does not hold all of that tree: "
                "what is in a submodule, or in a repository inside of a repo, is not brought there",
            )
        if outcome.outcome == "passed":
            return self._unless_led_back(outcome, lent)
        return outcome._replace(message=outcome.message + self._lacking(lent)) if outcome.elsewhere else outcome

    def _unless_led_back(self, outcome: FixOutcome, lent: Mapping[str, tuple[str, ...]]) -> FixOutcome:
        for path, spec in repos_by_path(self._opened.plan, self._opened.bound).items():
            if way := leads_back(path, lent[path], os.environ):
                return FixOutcome(
                    "unclear",
                    f"it passes, but {way} leads programs back to the tree after it: "
                    "have the step find the code where it runs (PYTHONPATH), or write `share:` of the repo "
                    f"{spec.name} without that folder and let a step make one",
                )
        return outcome

    def _lacking(self, lent: Mapping[str, tuple[str, ...]]) -> str:
        for path, spec in repos_by_path(self._opened.plan, self._opened.bound).items():
            if names := missing(path, lent[path]):
                return (
                    f"; a scratch worktree has nothing that git ignores, here {few(names, _NAMED)}: "
                    f"a folder that the step needs is lent by `share: [{names[0].rstrip('/')}]` of the repo {spec.name}"
                )
        return ""


class _Relay:
    """What a run is asked for while a trial goes on in it, with a wish of its own: that there is no time left."""

    def __init__(self, outer: Stop) -> None:
        self._outer = outer
        self.stop = Stop()

    async def until_cancelled(self) -> None:
        """Take over what the run is asked for; once cancelled, the trial is out of time."""
        try:
            await _hand_on(self._outer, self.stop.request)
        finally:
            self.stop.request(StopReason.OUT_OF_TIME)

    async def listen(self, request: Callable[[StopReason], None]) -> None:
        """Hand it on to the trial, until cancelled."""
        await _hand_on(self.stop, request)

    def is_over(self) -> bool:
        """Whether the trial is to end."""
        return self.stop.requested

    async def requested(self) -> None:
        """Return when the trial is to end."""
        while not self.is_over():
            await self.stop.changed()

    async def halting(self, halt: Callable[[], None]) -> None:
        """Call `halt` when the trial is to end."""
        await self.requested()
        halt()


async def _hand_on(source: Stop, request: Callable[[StopReason], None]) -> None:
    """Make `request` of everything that is asked of `source`, from the beginning and until cancelled."""
    known, hurried = StopReason.NONE, False
    while True:
        if (known, hurried) != (source.reason, source.now):
            first = known <= StopReason.OUT_OF_TIME
            known, hurried = source.reason, source.now
            request(known)
            if first and hurried:
                request(known)
        await source.changed()


def _unaided(plan: Plan) -> Plan:
    """`plan` without what helps a run: one round says how the step is."""
    policy = plan.until_green._replace(retry_unchanged=0, retry_infra=0, mitigate=(), prove_fix="never", fixer=None)
    return plan._replace(until_green=policy, notify=())
