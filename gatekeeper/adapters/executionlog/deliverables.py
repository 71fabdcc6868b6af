"""Owns the deliverables at the end of a run, in the order of the written plan. Only what was measured or noted."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gatekeeper.adapters.executionlog.endings import final_commits, none, settled
from gatekeeper.adapters.executionlog.failures import stray_line
from gatekeeper.adapters.executionlog.fixes import fixes, provider, root_causes
from gatekeeper.adapters.executionlog.text import cell, code, prose
from gatekeeper.adapters.executionlog.words import clock, duration, listed, plural, short, sign_of_step, size
from gatekeeper.model.events import StepFinished
from gatekeeper.model.incident import IncidentKind
from gatekeeper.model.verdict import Finding
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.judging.words import describe_listener
from gatekeeper.policy.summary import attempts_of, blocking, is_fine, step_name, strays_of, telling_first

_ROWS_SHOWN = 60
_FAILURES_SHOWN = 40
_STRAYS_SHOWN = 20
_NAMED = 12
# What people call what the parts below tell.
_ANSWERED = re.compile(
    r"fail|error|cause|fix|solution|command|evidence|status|provider|model|block|timeout|hang|incident|stray|orphan"
    r"|commit|push|drift|metric|result|verdict|nugget|guideline|log\b",
    re.IGNORECASE,
)
_NO_FAILURE = frozenset({"blocked", "cancelled"})
_STALLS = frozenset({IncidentKind.TIMEOUT, IncidentKind.HANG, IncidentKind.UNKILLABLE})


def deliverables(record: RunRecord) -> list[str]:
    """``### Deliverables``, a part for each."""
    parts = (
        ("Exact failures found", _failures),
        ("Root causes", root_causes),
        ("Fixes", fixes),
        ("Command evidence", _commands),
        ("Provider used", provider),
        ("Blocking and timeout incidents", _stalls),
        ("Other incidents", _other_incidents),
        ("Stray processes", _strays),
        ("Ports that others opened", _foreign_ports),
        ("Final commits", final_commits),
        ("Settled drift", settled),
        ("Evidence", _evidence),
    )
    lines = ["### Deliverables", "", *_unanswered(record)]
    for title, part in parts:
        if body := list(part(record)):
            lines += [f"#### {title}", "", *body, ""]
    return lines


def _unanswered(record: RunRecord) -> Iterator[str]:
    """Those that the cycle asks for and that this log has no part for: one honest line."""
    declared = record.started.deliverables if record.started is not None else ()
    open_ones = tuple(code(item) for item in declared if not _ANSWERED.search(item))
    if open_ones:
        yield f"Expected, and nothing that was measured or noted answers it: {listed(open_ones, _NAMED)}."
        yield ""


def _failures(record: RunRecord) -> Iterator[str]:
    seen: dict[tuple[str, str, str], str] = {}
    for each in record.rounds:
        for event in each.steps:
            if is_fine(event) or event.verdict in _NO_FAILURE:
                continue
            for found in telling_first(blocking(event)) or [Finding("", event.verdict)]:
                key = (step_name(event), found.kind, found.message)
                rounds = seen.get(key)
                seen[key] = f"{rounds}, {each.started.round}" if rounds else str(each.started.round)
    for (step, kind, message), rounds in list(seen.items())[:_FAILURES_SHOWN]:
        label = f" {prose(kind)}:" if kind else ""
        yield f"- {code(step)}{label} {code(message, 200)} (round {rounds})"
    if len(seen) > _FAILURES_SHOWN:
        yield f"- and {plural(len(seen) - _FAILURES_SHOWN, 'more failure')}"
    if not seen:
        yield none(record)


def _commands(record: RunRecord) -> Iterator[str]:
    attempts = [event for each in record.rounds for event in each.steps if event.attempt] + record.teardown
    ran = [event for event in attempts if event.command is not None or event.request is not None]
    if not ran:
        yield "No command ran."
        return
    shown = ran if len(ran) <= _ROWS_SHOWN else [event for event in ran if not is_fine(event)][:_ROWS_SHOWN]
    if shown:
        yield "| Round | Command or probe | Status | Took | Output |"
        yield "|-------|------------------|--------|------|--------|"
    for event in shown:
        digest = cell(short(event.output_digest)) if event.output_digest and event.output_size else "-"
        if event.output and not event.output_size:
            digest = "no output"
        if event.output_dropped:
            digest += f", {size(event.output_dropped)} dropped"
        took = duration(event.duration_s) if event.duration_s else "-"
        yield (
            f"| {event.round} | {cell(event.command or event.request or '')} | {sign_of_step(event.verdict)} "
            f"{_status(event)} | {took} | {digest} |"
        )
    if len(shown) < len(ran):
        if shown:
            yield ""
        yield f"{plural(len(ran) - len(shown), 'more attempt')} in the journal."


def _status(event: StepFinished) -> str:
    if event.exit_code is not None:
        return f"exit {event.exit_code}"
    if event.signal is not None:
        return f"signal {event.signal}"
    if event.received is not None and event.received.status is not None:
        return f"status {event.received.status}"
    return event.verdict


def _stalls(record: RunRecord) -> Iterator[str]:
    yield from _incident_lines(record, wanted=True)


def _other_incidents(record: RunRecord) -> Iterator[str]:
    yield from _incident_lines(record, wanted=False)


def _incident_lines(record: RunRecord, *, wanted: bool) -> Iterator[str]:
    found = [
        (time, incident)
        for time, incident in record.incidents
        if (incident.kind in _STALLS) is wanted and incident.kind is not IncidentKind.STRAY
    ]
    for time, incident in found[:_FAILURES_SHOWN]:
        step = f" {code(f'{incident.gate}/{incident.step}')}:" if incident.step else ""
        yield f"- {clock(time)} UTC **{incident.kind.value}**{step} {prose(incident.message)}"
    if len(found) > _FAILURES_SHOWN:
        yield f"- and {plural(len(found) - _FAILURES_SHOWN, 'more incident')}"
    if not found:
        yield none(record)


def _strays(record: RunRecord) -> Iterator[str]:
    attempts = attempts_of(record)
    found = [(event, stray_line(stray)) for event in attempts for stray in event.strays]
    yield from _by_attempt(found, sum(map(strays_of, attempts)), ("more process", "more processes"))
    if not found:
        yield none(record)


def _foreign_ports(record: RunRecord) -> Iterator[str]:
    found = [(event, prose(describe_listener(one))) for event in attempts_of(record) for one in event.listeners]
    yield from _by_attempt(found, len(found), ("more port", "more ports"))


def _by_attempt(found: list[tuple[StepFinished, str]], total: int, nouns: tuple[str, str]) -> Iterator[str]:
    shown = found[:_STRAYS_SHOWN]
    for event, words in shown:
        yield f"- {code(step_name(event))}, attempt {event.attempt}: {words}"
    if total > len(shown):
        yield f"- and {plural(total - len(shown), *nouns)}"


def _evidence(record: RunRecord) -> Iterator[str]:
    yield f"- **Journal:** {code(f'.gatekeeper/runs/{record.run}/journal.jsonl')}, {plural(record.seq + 1, 'line')}"
    if record.digest:
        yield f"- **Last digest:** {code(record.digest, 80)}"
