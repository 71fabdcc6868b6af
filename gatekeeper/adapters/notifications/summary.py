"""Owns what is told of a run: one object for programs, a few sentences for people. Pure; made of the run's record."""

from __future__ import annotations

from typing import TypedDict

from gatekeeper.model.event_parts import StepSummary
from gatekeeper.model.events import RunFinished, RunStarted, StepFinished
from gatekeeper.model.help_events import BreakerOpened
from gatekeeper.model.plan import StepId
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.announcing import Announced
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.help_words import breaker_words, known_words
from gatekeeper.policy.helped import episodes, fixer_calls, helped, mitigations
from gatekeeper.policy.number_words import duration, plural
from gatekeeper.policy.repeating import repeat_command
from gatekeeper.policy.summary import telling_first
from gatekeeper.policy.terminal_text import settled

_FAILED_SHOWN = 20
_NAMED = 4
_LONGEST = 300
_FINE = {"passed", "skipped"}


class News(NamedTuple):
    """Why it is told (see `announcing.Announce`), what was told `before`, and when now is, in seconds since 1970.

    `evidence` is the run's folder.
    """

    kind: str = "always"
    before: Announced | None = None
    now: float = 0.0
    evidence: str = ""


class FailedStep(TypedDict):
    """A step that did not pass; `known` is what a pattern says of its failure, or empty."""

    step: str
    tier: str
    verdict: str
    attempts: int
    message: str
    known: str


class Summary(TypedDict):
    """The body of a webhook (``v`` 1). `text` is what chat systems show, below the `headline`.

    `announcement` is ``first``, ``still``, ``recovered``, ``green``, ``fixed``, ``always`` or ``test``.
    """

    v: int
    event: str
    announcement: str
    headline: str
    text: str
    cycle: str
    title: str
    run: str
    verdict: str
    previous: str | None
    reason: str
    exit_code: int
    rounds: int
    duration_s: float | None
    tree: str
    host: str
    log: str
    evidence: str
    repeat: str
    failed: list[FailedStep]
    failed_count: int
    incidents: dict[str, int]
    mitigations: int
    fixer_calls: int
    stopped_early: str
    switches: list[str]


def summarise(record: RunRecord, previous: str | None, news: News) -> Summary | None:
    """What is to be told, or None where the run has no closing event.

    `previous` is the cycle's verdict before this run, or None.
    """
    started, finished = record.started, record.finished
    if started is None or finished is None:
        return None
    # What was not even begun says nothing about why.
    steps = sorted((s for s in finished.steps if s.verdict not in _FINE), key=lambda s: s.verdict == "blocked")
    failed = [_failed(step, record.latest.get(StepId(step.gate, step.step))) for step in steps]
    repeat = repeat_command(started, failed[0]["step"]) if failed else ""
    return Summary(
        v=1,
        event="run.finished",
        announcement=news.kind,
        headline=_headline(started.cycle, finished.verdict, news),
        text="\n".join([*_sentences(record, started, finished, failed, repeat), *_where(record, finished, news)]),
        cycle=started.cycle,
        title=started.title,
        run=record.run,
        verdict=finished.verdict,
        previous=previous,
        reason=finished.reason,
        exit_code=finished.exit_code,
        rounds=finished.rounds,
        duration_s=finished.duration_s,
        tree=finished.tree,
        host=started.host,
        log=finished.log,
        evidence=news.evidence,
        repeat=repeat,
        failed=failed[:_FAILED_SHOWN],
        failed_count=len(failed),
        incidents=dict(finished.incidents),
        mitigations=len(mitigations(helped(record))),
        fixer_calls=len(fixer_calls(record)),
        stopped_early=_stopped_early(record),
        switches=list(record.switches),
    )


def trial_message(cycle: str, host: str) -> Summary:
    """What `gatekeeper notify test` sends: nothing has run, and it says so."""
    return Summary(
        v=1,
        event="notify.test",
        announcement="test",
        headline=f"{cycle}: a test of notifications",
        text=f"Nothing has run. Somebody on {host} tries whether notifications of {cycle} arrive here: this one did.",
        cycle=cycle,
        title="",
        run="",
        verdict="",
        previous=None,
        reason="",
        exit_code=0,
        rounds=0,
        duration_s=None,
        tree="",
        host=host,
        log="",
        evidence="",
        repeat="",
        failed=[],
        failed_count=0,
        incidents={},
        mitigations=0,
        fixer_calls=0,
        stopped_early="",
        switches=[],
    )


def _headline(cycle: str, verdict: str, news: News) -> str:
    before = news.before
    if news.kind == "still" and before is not None:
        return f"{cycle} is still {verdict}, for {duration(max(0.0, news.now - before.since))} now"
    if news.kind == "recovered" and before is not None:
        again = verdict if verdict != "green" else "green again"
        return f"{cycle} is {again}: it was {before.state} for {duration(max(0.0, news.now - before.since))}"
    return f"{cycle} {'was' if verdict == 'aborted' else 'is'} {verdict}"


def _failed(step: StepSummary, event: StepFinished | None) -> FailedStep:
    message = next((one.message for one in telling_first(event.findings)), "") if event is not None else ""
    return FailedStep(
        step=f"{step.gate}/{step.step}",
        tier=step.tier,
        verdict=step.verdict,
        attempts=step.attempts,
        message=_short(message),
        known=_short(known_words(event.known)) if event is not None and event.known is not None else "",
    )


def _short(text: str) -> str:
    line = " ".join(settled(text, "?").split())
    return f"{line[: _LONGEST - 1]}…" if len(line) > _LONGEST else line


def _stopped_early(record: RunRecord) -> str:
    opened = [one for one in episodes(helped(record)) if isinstance(one, BreakerOpened) and one.kind == "no-progress"]
    return breaker_words(opened[-1]) if opened else ""


def _sentences(
    record: RunRecord, started: RunStarted, finished: RunFinished, failed: list[FailedStep], repeat: str
) -> list[str]:
    parts = [f"{_capital(finished.reason)}."] if finished.reason else []
    if failed:
        first = failed[0]
        why = f": {first['message']}" if first["message"] else ""
        parts.append(f"{first['step']} {first['verdict']}{why}")
        parts += [f"Known: {first['known']}."] if first["known"] else []
    if others := [f"{step['step']} {step['verdict']}" for step in failed[1 : _NAMED + 1]]:
        more = f", and {len(failed) - _NAMED - 1} more" if len(failed) > _NAMED + 1 else ""
        parts.append(f"Also not passed: {', '.join(others)}{more}.")
    if words := _stopped_early(record):
        parts.append(f"Stopped early: {words}.")
    took = f" in {duration(finished.duration_s)}" if finished.duration_s is not None else ""
    where = f", on {started.host}" if started.host else ""
    parts.append(f"{_capital(plural(finished.rounds, 'round'))}{took}{where}.")
    if repeat:
        parts.append(f"Repeat: {repeat}")
    return parts


def _where(record: RunRecord, finished: RunFinished, news: News) -> list[str]:
    parts = [f"Log: {finished.log}"] if finished.log else []
    if news.evidence:
        parts.append(f"Evidence: {news.evidence}")
    return [*parts, f"More: gatekeeper show {record.run}"]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
