"""Owns telling one failure exactly: what speaks against the step, the last lines, how to see it again."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from gatekeeper.adapters.executionlog.text import block, code, one_line, prose
from gatekeeper.adapters.executionlog.words import duration, plural, short, sign_of_step, size, test_words
from gatekeeper.model.events import RunStarted, StepFinished
from gatekeeper.model.known import KnownFailure
from gatekeeper.model.outcome import Stray
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.judging.words import describe_listener
from gatekeeper.policy.summary import is_fine, results_after, step_name, strays_of, telling_first

_FINDINGS_SHOWN = 15
_LINES_SHOWN = 20
_STRAYS_SHOWN = 8
_DETAILED = 20


def failure_details(record: RunRecord, number: int) -> Iterator[str]:
    """A part for each attempt of the round (from 0) that did not pass or left something; the same one is told once."""
    before = results_after(record, number)
    told = 0
    finished = record.rounds[number].finished
    never_to_end = {"blocked", "cancelled"} if finished is not None and finished.abandoned else {"blocked"}
    for event in record.rounds[number].steps:
        if event.verdict in never_to_end or (is_fine(event) and not event.strays and not event.listeners):
            continue
        if told == _DETAILED:
            yield ""
            yield f"*Only the first {_DETAILED} failures are told in full; the table above has them all.*"
            return
        told += 1
        yield ""
        yield f"#### {failure_title(event)}"
        yield ""
        former = next((old for step, old in before.items() if f"{step}" == step_name(event)), None)
        if former is not None and (former.verdict, former.findings) == (event.verdict, event.findings):
            yield f"- The same as in round {former.round}"
            yield from _evidence(event)
        else:
            yield from failure(record, event)


def findings(event: StepFinished) -> Iterator[str]:
    """What speaks against a step, one line each."""
    # What only is told of must not hide what blocks.
    ordered = sorted(telling_first(event.findings), key=lambda finding: not finding.blocks)
    for finding in ordered[:_FINDINGS_SHOWN]:
        place = f" at {code(finding.place)}" if finding.place else ""
        noted = "" if finding.blocks else " (noted, blocks nothing)"
        yield f"- **{prose(finding.kind)}:** {code(finding.message, 300)}{place}{noted}"
    if len(event.findings) > _FINDINGS_SHOWN:
        yield f"- and {plural(len(event.findings) - _FINDINGS_SHOWN, 'more finding')}"


def stray_line(stray: Stray) -> str:
    """One process that outlived its step, in words."""
    name = code(" ".join(stray.argv)) if stray.argv else "a process without a name"
    folder = f", in {code(stray.cwd)}" if stray.cwd else ""
    return f"{name} ({_about(stray)}{folder}, caught by {prose(stray.layer)})"


def stray_words(stray: Stray) -> str:
    """The same without Markdown, for a terminal."""
    folder = f", in {one_line(stray.cwd)}" if stray.cwd else ""
    return f"{one_line(' '.join(stray.argv)) or '?'} ({_about(stray)}{folder}, caught by {one_line(stray.layer)})"


def _about(stray: Stray) -> str:
    ports = f", listening on {', '.join(map(str, stray.ports))}" if stray.ports else ""
    return f"pid {stray.pid}, {duration(stray.age_s)} old{ports}"


def failure_title(event: StepFinished) -> str:
    """What an account of this failure is headed by."""
    return f"{sign_of_step(event.verdict)} {code(step_name(event))}: {event.verdict}"


def failure(record: RunRecord, event: StepFinished) -> Iterator[str]:
    """All that is known of one failure: findings, tests, answer, strays, listeners, command, evidence, last lines."""
    yield from findings(event)
    yield from _known(event, record)
    if event.tests is not None:
        yield f"- **Tests:** {test_words(event.tests)}"
    if event.received is not None and not is_fine(event):
        yield f"- **Request:** {code(event.request or '')}, expected {code(event.expected or '')}"
        answer = f": {code(event.received.excerpt, 300)}" if event.received.excerpt else ""
        status = "no answer" if event.received.status is None else f"status {event.received.status}"
        yield f"- **Received:** {status} in {duration(event.received.ms / 1000)}{answer}"
    for stray in event.strays[:_STRAYS_SHOWN]:
        yield f"- **Left behind, and ended:** {stray_line(stray)}"
    if (more := strays_of(event) - len(event.strays[:_STRAYS_SHOWN])) > 0:
        yield f"- and {plural(more, 'more process', 'more processes')} left behind"
    yield from (f"- **Not of this step:** {prose(describe_listener(one))}" for one in event.listeners[:_STRAYS_SHOWN])
    if event.command is not None:
        yield f"- **Command:** {code(event.command, 300)}"
    if record.started is not None:
        again = f"gatekeeper run {record.started.cycle} --only {shlex.quote(f'{event.gate}/{event.step}')}"
        yield f"- **To see it again:** {code(again, 300)}"
    yield from _evidence(event)
    if event.last_lines and not is_fine(event):
        yield ""
        yield "Last lines:"
        yield ""
        yield block(event.last_lines[-_LINES_SHOWN:])


def _known(event: StepFinished, record: RunRecord) -> Iterator[str]:
    known = event.known
    if known is None:
        if event.pattern:
            yield f"- **Known pattern:** {code(event.pattern)}"
        return
    yield f"- **Known failure:** {code(known.pattern)} ({known.class_})"
    yield f"- **Root cause:** {prose(known.root_cause)}"
    if known.suggestion:
        yield f"- **What to do:** {prose(known.suggestion)}"
    if known.runbook:
        yield f"- **Runbook:** {code(known.runbook)}"
    if known.line:
        yield f"- **Recognised by:** {code(known.line, 300)}"
    if known.mitigation and record.started is not None and (why := _why_not_mitigated(known, record, record.started)):
        yield f"- **Mitigation offered:** {code(known.mitigation, 300)}; it does not run, because {why}"


def _why_not_mitigated(known: KnownFailure, record: RunRecord, started: RunStarted) -> str:
    if "no-mitigate" in record.switches:
        return f"the kill switch {code('no-mitigate')} is in force"
    return "" if known.pattern in started.mitigate else f"{code('until_green.mitigate')} does not name its pattern"


def _evidence(event: StepFinished) -> Iterator[str]:
    if event.output is not None:
        digest = f", {code(short(event.output_digest))}" if event.output_digest else ""
        dropped = f"; {size(event.output_dropped)} of its middle were dropped" if event.output_dropped else ""
        yield f"- **Output:** {code(event.output)}, {size(event.output_size)}{digest}{dropped}"
    if event.dossier is not None:
        yield f"- **Dossier:** {code(event.dossier)}: what it was doing when it was ended"
