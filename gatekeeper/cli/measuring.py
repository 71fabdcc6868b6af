"""Owns running a step on a base ref for its baseline: a scratch worktree, the same command, the same guard.

What the ref means is settled before anything runs; the measuring itself waits for the first judgement that needs it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

import anyio

from gatekeeper.adapters.baselines.cache import MeasuredBaselines, key_of
from gatekeeper.adapters.baselines.writing import baseline_digest, baseline_text
from gatekeeper.adapters.repos.at_ref import CannotRead, Commit, resolve
from gatekeeper.adapters.repos.scratch import Scratch, scratch_worktree
from gatekeeper.cli.leftovers import WORKTREES
from gatekeeper.engine.copies import kept_copies
from gatekeeper.engine.ports import StepExecutor
from gatekeeper.engine.stop import Stop
from gatekeeper.engine.stream import EventStream
from gatekeeper.model.baseline import Baseline, BaselineProblem, RecordedBaseline
from gatekeeper.model.events import IncidentHappened
from gatekeeper.model.evidence_events import BaselineMeasured
from gatekeeper.model.outcome import Attempt, Cancelled, StepOrder
from gatekeeper.model.plan import Plan, Step, StepId
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.report import Coverage, Report
from gatekeeper.policy.binding import Context, UnboundReference, bind_step, fill
from gatekeeper.policy.judging.needs import RECORD_INSTEAD, why_not_measured
from gatekeeper.policy.recording import results, why_unfit

_FACTS = {"run.round": "0", "run.attempt": "0"}


class _Base(NamedTuple):
    """What a step is to be run on: its folder, the commit that the ref meant when the run began, and its key.

    Without a key what it comes to depends on more than can be told, and is not kept.
    """

    folder: str
    commit: Commit
    key: str


class Measuring:
    """Measures baselines of a run's steps, each once."""

    def __init__(
        self,
        plan: Plan,
        steps: Iterable[Step],
        *,
        root: str,
        state: str,
        run: str,
        context: Context,
        executor: StepExecutor,
        stream: EventStream,
        stop: Stop,
    ) -> None:
        """Settles what every ref means, and what is known of it; runs nothing."""
        self._plan = plan
        self._steps = {step.id: step for step in steps}
        self._root = root
        self._state = state
        self._run = run
        self._context = context._replace(facts={**context.facts, **_FACTS})
        self._executor = executor
        self._stream = stream
        self._stop = stop
        self._known = MeasuredBaselines(os.path.join(state, "measured"))
        self._lock = anyio.Lock()
        self._bases = {step.id: self._base(step) for step in self._steps.values()}
        # Read before any step could write there.
        self._found = {step_id: self._kept(step_id) for step_id in self._steps}
        self._measured: dict[StepId, Baseline | BaselineProblem] = {}
        self._attempts: dict[StepId, Attempt] = {}

    def measures(self, step: StepId) -> bool:
        """Whether the baseline of `step` is measured here."""
        return step in self._steps

    async def baseline(self, step_id: StepId) -> Baseline | BaselineProblem:
        """What the step came to on its ref: measured now, or known. Raises `JournalError` only."""
        async with self._lock:
            if step_id not in self._measured:
                found = self._found[step_id]
                came_to = found if found is not None else await self._measure(step_id)
                self._tell(step_id, came_to, reused=found is not None)
                if self._was_cancelled(step_id):
                    # The round was abandoned, or the run stopped: that says nothing for the next round.
                    return came_to
                self._measured[step_id] = came_to
            return self._measured[step_id]

    def _was_cancelled(self, step_id: StepId) -> bool:
        attempt = self._attempts.get(step_id)
        return attempt is not None and isinstance(attempt.outcome, Cancelled)

    def _base(self, step: Step) -> _Base | BaselineProblem:
        if why := why_not_measured(self._plan, step):
            return _problem(step, f"{why}; {RECORD_INSTEAD}")
        assert step.baseline is not None
        try:
            folder = os.path.realpath(os.path.join(self._root, os.path.expanduser(fill(step.cwd, self._context))))
            commit = resolve(folder, step.baseline.ref)
            return _Base(folder, commit, self._key(step, folder, commit))
        except (UnboundReference, CannotRead) as fault:
            return _problem(step, str(fault))

    def _key(self, step: Step, folder: str, commit: Commit) -> str:
        """What the results depend on. Other repositories and ports are the run's own, and no part of a commit."""
        plain = {name: f"<repo {name}>" for name in self._context.repos}
        settled = self._context._replace(
            repos=plain,
            ports=dict.fromkeys(self._context.ports, "0"),
            facts=dict.fromkeys(self._context.facts, "0"),
        )
        bound = repr(_as_measured(bind_step(step, settled)))
        foreign = [name for name, path in self._context.repos.items() if not _holds(folder, path)]
        if any(f"<repo {name}>" in bound for name in foreign):
            return ""
        return key_of(commit.tree, os.path.relpath(folder, self._root), bound)

    def _kept(self, step_id: StepId) -> Baseline | None:
        match self._bases[step_id]:
            case _Base(_, commit, key) if key:
                origin = self._origin(step_id, commit)
                return self._known.get(key, cycle=self._plan.cycle, step=str(step_id), origin=origin)
            case _:
                return None

    async def _measure(self, step_id: StepId) -> Baseline | BaselineProblem:
        step = self._steps[step_id]
        match self._bases[step_id]:
            case BaselineProblem() as problem:
                return problem
            case base:
                pass
        try:
            into = os.path.join(self._state, WORKTREES)
            async with scratch_worktree(base.folder, base.commit.id, into, self._stopped) as scratch:
                context = self._context._replace(repos=_moved(self._context.repos, scratch))
                bound = _as_measured(bind_step(step, context))._replace(cwd=scratch.path)
                if self._stop.requested:
                    return _problem(step, "the run was told to stop")
                attempt = await self._executor.execute(StepOrder(self._run, bound, 0, 0, step.timeout_s))
        except (CannotRead, UnboundReference) as fault:
            return _problem(step, str(fault))
        self._attempts[step_id] = attempt
        for incident in attempt.incidents:
            self._stream.publish(IncidentHappened(*incident))
        return self._recorded(step, base, attempt)

    async def _stopped(self) -> None:
        while not self._stop.requested:
            await self._stop.changed()

    def _recorded(self, step: Step, base: _Base, attempt: Attempt) -> Baseline | BaselineProblem:
        if why := attempt.lost or why_unfit(step, attempt.outcome, attempt.report):
            output = f"; see {attempt.output.path}" if attempt.output is not None else ""
            return _problem(step, f"{why}{output}")
        report = attempt.report if isinstance(attempt.report, Report) else None
        coverage = attempt.coverage if isinstance(attempt.coverage, Coverage) else None
        measured = results(step, report, coverage, attempt.metrics, origin="", digest="")
        recorded = RecordedBaseline(self._plan.cycle, str(step.id), measured)
        if base.key:
            self._known.put(base.key, recorded)
        digest = baseline_digest(baseline_text(recorded))
        return measured._replace(origin=self._origin(step.id, base.commit), digest=digest)

    def _origin(self, step_id: StepId, commit: Commit) -> str:
        spec = self._steps[step_id].baseline
        return f"measured on {spec.ref if spec else ''} ({commit.id[:12]})"

    def _tell(self, step_id: StepId, came_to: Baseline | BaselineProblem, *, reused: bool) -> None:
        spec, base = self._steps[step_id].baseline, self._bases[step_id]
        commit = base.commit.id if isinstance(base, _Base) else ""
        event = BaselineMeasured(step_id.gate, step_id.step, spec.ref if spec else "", commit, reused)
        match came_to:
            case Baseline(digest=digest, tests=tests):
                event = event._replace(tests=len(tests), digest=digest)
            case BaselineProblem(message):
                event = event._replace(problem=message)
        attempt = self._attempts.get(step_id)
        if attempt is not None and attempt.output is not None:
            event = event._replace(output=attempt.output.path, output_digest=attempt.output.digest)
        if attempt is not None and isinstance(attempt.report, Report):
            event = event._replace(reports=kept_copies(attempt.report.files))
        self._stream.publish(event)


def _as_measured(step: Step) -> Step:
    """`step` without what is not asked on a base ref: checks of services, artifacts, what its results are held to."""
    coverage = step.coverage and step.coverage._replace(changed_lines=None, base="")
    return step._replace(
        baseline=None,
        coverage=coverage,
        needs=(),
        ready=None,
        after_each=(),
        condition=None,
        artifacts=(),
        known_bad=None,
        rerun="",
        line=0,
    )


def _moved(repos: Mapping[str, str], scratch: Scratch) -> dict[str, str]:
    """Paths of repos, those that lie in the repository that was checked out moved there."""
    moved = {}
    for name, path in repos.items():
        inside = os.path.relpath(os.path.realpath(path), scratch.original)
        moved[name] = path if inside.startswith("..") else os.path.normpath(os.path.join(scratch.top, inside))
    return moved


def _holds(folder: str, path: str) -> bool:
    real = os.path.realpath(path)
    return f"{folder}/".startswith(f"{real}/") or f"{real}/".startswith(f"{folder}/")


def _problem(step: Step, why: str) -> BaselineProblem:
    ref = step.baseline.ref if step.baseline is not None else ""
    return BaselineProblem(f"the baseline of {step.id} could not be measured on {ref}: {why}")
