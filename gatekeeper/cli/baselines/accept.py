"""Owns `gatekeeper baseline accept`: a run's results into the files in the repo, and an event into its journal."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import suppress

from gatekeeper.adapters.baselines.naming import baseline_file
from gatekeeper.adapters.baselines.storing import only_writer, store
from gatekeeper.adapters.baselines.writing import baseline_digest, baseline_text
from gatekeeper.adapters.journal.writer import JournalWriter
from gatekeeper.adapters.repos.at_ref import WorkingTree
from gatekeeper.cli.baselines.steps import Asked, asked_for
from gatekeeper.cli.baselines.words import change_line, from_where
from gatekeeper.cli.ink import count, printable
from gatekeeper.cli.look_back import PastRun, find_run
from gatekeeper.cli.past_results import PastResults, finished_runs, results_in, why_not_whole
from gatekeeper.cli.standards import read_recorded
from gatekeeper.engine.clock import SystemClock
from gatekeeper.model.baseline import Acceptance, BaselineProblem, RecordedBaseline
from gatekeeper.model.errors import EnvironmentFault, JournalError, LockHeld, UsageError
from gatekeeper.model.evidence_events import BaselineAccepted
from gatekeeper.model.plan import Step
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.acceptance import Taken, take, weakening
from gatekeeper.policy.masking import Masker

REFUSED = 1
_LISTED = 50


class _Refused(Exception):
    """Nothing is written; the text says why."""


class _Move(NamedTuple):
    """What becomes of one step's file. `before` is what it holds now, None where there is none."""

    step: Step
    before: RecordedBaseline | None
    taken: Taken


def accept(arguments: argparse.Namespace) -> int:
    """Take results; returns the exit code. Raises the errors of `gatekeeper.model.errors`."""
    if not arguments.reason.strip():
        raise UsageError("--reason says nothing: whoever reviews the baseline wants to know why")
    asked = asked_for(arguments.cycle, arguments.step, to_record=True)
    try:
        with only_writer(asked.state):
            return _accept(arguments, asked)
    except (_Refused, LockHeld, JournalError) as refused:
        print(f"gatekeeper: nothing was recorded: {refused}", file=sys.stderr)
        return REFUSED


def _accept(arguments: argparse.Namespace, asked: Asked) -> int:
    past = next(finished_runs(asked.root, asked.plan.cycle), None)
    if past is None:
        again = f"gatekeeper run {asked.plan.cycle}"
        raise _Refused(f"no run of {asked.plan.cycle} has come to its end; there is nothing to take: {again}")
    if why := why_not_whole(past):
        raise _Refused(f"{why}; run it again")
    print(from_where(past, asked.plan))
    moves, problems = _moves(arguments, asked, past)
    if problems:
        for move in moves:
            _tell_left(move)
        raise _Refused("\n  ".join(problems))
    unknown = set.intersection(*(set(move.taken.unknown) for move in moves))
    if unknown:
        known = {change.name for move in moves for change in (*move.taken.taken, *move.taken.left)}
        from gatekeeper.cli.suggest import did_you_mean

        name = min(unknown)
        raise UsageError(f"--only {name}: neither the baseline nor the run has it{did_you_mean(name, known)}")
    nothing = not any(move.taken.changes for move in moves)
    if nothing and not arguments.only and any(move.taken.left for move in moves):
        for move in moves:
            _tell_left(move)
        raise _Refused("all that is new would make the baseline weaker; name what is meant: --only ID")
    masker = Masker(value for name in past.started.secrets if (value := os.environ.get(name)))
    who, why = map(masker.mask, (arguments.by.strip() or _who(asked.root), arguments.reason.strip()))
    acceptance = Acceptance(SystemClock().now(), who, why, past.folder.run)
    with JournalWriter.reopen(past.folder.path, SystemClock().now, masker.mask) as journal:
        for move in moves:
            _record(asked, move, acceptance, journal)
    if past.started.log and not nothing:
        from gatekeeper.cli.log import rewrite_log

        rewrite_log(find_run(past.folder.run))
    return 0


def _moves(arguments: argparse.Namespace, asked: Asked, past: PastRun) -> tuple[list[_Move], list[str]]:
    """What would become of each step's file, and what stands in the way of any of that."""
    moves, problems = [], []
    for step in asked.steps:
        match read_recorded(asked.plan.cycle, step.id, WorkingTree(asked.root)):
            case BaselineProblem(message):
                problems.append(message)
                continue
            case before:
                pass
        match results_in(past, step):
            case PastResults(results, ""):
                everything = arguments.initial
                if everything and before is not None:
                    what = "--initial is for a first baseline, and there is one; name what is meant: --only ID"
                    raise UsageError(f"{step.id}: {what}")
                taken = take(
                    before.baseline if before is not None else None,
                    results,
                    step,
                    names=arguments.only,
                    everything=everything,
                )
                moves.append(_Move(step, before, taken))
            case PastResults(problem=problem):
                problems.append(f"{step.id}: {problem}")
    return moves, problems


def _record(asked: Asked, move: _Move, acceptance: Acceptance, journal: JournalWriter) -> None:
    step, taken = move.step, move.taken
    file = baseline_file(asked.plan.cycle, step.id)
    if not taken.changes:
        why = f"{file} says so already" if move.before is not None else "nothing of it passed"
        print(f"{step.id}: nothing to record; {why}")
        _tell_left(move)
        return
    ids = weakening(taken)
    history = move.before.accepted if move.before is not None else ()
    recorded = RecordedBaseline(
        asked.plan.cycle, str(step.id), taken.baseline, (*history, acceptance._replace(weaker=ids))
    )
    before = WorkingTree(asked.root).read(file)
    content = baseline_text(recorded)
    store(asked.root, file, content)
    event = BaselineAccepted(
        step.gate,
        step.name,
        acceptance.by,
        acceptance.reason,
        baseline_digest(before) if before is not None else "",
        baseline_digest(content),
        ids,
    )
    try:
        journal.append(event, sync=True)
    except JournalError:
        # What no journal tells of must not stand in the repo.
        _put_back(asked.root, file, before)
        raise
    _tell_taken(move, file)
    _tell_left(move)


def _put_back(root: str, file: str, before: bytes | None) -> None:
    with suppress(OSError, EnvironmentFault):
        if before is None:
            os.unlink(os.path.join(root, file))
        else:
            store(root, file, before)


def _tell_taken(move: _Move, file: str) -> None:
    changes = move.taken.taken
    weaker = [change for change in changes if change.effect == "weaker"]
    ref = move.step.baseline.ref if move.step.baseline is not None else ""
    counts = f"; it counts once it is at {ref}" if ref else ""
    print(f"{move.step.id}: {count(move.taken.changes, 'change')} recorded in {file}{counts}")
    for old, new in move.taken.renamed[:_LISTED]:
        print(f"  renamed   {printable(old)} → {printable(new)}")
    for change in (weaker + [change for change in changes if change.effect != "weaker"])[:_LISTED]:
        print(f"  {change_line(change)}")
    if len(changes) > _LISTED:
        print(f"  and {len(changes) - _LISTED} more")


def _tell_left(move: _Move) -> None:
    if left := move.taken.left:
        print(f"{move.step.id}: {count(len(left), 'thing')} would make it weaker and stay out, unless named by --only:")
        for change in left[:_LISTED]:
            print(f"  {change_line(change)}")
        if len(left) > _LISTED:
            print(f"  and {len(left) - _LISTED} more")


def _who(root: str) -> str:
    """Git's name of the person, else the system's."""
    from gatekeeper.adapters.repos.bounds import Bounds, OutOfTime
    from gatekeeper.adapters.repos.git import ask

    name = email = ""
    with suppress(OSError, OutOfTime):
        answers = ask(os.fsencode(root), ("config", "user.name"), ("config", "user.email"), bounds=Bounds(10.0))
        name, email = (answer.out.decode("utf-8", "replace").strip() for answer in answers)
    user = os.environ.get("USER") or os.environ.get("LOGNAME") or f"uid {os.getuid()}"
    return f"{name} <{email}>" if name and email else name or user
