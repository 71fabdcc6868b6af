"""Owns what the newest finished run of a cycle came to, step by step, as it can be recorded. Writes nothing.

Tests are read from the copies in the run's folder, numbers from the run's journal, and nothing from anywhere else.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from gatekeeper.adapters.evidence.checking import check_files
from gatekeeper.adapters.journal.reading import load, verify_chain
from gatekeeper.adapters.journal.runs import list_runs
from gatekeeper.cli.look_back import PastRun, close_dead
from gatekeeper.cli.project import state_folder
from gatekeeper.engine.clock import SystemClock
from gatekeeper.model.baseline import Baseline
from gatekeeper.model.errors import JournalError
from gatekeeper.model.events import StepFinished
from gatekeeper.model.outcome import Artifact
from gatekeeper.model.plan import Step
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.report import Coverage, Report, ReportProblem
from gatekeeper.model.verification import NamedFile, Proof
from gatekeeper.policy.judging.outcomes import outcomes_of
from gatekeeper.policy.recording import bounded_counts, shares_of_files, why_result_unfit


class PastResults(NamedTuple):
    """What a step came to in a run; `problem` says why it cannot be recorded, and is empty where it can."""

    results: Baseline
    problem: str = ""


def finished_runs(root: str, cycle: str) -> Iterator[PastRun]:
    """The runs of a cycle that came to their own end, newest first. Runs that cannot be read are passed over."""
    state = state_folder(root)
    close_dead(state, SystemClock().now)
    for folder in list_runs(state, cycle):
        try:
            record = load(folder.path)
        except JournalError:
            continue
        ended = record.finished is not None and record.finished.verdict != "aborted"
        if ended and record.started is not None and record.started.cycle == cycle:
            yield PastRun(state, folder, record, record.started)


def why_not_whole(past: PastRun) -> str:
    """What speaks against a run's journal, or empty."""
    problems = verify_chain(past.folder.journal)
    return f"the journal of {past.folder.run} does not hold together: {problems[0]}" if problems else ""


def results_in(past: PastRun, step: Step) -> PastResults:
    """What `step` came to in its last attempt in a run."""
    event = past.record.latest.get(step.id)
    nothing = Baseline("", "", {})
    if event is None or not event.attempt:
        return PastResults(nothing, f"it did not run in {past.folder.run}")
    report, files = _report_of(past, step, event), _single_files(past, step, event)
    if why := why_result_unfit(step, event, report) or (files if isinstance(files, str) else ""):
        return PastResults(nothing, f"what it came to in {past.folder.run} cannot be recorded: {why}")
    numbers = {one.name: one.value for one in event.measured if one.value is not None}
    shares = {name: numbers[f"coverage.{name}"] for name in ("lines", "branches") if f"coverage.{name}" in numbers}
    tested = report if isinstance(report, Report) else None
    results = Baseline(
        f"the run {past.folder.run}",
        "",
        outcomes_of(tested) if tested is not None else {},
        shares | files if isinstance(files, dict) else shares,
        {metric.name: numbers[metric.name] for metric in step.metrics if metric.name in numbers},
        bounded_counts(step, tested),
    )
    return PastResults(results)


def _report_of(past: PastRun, step: Step, event: StepFinished) -> Report | ReportProblem | None:
    if step.report is None:
        return None
    if not event.reports:
        return ReportProblem("missing", "it left no report")
    if changed := _changed_copy(past, event.reports):
        return ReportProblem("unreadable", changed)
    from gatekeeper.cli.kept_reports import read_again

    return read_again(past.folder.path, event, _folder(past, step))


def _single_files(past: PastRun, step: Step, event: StepFinished) -> dict[str, float] | str:
    """The share of every single file's lines, where the step bounds them; or why they cannot be told."""
    if step.coverage is None or step.coverage.files is None:
        return {}
    if changed := _changed_copy(past, event.coverage_files):
        return changed
    from gatekeeper.adapters.measures.coverage import read_copies

    copies = ((copy.path, copy.kept) for copy in event.coverage_files)
    match read_copies(step.coverage, past.folder.path, copies, _folder(past, step)):
        case Coverage() as coverage:
            return shares_of_files(coverage)
        case ReportProblem(message=message):
            return message


def _folder(past: PastRun, step: Step) -> str:
    """Where the step ran."""
    begun = past.record.begun.get(step.id)
    return os.path.join(past.started.root, begun.cwd if begun is not None else step.cwd)


def _changed_copy(past: PastRun, copies: tuple[Artifact, ...]) -> str:
    """Why the copies cannot be believed: the first that is not what the run had kept; or empty."""
    named = (NamedFile(copy.kept, copy.digest, 0) for copy in copies)
    wrong = (check for check in check_files(past.folder.path, named) if check.proof is not Proof.OK)
    return next((f"the copy {check.place}: {check.message}; somebody changed it" for check in wrong), "")
