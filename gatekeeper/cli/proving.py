"""Owns proving one step: three runs of it in scratch worktrees, and what they come to. Prints nothing."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from contextlib import ExitStack

from gatekeeper.adapters.guard.choice import start_helpers
from gatekeeper.adapters.journal.reading import load
from gatekeeper.cli.driving import drive
from gatekeeper.cli.run_request import Placement, RunRequest, Trial
from gatekeeper.cli.scratch_place import ScratchPlace
from gatekeeper.cli.signals import Signals
from gatekeeper.cli.wiring import OpenedRun, open_run
from gatekeeper.engine.faults import first_fault
from gatekeeper.engine.ports import StepExecutor
from gatekeeper.model.errors import EnvironmentFault
from gatekeeper.model.outcome import Attempt, Exited, NotStarted, Signalled, StepOrder, TimedOut
from gatekeeper.model.plan import Shell, Step
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.binding import UnboundReference, bind_step
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.proving import NotTried, Phase, ProofOutcome, Proven, outcome_of

STOPPED = frozenset({129, 130, 143})
"""The exit codes of a run that somebody stopped."""

Change = Callable[[OpenedRun, StepExecutor], Awaitable[None]]


class Stopped(Exception):
    """Somebody asked for an end; `code` is the process's exit code."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(f"stopped with exit code {code}")


class ProvedStep(NamedTuple):
    """What came of one step; `runs` are the ids of its runs, as far as they went, in the order of `Phase`."""

    step: Step
    outcome: ProofOutcome
    runs: tuple[str, ...]


class Project(NamedTuple):
    """Where the cycle is defined and what is known of it: all of it as it really is, not as it is in a worktree."""

    root: str
    path: str
    state: str
    cycle: str


def prove_step(
    project: Project, step: Step, place: ScratchPlace, signals: Signals, tell: Callable[[Phase], None]
) -> ProvedStep:
    """Run the step three times in `place`; `tell` is called before each.

    Raises:
        Stopped: a signal came; nothing of what ran is left.
    """
    assert step.known_bad is not None
    runs: list[str] = []
    trees: list[str] = []
    noticed: ProofOutcome = NotTried("nothing was run")
    for phase in Phase:
        tell(phase)
        try:
            place.restore()
            record = _run(project, step, phase, place, signals)
        except EnvironmentFault as fault:
            return ProvedStep(step, NotTried(f"{phase}: {fault}"), tuple(runs))
        runs.append(record.run)
        trees.append(record.started.tree if record.started else "")
        others = tuple(result for name, result in record.latest.items() if name != step.id)
        outcome = outcome_of(phase, record.latest.get(step.id), others, step.known_bad.expect)
        if not isinstance(outcome, Proven):
            return ProvedStep(step, outcome, tuple(runs))
        if phase is Phase.BAD:
            noticed = outcome
    before, bad, after = trees
    if before != after:
        return ProvedStep(
            step, NotTried("the tree is not the same before and after: somebody works in it"), tuple(runs)
        )
    if bad == before:
        return ProvedStep(step, NotTried("the change makes no other tree: git does not see it"), tuple(runs))
    return ProvedStep(step, noticed, tuple(runs))


def _run(project: Project, step: Step, phase: Phase, place: ScratchPlace, signals: Signals) -> RunRecord:
    known_bad, change = step.known_bad, None
    assert known_bad is not None
    if phase is Phase.BAD and known_bad.run:
        change = _changing(step, known_bad.run)
    trial = Trial(f"{step.id}, {phase}", os.path.join(project.state, "proofs"), change)
    request = RunRequest(
        root=project.root,
        path=project.path,
        only=(str(step.id),),
        jobs=1,
        rounds=1,
        overrides=(),
        format="human",
        verbose=False,
        placement=Placement(place.root, project.root, place.placed),
        trial=trial,
    )
    with ExitStack() as closing:
        opened = open_run(request, closing, start_helpers())
        if problem := _beyond(opened, place):
            raise EnvironmentFault(problem)
        if phase is Phase.BAD and known_bad.patch:
            place.change(_folder_of(step, opened, place), os.path.join(project.root, known_bad.patch))
        try:
            code = drive(opened, signals, closing, last=closing)
        except BaseExceptionGroup as group:
            raise first_fault(group) from None
    if code in STOPPED:
        raise Stopped(code)
    return load(opened.folder)


def _changing(step: Step, script: str) -> Change:
    """What makes the bad change where it is a command: one attempt, under the guard like any other."""

    async def change(opened: OpenedRun, executor: StepExecutor) -> None:
        named = Step(step.gate, f"{step.name}.known-bad", Shell(script), step.timeout_s, step.cwd, env=step.env)
        try:
            bound = bind_step(named, opened.bound.context)
        except UnboundReference as missing:
            raise EnvironmentFault(f"the bad change cannot be made: {missing}") from None
        attempt = await executor.execute(StepOrder(opened.run, bound, 0, 1, step.timeout_s))
        if problem := _failure(attempt):
            raise EnvironmentFault(f"the bad change could not be made: {problem}")

    return change


def _failure(attempt: Attempt) -> str:
    last = f": {attempt.last_lines[-1]}" if attempt.last_lines else ""
    match attempt.outcome:
        case Exited(0):
            return ""
        case Exited(code):
            return f"its command ended with exit code {code}{last}"
        case Signalled(number):
            return f"its command died of signal {number}{last}"
        case TimedOut(after_s=after_s):
            return f"its command was ended after {after_s:.1f} s{last}"
        case NotStarted(detail=detail):
            return f"its command was not started: {detail}"
        case _:
            return f"its command did not come to its end{last}"


def _beyond(opened: OpenedRun, place: ScratchPlace) -> str:
    """Which step would not run in a worktree, if one would not."""
    steps = {step.id: step for gate in opened.plan.gates for step in gate.steps}
    for step in (*(steps[chosen] for chosen in opened.selected), *opened.plan.teardown):
        folder = _folder_of(step, opened, place)
        if not place.holds(folder):
            return f"{step.id} runs in {folder}, which is in no git repository: nothing could be taken back there"
    return ""


def _folder_of(step: Step, opened: OpenedRun, place: ScratchPlace) -> str:
    try:
        folder = bind_step(step._replace(work=Shell("")), opened.bound.context).cwd
    except UnboundReference:
        folder = "."
    return os.path.realpath(os.path.join(place.root, folder))
