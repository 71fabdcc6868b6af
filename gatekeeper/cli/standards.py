"""Owns what the steps of a run are held against: read once, before anything runs, so that no step can better itself.

Knows where baselines and the quarantine lie, and not how they are compared.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence

from gatekeeper.adapters.baselines.naming import baseline_file
from gatekeeper.adapters.repos.at_ref import AtRef, CannotRead, FileSource, WorkingTree
from gatekeeper.model.baseline import NO_STANDARD, Baseline, BaselineProblem, RecordedBaseline, Standard
from gatekeeper.model.demands import QuarantineEntry
from gatekeeper.model.errors import DefinitionError
from gatekeeper.model.plan import Plan, Step, StepId
from gatekeeper.policy.judging.needs import is_measured, needs_baseline_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gatekeeper.cli.measuring import Measuring
    from gatekeeper.cli.wiring import OpenedRun
    from gatekeeper.engine.ports import StepExecutor
    from gatekeeper.engine.stop import Stop
    from gatekeeper.engine.stream import EventStream


class ReadStandards:
    """The standards of a run's steps (port `Standards`); those that are measured come from `measuring`."""

    def __init__(self, standards: Mapping[StepId, Standard], measuring: Measuring | None) -> None:
        self._standards = standards
        self._measuring = measuring

    async def of(self, step: Step) -> Standard:
        """The standard of a bound step, as it was when the run began."""
        standard = self._standards.get(step.id, NO_STANDARD)
        if self._measuring is not None and self._measuring.measures(step.id):
            return standard._replace(baseline=await self._measuring.baseline(step.id))
        return standard


def standards_of_run(
    opened: OpenedRun,
    steps: Sequence[Step],
    *,
    executor: StepExecutor,
    stream: EventStream,
    stop: Stop,
    source: FileSource | None = None,
) -> ReadStandards:
    """Read what `steps` of a run are held against, before it runs; may block for as long as git does."""
    root, context = opened.request.root, opened.bound.context
    standards = read_standards(opened.plan, steps, root=root, source=source, today=context.facts["run.date"])
    measured = [step for step in steps if is_measured(step)]
    if not measured:
        return ReadStandards(standards, None)
    from gatekeeper.cli.measuring import Measuring

    measuring = Measuring(
        opened.plan,
        measured,
        root=root,
        state=opened.state,
        run=opened.run,
        context=context,
        executor=executor,
        stream=stream,
        stop=stop,
    )
    return ReadStandards(standards, measuring)


def read_standards(
    plan: Plan, steps: Iterable[Step], *, root: str, source: FileSource | None = None, today: str
) -> dict[StepId, Standard]:
    """What `steps` are held against, of the project at `root`; what is measured is left out.

    `source` is where baselines and the quarantine are read from where a step names no ref: the working tree if None.
    """
    source = source or WorkingTree(root)
    quarantine, problem = read_quarantine_from(source)
    at_ref = _refs(root)
    standards: dict[StepId, Standard] = {}
    for step in steps:
        baseline = _read_one(plan.cycle, step, source, at_ref) if needs_baseline_file(step) else None
        standards[step.id] = Standard(baseline, quarantine, problem, today, plan.cycle)
    return standards


def read_quarantine_from(source: FileSource) -> tuple[tuple[QuarantineEntry, ...], str]:
    """The quarantine's entries, and why they could not be read, or an empty text."""
    path = "gates/quarantine.yaml"
    try:
        content = source.read(path)
        if content is None:
            return (), ""
        from gatekeeper.adapters.definition.quarantine import read_quarantine

        return read_quarantine(content, path), ""
    except (CannotRead, DefinitionError) as fault:
        return (), str(fault)


def read_recorded(cycle: str, step: StepId, source: FileSource) -> RecordedBaseline | BaselineProblem | None:
    """The recorded baseline of a step as it is in `source`; None where there is none."""
    file = baseline_file(cycle, step)
    try:
        content = source.read(file)
    except CannotRead as fault:
        return BaselineProblem(str(fault))
    if content is None:
        return None
    from gatekeeper.adapters.baselines.parsing import parse_baseline

    return parse_baseline(content, file, cycle=cycle, step=str(step))


def how_to_record(cycle: str, step: StepId) -> str:
    """The command that records a step's baseline."""
    return f"gatekeeper baseline accept {shlex.quote(cycle)} --step {shlex.quote(str(step))} --reason TEXT"


def _read_one(
    cycle: str, step: Step, source: FileSource, at_ref: Callable[[str], FileSource]
) -> Baseline | BaselineProblem:
    ref = step.baseline.ref if step.baseline is not None else ""
    try:
        source = at_ref(ref) if ref else source
    except CannotRead as fault:
        return BaselineProblem(f"the baseline of {step.id} cannot be read: {fault}")
    match read_recorded(cycle, step.id, source):
        case None:
            # Recorded in the working tree, it is not at the ref yet.
            elsewhere = isinstance(source, AtRef)
            at, merged = (f" at {source.origin}", ", and merge it there") if elsewhere else ("", "")
            message = f"the baseline {baseline_file(cycle, step.id)} is not there{at}"
            how = f"record it from a run and commit it{merged}: {how_to_record(cycle, step.id)}"
            return BaselineProblem(f"{message}; {how}")
        case BaselineProblem(message):
            return BaselineProblem(f"{message} (at {source.origin})" if ref else message)
        case RecordedBaseline(baseline=baseline):
            return baseline._replace(origin=f"{baseline.origin} at {source.origin}") if ref else baseline


def _refs(root: str) -> Callable[[str], FileSource]:
    known: dict[str, FileSource] = {}

    def at(ref: str) -> FileSource:
        if ref not in known:
            known[ref] = AtRef(root, ref)
        return known[ref]

    return at
