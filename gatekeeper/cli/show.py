"""Owns the command `gatekeeper show`: one run, for people in a few lines, for programs as one JSON object."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from gatekeeper.adapters.console.failure import failure_rows
from gatekeeper.adapters.console.layout import lines_of
from gatekeeper.adapters.console.spans import paint
from gatekeeper.adapters.console.words import UNICODE
from gatekeeper.adapters.executionlog.failures import stray_words
from gatekeeper.adapters.executionlog.status_section import outcome_words
from gatekeeper.adapters.executionlog.text import one_line
from gatekeeper.adapters.executionlog.words import clock, date, plural, sign_of_step
from gatekeeper.adapters.journal.codec import encode
from gatekeeper.cli.look_back import PastRun, find_run
from gatekeeper.cli.show_help import help_told, helper_now
from gatekeeper.model.errors import UsageError
from gatekeeper.model.events import NAMES, Event, StepFinished
from gatekeeper.model.evidence_events import BaselineAccepted, BaselineMeasured, RerunFinished, StepFlaky
from gatekeeper.model.verdict import RunVerdict
from gatekeeper.policy.causes import failures_of
from gatekeeper.policy.containment import described
from gatekeeper.policy.evidence_words import change_words, comparison_words, is_beyond, measured_words, rerun_words
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.helped import can_go_on, cut_off
from gatekeeper.policy.judged_commit import judged_commit
from gatekeeper.policy.judging.words import describe_listener
from gatekeeper.policy.summary import (
    attempts_of,
    closing_of_dead,
    failing,
    step_name,
    strays_of,
    weakened,
)

_STRAYS_SHOWN = 3
_EPILOG = """\
examples:
  gatekeeper show
  gatekeeper show 7f3a --json
  gatekeeper show --output suite/unit --times
  gatekeeper show backend-cycle --output suite/unit@2 | less
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = "Look at a run: its verdict, what did not pass and why, and where its evidence lies."
    parser.epilog = _EPILOG
    parser.add_argument(
        "run",
        nargs="?",
        default="latest",
        metavar="RUN",
        help="a run's id or an end of it, or a cycle (default: latest)",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--json", action="store_true", help="one JSON object with all the facts")
    what.add_argument(
        "--output",
        metavar="GATE/STEP[@ATTEMPT]",
        help="what a step wrote, in its last attempt or this one, also while it runs; never a secret",
    )
    parser.add_argument("--times", action="store_true", help="with --output: seconds since the attempt began, by line")


def main(arguments: argparse.Namespace) -> int:
    """Print the run. Raises `UsageError` and `JournalError`."""
    if arguments.times and not arguments.output:
        raise UsageError("--times belongs to --output GATE/STEP\n  try: gatekeeper show --output suite/unit --times")
    past = find_run(arguments.run)
    if arguments.output:
        from gatekeeper.cli.show_output import show_output

        show_output(past, arguments.output, times=arguments.times)
    elif arguments.json:
        import json

        print(json.dumps(facts(past), indent=2, ensure_ascii=True))
    else:
        print("\n".join(_lines(past)))
    return 0


def facts(past: PastRun) -> dict[str, Any]:
    """Everything about a run under the names that its journal has for it.

    The fields of ``run.finished`` stand at the top; `verdict`, `exit_code` and `duration_s` are null while the
    run goes on.
    """
    record = past.record
    finished = record.finished or closing_of_dead(record, RunVerdict.ABORTED, "")
    data = encode(past.started)[1] | encode(finished)[1]
    if record.finished is None:
        data |= {"verdict": None, "exit_code": None}
    attempts = [event for each in record.rounds for event in each.steps] + record.teardown
    return {
        "run": record.run,
        "started_at": record.started_at,
        "finished_at": record.finished_at or None,
        "journal": past.folder.journal,
        "journal_digest": record.digest,
        **data,
        "repos_before": encode(past.started)[1]["repos"],
        "planned": encode(past.started)[1].get("steps", []),
        "attempts": [encode(event)[1] for event in attempts],
        "failures": [encode(event)[1] for event in failing(record)],
        "interrupted": [_at(time, event) for event, time in record.interrupted],
        "history": [_round(record, number) for number in range(len(record.rounds))],
        "tree_changes": [_at(time, event) for time, event in record.changes],
        "compared": encode(record.compared)[1] if record.compared is not None else None,
        "baselines_measured": _beside(record, BaselineMeasured),
        "baselines_accepted": _beside(record, BaselineAccepted),
        "reruns": _beside(record, RerunFinished),
        "flaky_steps": _beside(record, StepFlaky),
        "incident_list": [_at(time, event) for time, event in record.incidents],
        "notes": [_at(time, event) for time, event in record.notes],
        "retries": [encode(event)[1] for each in record.rounds for event in each.retries],
        "help": [{"event": NAMES[type(event)], **_at(time, event)} for time, event in record.help],
        "proofs": [_at(time, event) for time, event in record.proofs],
        "settled": [encode(event)[1] for event in record.settled],
        "resumptions": [_at(time, event) for time, event in record.resumed],
    }


def _at(time: str, event: Event) -> dict[str, Any]:
    return {"time": time, **encode(event)[1]}


def _beside(record: RunRecord, kind: type[Event]) -> list[dict[str, Any]]:
    return [_at(time, event) for time, event in record.beside if isinstance(event, kind)]


def _round(record: RunRecord, number: int) -> dict[str, Any]:
    each = record.rounds[number]
    data = encode(each.started)[1] | {"started_at": each.started_at, "finished_at": each.finished_at or None}
    return data | {"failed": [], "signature": ""} | (encode(each.finished)[1] if each.finished else {})


def _lines(past: PastRun) -> list[str]:
    record = past.record
    lines = [
        f"{record.run}  {one_line(past.started.title or past.started.cycle)}",
        f"began {date(record.started_at)} {clock(record.started_at)} UTC",
        *([f"judges {judged}"] if (judged := judged_commit(past.started)) else []),
        f"contained by {one_line(described(past.started.containment, past.started.required_containment))}",
    ]
    if record.finished is not None:
        lines.append(outcome_words(record, record.finished))
    else:
        idle = "nothing, it waits for a change of the tree" if record.awaited else "nothing at this moment"
        running = ", ".join(str(step) for step in record.running) or helper_now(record) or idle
        lines.append(f"🟡 not ended; running: {one_line(running)}")
    lines += [f"🛑 {one_line(f'{begun.gate}/{begun.step}')}: was running when it ended" for begun, _ in cut_off(record)]
    lines += _failures(past)
    lines += help_told(record)
    lines += _judged_by(record)
    for _, incident in record.incidents:
        step = f"{incident.gate}/{incident.step}: " if incident.step else ""
        lines.append(f"incident {incident.kind.value}: {one_line(step + incident.message)}")
    for event in attempts_of(record):
        told = (f"{step_name(event)}: {describe_listener(one)}" for one in event.listeners)
        lines += [f"foreign port in {one_line(words, 300)}" for words in told]
    if can_go_on(record):
        lines.append(f"go on    gatekeeper run --resume {record.run}")
    if record.notes:
        lines.append(f"{plural(len(record.notes), 'note')} in the log")
    if past.started.log:
        lines.append(f"log      {past.started.log}")
    lines.append(f"journal  {past.folder.journal}")
    return lines


def _judged_by(record: RunRecord) -> Iterator[str]:
    """What the run was judged by, what became of that, and what is not as sure as a verdict sounds."""
    if record.started is not None and record.started.judge_by:
        yield f"judged by {one_line(record.started.judge_by)}"
    if record.compared is not None and record.compared.problem:
        yield f"not compared with {one_line(f'{record.compared.against}: {record.compared.problem}')}"
    yield from dict.fromkeys(f"weakened {one_line(change_words(change))}" for change in weakened(record))
    for told in record.flaky:
        yield f"flaky {one_line(f'{told.gate}/{told.step} {told.message}')}"
    for _, event in record.beside:
        match event:
            case BaselineMeasured(gate, step, ref, problem=problem) if problem:
                yield f"no baseline of {one_line(f'{gate}/{step} from {ref}: {problem}')}"
            case RerunFinished(gate, step):
                yield f"run again for diagnosis: {one_line(f'{gate}/{step}: {rerun_words(event)}')}"
            case _:
                pass


def _failures(past: PastRun) -> Iterator[str]:
    """Each failure with all that is kept of it, causes first; then what did not come to an end."""
    record, folder = past.record, past.folder.path
    failures = failures_of(record)
    for cause in failures.causes:
        yield f"{sign_of_step(cause.event.verdict)} {one_line(step_name(cause.event))}: {one_line(cause.event.verdict)}"
        _, *rows = failure_rows(cause, record, folder, UNICODE)
        yield from (paint(line, colour=False).rstrip() for line in lines_of(rows, 0))
        yield from _weighed(cause.event)
    yield from (f"{sign_of_step('blocked')} {one_line(name)}: blocked" for name in failures.blocked)
    for event in failing(record):
        if event.verdict == "cancelled":
            yield f"{sign_of_step('cancelled')} {one_line(step_name(event))}: cancelled"


def _weighed(event: StepFinished) -> Iterator[str]:
    """How what it left was weighed beside what was expected, and what it left running."""
    if event.comparison is not None and (words := comparison_words(event.comparison)):
        beside = f" (beside {event.comparison.baseline})" if event.comparison.baseline else ""
        yield f"    tests     {one_line(', '.join(words) + beside)}"
    yield from (f"    number    {one_line(measured_words(one))}" for one in event.measured if is_beyond(one))
    yield from (f"    left behind, and ended: {stray_words(stray)}" for stray in event.strays[:_STRAYS_SHOWN])
    if (left := strays_of(event) - len(event.strays[:_STRAYS_SHOWN])) > 0:
        yield f"    and {plural(left, 'more process', 'more processes')} left behind"
