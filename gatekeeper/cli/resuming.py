"""Owns which run is taken up again, and with what it goes on: its own definition, its options, its journal so far."""

from __future__ import annotations

import os
import socket

from gatekeeper.adapters.journal.reading import read, verify_chain
from gatekeeper.adapters.journal.runs import RunFolder
from gatekeeper.cli.evidence import kept_definition
from gatekeeper.cli.look_back import PastRun, find_run
from gatekeeper.cli.run_request import Resumption, RunRequest
from gatekeeper.model.errors import JournalError, UsageError
from gatekeeper.model.events import Entry, RunStarted
from gatekeeper.model.plan import Plan
from gatekeeper.model.verdict import RunVerdict
from gatekeeper.policy.course import Course
from gatekeeper.policy.fold import RunRecord

MOST_RESUMPTIONS = 3
"""How often one round is taken up again: what brings gatekeeper down each time must not do so for ever."""

_NOT_CLOSED = "the journal is not closed"
_OUT_OF_TIME = 124


def request_of(run: str, jobs: int, format: str, *, verbose: bool) -> RunRequest:  # noqa: A002 - the option's name
    """What `gatekeeper run --resume RUN` comes to.

    Raises:
        UsageError: there is no such run, or it cannot go on.
        JournalError: its evidence is not whole.
    """
    past = find_run(run)
    started = past.started
    _require_resumable(past)
    _require_whole(past.folder)
    definition = kept_definition(past.folder.path)
    ref, _, commit = started.judge_by.rpartition("@")
    return RunRequest(
        root=started.root,
        path=started.source,
        only=tuple(started.selection.split(", ")) if started.selection else (),
        jobs=jobs,
        rounds=started.rounds or None,
        overrides=(),
        format=format,
        verbose=verbose,
        judge_by=commit if ref else "",
        watch=started.watch,
        resumption=Resumption(past.folder.run, past.folder.path, past.record.started_at, definition, started.judge_by),
    )


def overrides_of(started: RunStarted, plan: Plan) -> tuple[tuple[str, str], ...]:
    """The values of variables that the run had, as they stand in its journal.

    Raises `UsageError` where one was secret: then nobody can know it.
    """
    names = {name for name, _ in plan.vars}
    values = tuple((name, value) for name, value in started.configuration if name in names)
    for name, value in values:
        if "•••" in value:
            raise UsageError(f"the variable {name} held a secret, so the journal does not have it: run anew")
    return tuple((name, value.replace("${", "$${")) for name, value in values)


def entries_of(folder: str) -> tuple[Entry, ...]:
    """The journal so far. Raises `JournalError`."""
    return tuple(read(RunFolder("", folder, "").journal))


def _require_resumable(past: PastRun) -> None:
    run, finished, started = past.folder.run, past.record.finished, past.started
    if started.host not in {"", socket.gethostname()}:
        raise UsageError(f"{run} ran on {started.host}; it can only be taken up again there")
    if started.proof:
        raise UsageError(f"{run} was to prove something ({started.proof}), and is over")
    if finished is None:
        raise UsageError(f"{run} is still going on")
    if finished.verdict != RunVerdict.ABORTED:
        raise UsageError(
            f"{run} has ended: it is {finished.verdict}. What was broken off can be taken up again; "
            f"for a new run: gatekeeper run {started.cycle}"
        )
    if finished.exit_code == _OUT_OF_TIME:
        raise UsageError(f"{run} has used up its own time (until_green.within); run anew")


def _require_whole(folder: RunFolder) -> None:
    problems = [problem for problem in verify_chain(folder.journal) if not problem.startswith(_NOT_CLOSED)]
    if problems:
        raise JournalError(
            f"{folder.run} cannot be taken up again, because its journal is not what was written:\n"
            + "\n".join(f"  {folder.journal}: {problem}" for problem in problems[:5])
        )


def require_patience(course: Course, record: RunRecord) -> None:
    """Raise `UsageError` where the round that is open was taken up again often enough."""
    if course.resumptions >= MOST_RESUMPTIONS:
        running = ", ".join(f"{step.gate}/{step.step}" for step, _ in record.interrupted[-3:]) or "nothing"
        raise UsageError(
            f"round {course.rounds} was taken up again {course.resumptions} times, and gatekeeper died each time; "
            f"what ran last then: {running}. Look at that first, and run anew."
        )


def spent_s(entries: tuple[Entry, ...]) -> float:
    """The seconds that the run has gone on for, without those in which it was dead. Taken from the wall clock."""
    from datetime import datetime

    spent = 0.0
    since: datetime | None = None
    last: datetime | None = None
    for entry in entries:
        now = datetime.fromisoformat(entry.time)
        match entry.event:
            case _ if since is None:
                since = now
            case event if _is_going_on(event):
                spent += max(0.0, ((last or since) - since).total_seconds())
                since = now
            case event if _is_closed_by_others(event):
                continue
            case _:
                pass
        last = now
    if since is not None and last is not None:
        spent += max(0.0, (last - since).total_seconds())
    return spent


def _is_going_on(event: object) -> bool:
    from gatekeeper.model.help_events import RunResumed

    return isinstance(event, RunResumed)


def _is_closed_by_others(event: object) -> bool:
    from gatekeeper.model.events import NoteAdded, RunFinished

    return isinstance(event, NoteAdded) or (isinstance(event, RunFinished) and event.duration_s is None)


__all__ = ["MOST_RESUMPTIONS", "entries_of", "overrides_of", "request_of", "require_patience", "spent_s"]
