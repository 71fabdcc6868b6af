"""Owns one run's event loop: the readers of its events, the engine, signals, and what is told afterwards."""

from __future__ import annotations

import functools
import gc
import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from contextlib import ExitStack

import anyio

from gatekeeper.adapters.journal.evidence_watch import EvidenceWatch
from gatekeeper.adapters.journal.writer import JournalWriter
from gatekeeper.adapters.local.executor import LocalExecutor, Surroundings
from gatekeeper.adapters.probes.prober import Prober
from gatekeeper.cli.comparing import standards_of
from gatekeeper.cli.evidence import definition_change, keep_definition
from gatekeeper.cli.guarding import guarding
from gatekeeper.cli.helping import helpers_of
from gatekeeper.cli.holding import PortGivingExecutor, ports_in_environment
from gatekeeper.cli.opening import first_event, repo_of
from gatekeeper.cli.proofs import unproven
from gatekeeper.cli.readers import console_reader, log_reader
from gatekeeper.cli.reining import limit_readings
from gatekeeper.cli.run_request import Placement
from gatekeeper.cli.signals import Signals
from gatekeeper.cli.telling import Telling
from gatekeeper.cli.wiring import OpenedRun
from gatekeeper.engine.cycle_run import CycleRun
from gatekeeper.engine.run_order import RunOrder
from gatekeeper.engine.stop import Stop
from gatekeeper.engine.stream import EventStream
from gatekeeper.engine.unguarded import NothingGuarded
from gatekeeper.model.containment import Containment
from gatekeeper.model.events import Entry, IncidentHappened, RunFinished, RunStarted
from gatekeeper.model.incident import Incident, IncidentKind
from gatekeeper.model.plan import Step, StepId
from gatekeeper.model.tree import Tree
from gatekeeper.policy.conditions import Facts, why_skipped
from gatekeeper.policy.fold import RunRecord, fold
from gatekeeper.policy.inheritance import withheld

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gatekeeper.adapters.local.evidence import Evidence
    from gatekeeper.model.changed import ChangedLines
    from gatekeeper.model.former import FormerAttempt
    from gatekeeper.model.stopping import StopReason

    Listen = Callable[[Callable[[StopReason], None]], Coroutine[Any, Any, None]]


def drive(opened: OpenedRun, signals: Signals, closing: ExitStack, last: ExitStack) -> int:
    """Run the opened run to its end; returns the exit code of its verdict.

    `closing` closes what it holds; `last` then tells of it, and waits for who reads the end of it.
    """
    resumed = opened.request.resumption
    journal = _begin_journal(opened, opened.judged.definition, closing)

    def tell_conflict(message: str) -> None:
        stream.publish(IncidentHappened(IncidentKind.LOG_CONFLICT, message))

    if opened.request.trial is not None:
        return anyio.run(_alone, opened, EventStream(journal, ()), signals.listen, None).exit_code
    before = () if resumed is None else _entries(opened)
    limit_readings(opened.plan.until_green.within_s, before)
    telling = Telling(opened)
    evidence = EvidenceWatch(opened.folder)
    for entry in before:
        telling.receive(entry)
        evidence.receive(entry)
    console = console_reader(opened, signals, last, _record(opened, before))
    log, settling = log_reader(opened, tell_conflict, _record(opened, before))
    stream = EventStream(journal, (console, log, telling, evidence), settling)
    _diagnose(opened, "opened", folder=opened.folder, layers=opened.guard.layers(), steps=len(opened.selected))
    alone = functools.partial(_alone, opened, stream, signals.listen, evidence, before=before)
    finished = anyio.run(alone)
    # Only now, so that it comes before the wait for a console that nobody reads.
    last.callback(telling.tell, signals)
    from gatekeeper.cli.judged_trees import keep_of_run  # only now: the verdict is told already

    keep_of_run(opened, finished)
    _diagnose(opened, "finished", verdict=finished.verdict, why=finished.reason, incidents=dict(finished.incidents))
    return finished.exit_code


async def drive_within(opened: OpenedRun, definition: bytes, listen: Listen, closing: ExitStack) -> RunFinished:
    """Run a trial to its end inside of another run's event loop; `definition` is what that run judges by.

    `listen` hands on what that run is asked for. Raises the errors of `gatekeeper.model.errors`, maybe in a group.
    """
    journal = _begin_journal(opened, definition, closing)
    return await _drive(opened, EventStream(journal, ()), listen, None)


def _begin_journal(opened: OpenedRun, definition: bytes | None, closing: ExitStack) -> JournalWriter:
    mask = opened.masker.mask if opened.masker else None
    if opened.request.resumption is None:
        keep_definition(opened.plan, opened.folder, definition)
        journal = JournalWriter.create(opened.folder, opened.run, opened.clock.now, mask)
    else:
        journal = JournalWriter.reopen(opened.folder, opened.clock.now, mask)
    closing.callback(journal.close)
    return journal


def _entries(opened: OpenedRun) -> tuple[Entry, ...]:
    """The journal so far, of a run that goes on."""
    from gatekeeper.cli.resuming import entries_of

    return entries_of(opened)


def _record(opened: OpenedRun, before: tuple[Entry, ...]) -> RunRecord | None:
    """What came before, for a reader of its own; None of a run that begins."""
    return fold(opened.run, before) if before else None


def _diagnose(opened: OpenedRun, what: str, **facts: object) -> None:
    """What ``-v`` is for: how gatekeeper itself saw the run. Never evidence."""
    if opened.request.verbose:
        from gatekeeper.cli.diagnostics import diagnostics

        logger, _ = diagnostics(opened.state, verbose=True)
        ports = {name: lease.port for name, lease in opened.ports.items()}
        logger.debug(what, run=opened.run, pid=os.getpid(), ports=ports, **facts)


async def _alone(
    opened: OpenedRun,
    stream: EventStream,
    listen: Listen,
    evidence: EvidenceWatch | None,
    *,
    before: tuple[Entry, ...] = (),
) -> RunFinished:
    # What was imported stays for good; what comes from now on may be garbage.
    gc.freeze()
    gc.enable()
    return await _drive(opened, stream, listen, evidence, before=before)


async def _drive(
    opened: OpenedRun,
    stream: EventStream,
    listen: Listen,
    evidence: EvidenceWatch | None,
    *,
    before: tuple[Entry, ...] = (),
) -> RunFinished:
    stop = Stop()
    ours = withheld(opened.plan, os.environ)
    surroundings = Surroundings(
        root=opened.request.root,
        run_folder=opened.folder,
        environ={name: value for name, value in os.environ.items() if name not in ours},
        added=ports_in_environment(opened.ports.values()),
        masker=opened.masker,
    )
    executor = LocalExecutor(surroundings, opened.guard, Prober(opened.masker.mask), _evidence(opened))
    giving_ports = PortGivingExecutor(executor, opened.plan, opened.ports.values())
    run = CycleRun(
        _order(opened, before),
        executor=giving_ports,
        trees=opened.trees,
        stream=stream,
        clock=opened.clock,
        stop=stop,
        integrity=NothingGuarded() if evidence is None else guarding(opened, evidence),
        standards=standards_of(opened, executor, stream, stop),
        helpers=helpers_of(opened, giving_ports, stream, stop),
        former=[entry.event for entry in before],
    )
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listen, stop.request)
        await tasks.start(stream.deliver)
        try:
            if opened.request.trial is not None:
                from gatekeeper.cli.trying import change_first

                await change_first(opened, executor, stop)
            finished = await run.run()
        finally:
            async with anyio.create_task_group() as leaving:
                leaving.start_soon(opened.guard.close)
                # What is left to be shown is shown while the helpers leave.
                leaving.start_soon(stream.hurry)
        tasks.cancel_scope.cancel()
    return finished


def _evidence(opened: OpenedRun) -> Evidence | None:
    """Who takes in what steps leave, where a step of the cycle is to leave anything."""
    steps = (*(step for gate in opened.plan.gates for step in gate.steps), *opened.plan.teardown)
    if not any(
        step.report is not None or step.coverage is not None or step.metrics or step.artifacts for step in steps
    ):
        return None
    from gatekeeper.adapters.artifacts.keeping import ArtifactKeeper
    from gatekeeper.adapters.local.evidence import Evidence
    from gatekeeper.adapters.measures.reader import MeasureReader
    from gatekeeper.adapters.testreports.reader import ReportReader

    return Evidence(
        opened.folder,
        ReportReader(opened.folder, opened.masker, _tracked),
        MeasureReader(opened.folder, opened.masker, _changed_lines, _tracked),
        ArtifactKeeper(opened.folder),
    )


def _changed_lines(folder: str, base: str) -> ChangedLines:
    from gatekeeper.adapters.repos.changed_lines import changed_lines

    return changed_lines(folder, base)


def _tracked(folder: str, names: Sequence[str]) -> frozenset[str]:
    from gatekeeper.adapters.repos.tracked import tracked  # only where an old report is to be removed

    return tracked(folder, names)


def _order(opened: OpenedRun, before: tuple[Entry, ...]) -> RunOrder:
    request, plan, bound, trial = opened.request, opened.plan, opened.bound, opened.request.trial
    placement = request.placement or Placement(request.root, request.root, lambda plan: plan)
    branches = placement.branches or {}
    containment = Containment(opened.guard.layers(), request.required)

    def opening(tree: Tree) -> RunStarted:
        return first_event(
            plan,
            bound,
            tree,
            root=request.root,
            selected=opened.selected,
            selection=request.selection,
            containment=containment,
            reading=opened.reading,
            unproven=() if trial is not None else unproven(plan, opened.selected, request.root, opened.state),
            proof=trial.about if trial is not None else "",
            judge_by=opened.judged.by,
            at=placement.commit,
            isolated=request.placement is not None and not placement.commit and trial is None,
            watch=request.watch,
        )

    def skipping(step: Step, tree: Tree) -> str | None:
        if step.condition is None:
            return None
        name = repo_of(step, bound, request.root)
        branch = branches[name] if name in branches else next((r.branch for r in tree.repos if r.name == name), "")
        changed = tuple(path for repo, path, _ in tree.files if repo == name)
        system = {"linux": "linux", "darwin": "macos"}.get(sys.platform, sys.platform)
        return why_skipped(step.condition, Facts(os.environ, branch, system, changed))

    def last_look() -> tuple[Incident, ...]:
        # What lies in the working tree is not what a run judges by that takes it from a ref.
        change = None if opened.judged.by else definition_change(plan)
        return (Incident(IncidentKind.DRIFT, change),) if change else ()

    async def memory(steps: tuple[StepId, ...], wanted: str) -> tuple[FormerAttempt, ...]:
        from anyio import to_thread

        from gatekeeper.adapters.journal.memory import attempts

        asked = functools.partial(attempts, opened.state, plan.cycle, opened.run, steps, tree=wanted)
        return await to_thread.run_sync(asked)

    def is_file(step: Step, path: str) -> bool:
        return os.path.isfile(os.path.join(request.root, step.cwd, path))

    order = RunOrder(
        run=opened.run,
        plan=plan,
        selected=opened.selected,
        context=bound.context,
        jobs=request.jobs,
        log=bound.log,
        selection=request.selection,
        containment=containment,
        opening=opening,
        why_skipped=skipping,
        last_look=last_look,
        jitter=lambda: os.urandom(1)[0] / 255,
        memory=memory if trial is None else None,
        is_file=is_file,
        watch=request.watch,
        claims=opened.claims,
    )
    if not before:
        return order
    from gatekeeper.cli.resuming import going_on

    return going_on(order, before)
