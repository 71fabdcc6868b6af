"""Owns which run is taken up again, and with what it goes on: its own definition, its options, its journal so far."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable

from gatekeeper.adapters.journal.reading import read, verify_chain
from gatekeeper.adapters.journal.runs import RunFolder
from gatekeeper.adapters.journal.writer import NAME
from gatekeeper.cli.evidence import kept_definition
from gatekeeper.cli.look_back import PastRun, find_run
from gatekeeper.cli.run_request import Resumption, RunRequest
from gatekeeper.cli.wiring import OpenedRun
from gatekeeper.engine.run_order import RunOrder
from gatekeeper.model.errors import JournalError, UsageError
from gatekeeper.model.events import Entry, RunStarted, StepStarted
from gatekeeper.model.help_events import RunResumed
from gatekeeper.model.tree import Tree
from gatekeeper.model.verdict import RunVerdict
from gatekeeper.policy.course import Course
from gatekeeper.policy.fold import fold
from gatekeeper.policy.redaction import MASK as MASKED
from gatekeeper.policy.spent import spent_s
from gatekeeper.policy.switches import switches_in

MOST_RESUMPTIONS = 3
"""How often one round is taken up again: what brings gatekeeper down each time must not do so for ever."""

_HIDDEN = MASKED.decode()
_NOT_CLOSED = "the journal is not closed"
_OUT_OF_TIME = 124


def request_of(run: str, jobs: int, format: str, *, verbose: bool) -> RunRequest:  # noqa: A002 - the option's name
    """What `gatekeeper run --resume RUN` comes to.

    Raises:
        UsageError: there is no such run, or it cannot go on.
        JournalError: its journal is not whole.
        EnvironmentFault: its copy of the definition is not the one that it began with.
    """
    past = find_run(run)
    started = past.started
    _require_resumable(past)
    _require_whole(past.folder)
    definition = kept_definition(past.folder.path, started.definition)
    ref, _, commit = started.judge_by.rpartition("@")
    return RunRequest(
        root=started.root,
        path=started.source,
        only=tuple(started.selection.split(", ")) if started.selection else (),
        jobs=jobs,
        rounds=started.rounds or None,
        overrides=_overrides(started),
        format=format,
        verbose=verbose,
        judge_by=commit if ref else "",
        watch=started.watch,
        resumption=Resumption(past.folder.run, past.folder.path, past.record.started_at, definition, started.judge_by),
    )


def _overrides(started: RunStarted) -> tuple[tuple[str, str], ...]:
    """The values of variables that the run had, as they stand in its journal; of ports it gets others.

    One that held a secret is not there, and is taken from where it came from.
    """
    values = (pair for pair in started.configuration if not pair[0].startswith("port ") and _HIDDEN not in pair[1])
    return tuple((name, value.replace("${", "$${")) for name, value in values)


def entries_of(opened: OpenedRun) -> tuple[Entry, ...]:
    """The journal so far.

    Raises:
        UsageError: gatekeeper died in its newest round often enough.
        JournalError: it cannot be read.
    """
    entries = tuple(read(os.path.join(opened.folder, NAME)))
    course = Course(opened.plan, opened.selected)
    for entry in entries:
        course.apply(entry.event)
    if course.resumptions >= MOST_RESUMPTIONS:
        running = ", ".join(_names(fold(opened.run, entries).interrupted[-3:])) or "nothing"
        raise UsageError(
            f"round {course.rounds} was taken up again {course.resumptions} times, and gatekeeper died each time; "
            f"what ran last then: {running}. Look at that first, and run anew."
        )
    return entries


def going_on(order: RunOrder, entries: tuple[Entry, ...]) -> RunOrder:
    """`order` for a run that has come as far as its `entries` say."""

    def opening(tree: Tree) -> RunResumed:
        running = _names(fold(order.run, entries).interrupted)
        switches = tuple(switch.value for switch in switches_in(os.environ))
        return RunResumed(entries[-1].seq, tree.digest, os.getpid(), socket.gethostname(), running, switches)

    return order._replace(opening=opening, spent_s=spent_s(entries))


def _names(interrupted: Iterable[tuple[StepStarted, str]]) -> tuple[str, ...]:
    return tuple(f"{step.gate}/{step.step}" for step, _ in interrupted)


def _require_resumable(past: PastRun) -> None:
    run, finished, started = past.folder.run, past.record.finished, past.started
    if started.host not in {"", socket.gethostname()}:
        raise UsageError(f"{run} ran on {started.host}; it can only be taken up again there")
    if started.proof:
        raise UsageError(f"{run} was to prove something ({started.proof}), and is over")
    if started.at:
        raise UsageError(f"{run} ran on the commit {started.at[:12]} in a scratch worktree, which is gone; run anew")
    if started.isolated:
        raise UsageError(f"{run} ran isolated, in a scratch worktree, which is gone; run anew")
    if finished is None:
        raise UsageError(f"{run} is still going on")
    if finished.verdict != RunVerdict.ABORTED:
        raise UsageError(
            f"{run} has ended: it is {finished.verdict}; only what was broken off can be taken up again; "
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
