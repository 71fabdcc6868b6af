"""Owns what is told of a run: one object for programs, a few sentences for people. Pure; made of the run's record."""

from __future__ import annotations

from typing import TypedDict

from gatekeeper.model.event_parts import StepSummary
from gatekeeper.model.events import RunFinished, StepFinished
from gatekeeper.model.help_events import BreakerOpened
from gatekeeper.model.plan import StepId
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.help_words import breaker_words, known_words
from gatekeeper.policy.helped import episodes, fixer_calls, helped, mitigations
from gatekeeper.policy.summary import telling_first

_FAILED_SHOWN = 20
_NAMED = 5
_LONGEST = 300
_FINE = {"passed", "skipped"}


class FailedStep(TypedDict):
    """A step that did not pass; `known` is what a pattern says of its failure, or empty."""

    step: str
    tier: str
    verdict: str
    attempts: int
    message: str
    known: str


class Summary(TypedDict):
    """The body of a webhook (``v`` 1). `text` is what chat systems show."""

    v: int
    event: str
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
    failed: list[FailedStep]
    failed_count: int
    incidents: dict[str, int]
    mitigations: int
    fixer_calls: int
    stopped_early: str
    switches: list[str]


def summarise(record: RunRecord, previous: str | None) -> Summary | None:
    """What is to be told, or None where the run has no closing event."""
    started, finished = record.started, record.finished
    if started is None or finished is None:
        return None
    failed = [step for step in finished.steps if step.verdict not in _FINE]
    return Summary(
        v=1,
        event="run.finished",
        text=_sentences(record, started.cycle, finished, previous, failed),
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
        failed=[_failed(step, record.latest.get(StepId(step.gate, step.step))) for step in failed[:_FAILED_SHOWN]],
        failed_count=len(failed),
        incidents=dict(finished.incidents),
        mitigations=len(mitigations(helped(record))),
        fixer_calls=len(fixer_calls(record)),
        stopped_early=_stopped_early(record),
        switches=list(record.switches),
    )


def _failed(step: StepSummary, event: StepFinished | None) -> FailedStep:
    message = next((one.message for one in telling_first(event.findings)), "") if event is not None else ""
    return FailedStep(
        step=f"{step.gate}/{step.step}",
        tier=step.tier,
        verdict=step.verdict,
        attempts=step.attempts,
        message=message[:_LONGEST],
        known=known_words(event.known)[:_LONGEST] if event is not None and event.known is not None else "",
    )


def _stopped_early(record: RunRecord) -> str:
    opened = [one for one in episodes(helped(record)) if isinstance(one, BreakerOpened) and one.kind == "no-progress"]
    return breaker_words(opened[-1]) if opened else ""


def _sentences(
    record: RunRecord, cycle: str, finished: RunFinished, previous: str | None, failed: list[StepSummary]
) -> str:
    before = f" (was {previous})" if previous is not None and previous != finished.verdict else ""
    parts = [f"{cycle} is {finished.verdict}{before}: {finished.reason}."]
    if failed:
        names = ", ".join(f"{step.gate}/{step.step} {step.verdict}" for step in failed[:_NAMED])
        more = f" and {len(failed) - _NAMED} more" if len(failed) > _NAMED else ""
        parts.append(f"Not passed: {names}{more}.")
    for step in failed[:_NAMED]:
        event = record.latest.get(StepId(step.gate, step.step))
        if event is not None and event.known is not None:
            parts.append(f"Known: {step.gate}/{step.step}: {known_words(event.known)[:_LONGEST]}.")
    if words := _stopped_early(record):
        parts.append(f"Stopped early: {words}.")
    if finished.log:
        parts.append(f"Log: {finished.log}")
    return "\n".join(parts)
