"""Owns looking at one run again: which checks there are, and in which order. Prints nothing, and changes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator

from gatekeeper.adapters.evidence.checking import check_definition, check_files, extra_files
from gatekeeper.adapters.evidence.execution_log import digests_in_log
from gatekeeper.adapters.journal.reading import verify_chain, what_can_be_read
from gatekeeper.cli.ink import count
from gatekeeper.model.errors import DefinitionError, GatekeeperError, JournalError
from gatekeeper.model.events import Entry, Event, IncidentHappened, RunFinished, RunStarted, StepFinished
from gatekeeper.model.incident import IncidentKind
from gatekeeper.model.plan import Plan
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.report import Report, ReportProblem
from gatekeeper.model.verdict import StepVerdict
from gatekeeper.model.verification import SPEAKS_AGAINST, Checked, Proof
from gatekeeper.policy.named_files import named_files
from gatekeeper.policy.replay import replay

JOURNAL = "journal.jsonl"


class Verified(NamedTuple):
    """All that was looked at, in order. `run` is the id in the journal, or the folder's name where there is none."""

    run: str
    folder: str
    checks: tuple[Checked, ...]

    @property
    def whole(self) -> bool:
        """Whether nothing speaks against the run."""
        return not any(check.proof in SPEAKS_AGAINST for check in self.checks)


def verify(folder: str, *, run: str = "") -> Verified:
    """Look at the run in `folder` again, from its journal alone. `run` is the id that it must have, where one is known.

    Raises:
        JournalError: there is no journal that could be read.
    """
    journal = os.path.join(folder, JOURNAL)
    if os.path.exists(journal) and not os.path.isfile(journal):
        raise JournalError(f"{journal} is no ordinary file")
    lines = what_can_be_read(journal)
    known = [(number, entry) for number, entry in lines if entry is not None]
    run_id = known[0][1].run if known else os.path.basename(os.path.abspath(folder))
    checks = [*_chain(journal, len(lines)), *_unknown(lines), *_name(run, run_id)]
    events = [(number, entry.event) for number, entry in known]
    started = next((event for _, event in events if isinstance(event, RunStarted)), None)
    plan: Plan | None = None
    if started is not None:
        definition, content = check_definition(folder, started.definition)
        checks.append(definition)
        if content is not None and definition.proof is Proof.OK:
            plan, problem = _compiled(content, started)
            checks += problem
    named = named_files(events)
    checks += check_files(folder, named.files)
    checks += (Checked(Proof.CONTRADICTORY, JOURNAL, message, line) for line, message in named.contradictions)
    checks += _reports(folder, events)
    if plan is not None:
        checks += _verdict(plan, events)
    if started is not None:
        checks += _log(started, run_id, folder, known, all_known=len(known) == len(lines))
    checks += extra_files(folder, {file.path for file in named.files})
    return Verified(run_id, folder, tuple(checks))


def _chain(journal: str, lines: int) -> Iterator[Checked]:
    problems = verify_chain(journal)
    for problem in problems:
        number, message = _numbered(problem)
        proof = (
            Proof.OPEN if message.startswith(("the journal is not closed", "the journal is empty")) else Proof.ALTERED
        )
        yield Checked(proof, JOURNAL, message, number)
    if not problems:
        yield Checked(Proof.OK, JOURNAL, f"{lines:,} lines, chained from the first to the last")


def _numbered(problem: str) -> tuple[int, str]:
    head, colon, message = problem.partition(": ")
    number = head.removeprefix("line ")
    return (int(number), message) if colon and number.isdecimal() and head.startswith("line ") else (0, problem)


def _unknown(lines: tuple[tuple[int, Entry | None], ...]) -> Iterator[Checked]:
    unknown = [number for number, entry in lines if entry is None]
    if unknown:
        message = f"{len(unknown)} events that this version does not know: what they say is not proven"
        yield Checked(Proof.UNPROVEN, JOURNAL, message, unknown[0])


def _name(wanted: str, found: str) -> Iterator[Checked]:
    if wanted and wanted != found:
        message = "this is the journal of another run than its folder's name says"
        yield Checked(Proof.ALTERED, JOURNAL, message, 1, wanted, found)


def _compiled(content: bytes, started: RunStarted) -> tuple[Plan | None, tuple[Checked, ...]]:
    from gatekeeper.adapters.definition.loading import compile_bytes

    try:
        return compile_bytes(content, started.source or "definition.yaml", root=started.root), ()
    except (DefinitionError, GatekeeperError) as refused:
        first = str(refused).splitlines()[0]
        message = f"this version cannot compile it, so the verdict cannot be decided again: {first}"
        return None, (Checked(Proof.CONTRADICTORY, "definition.yaml", message, 1),)


def _reports(folder: str, events: list[tuple[int, Event]]) -> Iterator[Checked]:
    for line, event in events:
        if not isinstance(event, StepFinished) or event.tests is None:
            continue
        place = f"{event.gate}/{event.step}"
        if not event.reports:
            message = "its tests were counted, and the journal does not say from which files"
            yield Checked(Proof.UNPROVEN, place, message, line)
            continue
        yield _report(folder, event, line, place)


def _report(folder: str, event: StepFinished, line: int, place: str) -> Checked:
    from gatekeeper.cli.kept_reports import read_again

    match read_again(folder, event):
        case ReportProblem(kind="missing"):
            return Checked(Proof.ALTERED, place, "its report is not all there, and could not be counted again", line)
        case ReportProblem(message=message):
            return Checked(Proof.CONTRADICTORY, place, f"its report cannot be read again: {message}", line)
        case Report() as again:
            return _counted(again, event, line, place)


def _counted(again: Report, event: StepFinished, line: int, place: str) -> Checked:
    if again.counts != event.tests:
        message = "the journal counts other tests than its report holds"
        return Checked(Proof.CONTRADICTORY, place, message, line, str(event.tests), str(again.counts))
    if again.contradictions and event.verdict == StepVerdict.PASSED:
        message = f"passed with a report that contradicts itself: {again.contradictions[0]}"
        return Checked(Proof.CONTRADICTORY, place, message, line)
    return Checked(Proof.OK, place, f"{again.counts.total:,} tests, counted again from its report", line)


def _verdict(plan: Plan, events: list[tuple[int, Event]]) -> Iterator[Checked]:
    replayed = replay(plan, events)
    yield from (Checked(Proof.CONTRADICTORY, "verdict", message, line) for line, message in replayed.problems)
    finished = next((event for _, event in reversed(events) if isinstance(event, RunFinished)), None)
    if replayed.problems or finished is None:
        return
    said = f"{finished.verdict} (exit code {finished.exit_code})"
    counts = f"{count(replayed.results, 'result')} in {count(replayed.rounds, 'round')}"
    if replayed.judgement is None:
        yield Checked(Proof.OK, "verdict", f"{said}: it was broken off, and nothing is said of the tree")
    else:
        yield Checked(Proof.OK, "verdict", f"{said}, decided again from {counts}: {replayed.judgement.why.value}")


def _log(
    started: RunStarted, run: str, folder: str, known: list[tuple[int, Entry]], *, all_known: bool
) -> Iterator[Checked]:
    if not any(isinstance(entry.event, RunFinished) for _, entry in known):
        return
    log = digests_in_log(started.log, run, folder)
    number, last = known[-1]
    if log.why or not all_known:
        why = log.why or "it holds lines that this version cannot read"
        message = f"nothing outside of the run's folder says how its journal ends: {why}"
        yield Checked(Proof.UNPROVEN, "execution log", message, number)
        return
    at = next((index for index, (_, entry) in enumerate(known) if entry.digest in log.digests), None)
    later = known[at + 1 :] if at is not None else []
    if at is not None and all(_is_conflict(entry.event) for _, entry in later):
        yield Checked(Proof.OK, "execution log", f"{log.path} has the journal's last digest", number)
    elif at is None:
        message = f"{log.path} has a last digest that no line of the journal has"
        yield Checked(Proof.ALTERED, "execution log", message, number, log.digests[0], last.digest)
    else:
        message = f"the journal goes on after the line that {log.path} calls the last"
        yield Checked(Proof.ALTERED, "execution log", message, later[0][0], known[at][1].digest, last.digest)


def _is_conflict(event: Event) -> bool:
    # It is told after the log could not be written, so no log can know of it.
    return isinstance(event, IncidentHappened) and event.kind is IncidentKind.LOG_CONFLICT
