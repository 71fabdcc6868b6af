"""Owns the account of what happened, in its order: a part for each round, teardown, then what it came to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gatekeeper.adapters.executionlog.commands import commands_that_worked
from gatekeeper.adapters.executionlog.evidence import beside_the_baseline, judging_changes, numbers
from gatekeeper.adapters.executionlog.failures import failure, failure_details, failure_title
from gatekeeper.adapters.executionlog.round_account import account
from gatekeeper.adapters.executionlog.text import cell, code, prose
from gatekeeper.adapters.executionlog.words import clock, duration, listed, plural, short, sign_of_step
from gatekeeper.model.event_parts import PlannedStep
from gatekeeper.model.events import StepFinished
from gatekeeper.model.evidence_events import RerunFinished
from gatekeeper.model.incident import IncidentKind
from gatekeeper.model.outcome import ProbeResult, Received
from gatekeeper.policy.evidence_words import rerun_words
from gatekeeper.policy.fold import RoundRecord, RunRecord
from gatekeeper.policy.help_words import FILES_UNKNOWN, changer_words
from gatekeeper.policy.helped import cut_off
from gatekeeper.policy.summary import is_fine, results_of, step_name

_ROWS_SHOWN = 60
_TOLD_WITH_THEIR_STEP = frozenset({IncidentKind.TIMEOUT, IncidentKind.HANG, IncidentKind.STRAY})
_NAMED = 12


def execution(record: RunRecord) -> str:
    """``## Execution Log``."""
    lines = ["## Execution Log", ""]
    lines += _compared(record)
    if not record.rounds:
        lines += ["*No round has run.*", ""]
    before = ""
    for number, each in enumerate(record.rounds):
        lines += _resumptions(record, before, each.started_at)
        lines += [*_round(record, number, each), ""]
        before = each.started_at
    lines += _resumptions(record, before, "")
    lines += _waits(record)
    lines += _interrupted(record)
    lines += _teardown(record)
    if record.finished is not None:
        from gatekeeper.adapters.executionlog.deliverables import deliverables
        from gatekeeper.adapters.executionlog.readiness import what_it_came_to

        lines += [*deliverables(record), *what_it_came_to(record)]
    return "\n".join(lines).rstrip("\n")


def _compared(record: RunRecord) -> list[str]:
    if record.compared is None:
        return []
    lines = [f"### Changes of what judges, against {code(record.compared.against)}", ""]
    if record.compared.problem:
        return [*lines, f"⚠️ It could not be compared: {prose(record.compared.problem)}", ""]
    return [*lines, *judging_changes(record.compared.changes), ""]


def _waits(record: RunRecord) -> list[str]:
    """Who waited for what others had; none of that time counts as a step's own."""
    if not record.waits:
        return []
    told = [
        f"- {code(f'{wait.gate}/{wait.step}') if wait.step else 'the run'} waited {duration(wait.waited_s)} for "
        f"{listed(tuple(map(code, wait.locks)), _NAMED)}"
        for _, wait in record.waits
    ]
    return ["### Waited for locks", "", *told, ""]


def _round(record: RunRecord, number: int, each: RoundRecord) -> Iterator[str]:
    over = record.finished is not None or each is not record.round
    yield f"### Round {each.started.round}: {prose(each.started.reason)}"
    yield ""
    yield _round_line(each, over=over)
    yield ""
    planned = {(step.gate, step.step): step for step in record.started.steps} if record.started else {}
    yield from step_table(each.steps, planned)
    probes = [event for event in each.steps if event.request is not None or event.checks]
    if probes:
        yield ""
        yield from _probe_table(probes)
    if table := list(numbers(each.steps)):
        yield from ("", *table)
    facts = [
        *account(record, number, over=over),
        *beside_the_baseline(each.steps),
        *_reruns(record, each),
        *_beside(each),
    ]
    if facts:
        yield ""
        yield from facts
    yield from commands_that_worked(record, each)
    for change in each.changes:
        if change.integrity:
            yield from ("", f"#### Changes of what judges, by {changer_words(change)}", "")
            yield from judging_changes(change.integrity)
    yield from failure_details(record, number)
    if each.help:
        from gatekeeper.adapters.executionlog.help_parts import help_parts

        yield from help_parts(each.help, record.started.calls if record.started else 0)


def _round_line(each: RoundRecord, *, over: bool) -> str:
    results = results_of(each).values()
    bad = sum(not is_fine(event) for event in results)
    if each.finished is None:
        state = "🛑 interrupted" if over else "🟡 running"
        result = f"{state}, {plural(len(results), 'step')} done"
        when = f"{'begun' if over else 'since'} {clock(each.started_at)} UTC"
    else:
        skipped = sum(event.verdict == "skipped" for event in results)
        fine = f"{plural(len(results) - skipped, 'step')} passed" + (f", {skipped:,} skipped" if skipped else "")
        result = f"❌ {bad:,} of {plural(len(results), 'step')} did not pass" if bad else f"✅ {fine}"
        if each.finished.abandoned:
            done = len(results) - bad
            result = f"🛑 ended early, because the tree changed under it, {plural(done, 'step')} done"
        when = f"{clock(each.started_at)} to {clock(each.finished_at)} UTC, {duration(each.finished.duration_s)}"
    return f"{result} · {when} · tree {code(short(each.started.tree))}"


def step_table(steps: Iterable[StepFinished], planned: dict[tuple[str, str], PlannedStep]) -> Iterator[str]:
    """One row an attempt, in the order of their ends; of very many, those that did not pass."""
    every = list(steps)
    shown = every if len(every) <= _ROWS_SHOWN else [event for event in every if not is_fine(event)][:_ROWS_SHOWN]
    if shown:
        yield "|   | Step | Verdict | Took | Exit or status | Attempt |"
        yield "|---|------|---------|------|----------------|---------|"
    for event in shown:
        ran = event.attempt > 0
        limit = planned.get((event.gate, event.step))
        took = duration(event.duration_s) if ran else "-"
        if event.verdict == "timed-out" and ran and limit:
            took = f"{took} of {duration(limit.timeout_s)}"
        attempt = str(event.attempt) if ran else "-"
        yield (
            f"| {sign_of_step(event.verdict)} | {cell(step_name(event))} | {_verdict(event)} | {took} | "
            f"{exit_words(event)} | {attempt} |"
        )
    if len(shown) < len(every):
        passed = sum(is_fine(event) for event in every)
        if shown:
            yield ""
        rest = len(every) - len(shown) - passed
        more = f", and {plural(rest, 'more step', 'more steps')} that did not pass" if rest else ""
        yield f"✅ {plural(passed, 'step')} passed and {'is' if passed == 1 else 'are'} not listed{more}."


def _verdict(event: StepFinished) -> str:
    if not event.attempt and event.findings:
        return f"{event.verdict}: {prose(event.findings[0].message, 100)}"
    return (
        event.verdict
        + (f" ({event.class_})" if event.class_ not in {None, event.verdict} else "")
        + (" (reused)" if event.reused else "")
    )


def exit_words(event: StepFinished) -> str:
    """The exit code, or the signal, or the status that a probe got."""
    if event.exit_code is not None:
        return str(event.exit_code)
    if event.signal is not None:
        return f"signal {event.signal}"
    if event.received is not None:
        return "no answer" if event.received.status is None else str(event.received.status)
    return "-"


def _probe_table(probes: Iterable[StepFinished]) -> Iterator[str]:
    yield "| Probe | Request | Expected | Received | Health after |"
    yield "|-------|---------|----------|----------|--------------|"
    for event in list(probes)[:_ROWS_SHOWN]:
        yield from _probe_rows(event)


def _probe_rows(event: StepFinished) -> Iterator[str]:
    after = ", ".join(
        f"{_sign(check.probe)} {_received(check.probe.received)}"
        for check in event.checks
        if check.kind == "after_each"
    )
    for check in event.checks:
        if check.kind == "ready":
            probe = check.probe
            asked = f"{cell(probe.request)} | {cell(probe.expected)} | {_received(probe.received)}"
            yield f"| {_sign(probe)} {cell(step_name(event))}, ready | {asked} | - |"
    if event.request is not None or after:
        request = cell(event.request) if event.request is not None else "-"
        expected = cell(event.expected) if event.expected is not None else "-"
        received = _received(event.received) if event.received is not None else "-"
        step = f"{sign_of_step(event.verdict)} {cell(step_name(event))}"
        yield f"| {step} | {request} | {expected} | {received} | {after or '-'} |"


def _sign(probe: ProbeResult) -> str:
    return "✅" if probe.met else "❌"


def _received(received: Received) -> str:
    return f"{'no answer' if received.status is None else received.status} in {duration(received.ms / 1000)}"


def _reruns(record: RunRecord, each: RoundRecord) -> Iterator[str]:
    attempts = {(event.gate, event.step, event.attempt) for event in each.steps}
    for _, rerun in record.beside:
        if isinstance(rerun, RerunFinished) and (rerun.gate, rerun.step, rerun.attempt) in attempts:
            step = code(f"{rerun.gate}/{rerun.step}")
            yield f"- **Only what failed, run again** for diagnosis: {step}: {prose(rerun_words(rerun))}"


def _beside(each: RoundRecord) -> Iterator[str]:
    if reused := tuple(code(step_name(event)) for event in each.steps if event.reused):
        same = "its inputs are as they were when it passed"
        many = "their inputs are as they were when they passed"
        yield f"- **Reused, not run again:** {listed(reused, _NAMED)}: {same if len(reused) == 1 else many}"
    for change in each.changes:
        files = listed(tuple(map(code, change.files)), _NAMED) or FILES_UNKNOWN
        yield f"- **Tree changed** by {changer_words(change)}: {files}"
    for incident in each.incidents:
        if incident.kind not in _TOLD_WITH_THEIR_STEP:
            step = f" of {code(f'{incident.gate}/{incident.step}')}" if incident.step else ""
            yield f"- **Incident {incident.kind.value}**{step}: {prose(incident.message)}"
    for retry in each.retries:
        step = code(f"{retry.gate}/{retry.step}")
        yield f"- **Retry** {retry.n} of {step} as {prose(retry.class_)}, after a pause of {duration(retry.delay_s)}"


def _resumptions(record: RunRecord, after: str, until: str) -> Iterator[str]:
    """Those between two moments; without `until`, all later ones."""
    for time, event in record.resumed:
        if time > after and (not until or time <= until):
            running = (
                f"; {listed(tuple(map(code, event.interrupted)), _NAMED)} was running" if event.interrupted else ""
            )
            yield f"### Resumed at {clock(time)} UTC"
            yield ""
            yield f"🔁 The run had ended after entry {event.from_seq} of its journal{running}. It goes on from there."
            yield ""


def _interrupted(record: RunRecord) -> list[str]:
    if left := cut_off(record):
        names = tuple(code(f"{event.gate}/{event.step}") for event, _ in left)
        return [f"**Interrupted while running:** {listed(names, _NAMED)}", ""]
    return []


def _teardown(record: RunRecord) -> list[str]:
    services = [
        f"- {code(event.service)}: {prose(event.how)} at {clock(time)} UTC" for time, event in record.ended_services
    ]
    if not record.teardown and not services:
        return []
    lines = ["### Teardown and Services", ""]
    if record.teardown:
        lines += [*step_table(record.teardown, {}), ""]
        for event in record.teardown:
            if not is_fine(event):
                lines += [f"#### {failure_title(event)}", "", *failure(record, event), ""]
    if services:
        lines += ["**Services ended:**", "", *services, ""]
    return lines
