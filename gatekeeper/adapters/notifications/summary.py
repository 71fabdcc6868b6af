"""Owns what is told of a run: one object for programs, a few sentences for people. Pure; made of the run's record."""

from __future__ import annotations

from typing import TypedDict

from gatekeeper.model.event_parts import StepSummary
from gatekeeper.model.events import RunFinished, StepFinished
from gatekeeper.model.plan import StepId
from gatekeeper.policy.fold import RunRecord

_FAILED_SHOWN = 20
_NAMED = 5
_FINE = {"passed", "skipped"}


class FailedStep(TypedDict):
    """A step that did not pass."""

    step: str
    tier: str
    verdict: str
    attempts: int
    message: str


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


def summarise(record: RunRecord, previous: str | None) -> Summary | None:
    """What is to be told, or None where the run has no closing event."""
    started, finished = record.started, record.finished
    if started is None or finished is None:
        return None
    failed = [step for step in finished.steps if step.verdict not in _FINE]
    return Summary(
        v=1,
        event="run.finished",
        text=_sentences(started.cycle, finished, previous, failed),
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
    )


def _failed(step: StepSummary, event: StepFinished | None) -> FailedStep:
    message = event.findings[0].message if event is not None and event.findings else ""
    return FailedStep(
        step=f"{step.gate}/{step.step}",
        tier=step.tier,
        verdict=step.verdict,
        attempts=step.attempts,
        message=message[:300],
    )


def _sentences(cycle: str, finished: RunFinished, previous: str | None, failed: list[StepSummary]) -> str:
    before = f" (was {previous})" if previous is not None and previous != finished.verdict else ""
    parts = [f"{cycle} is {finished.verdict}{before}: {finished.reason}."]
    if failed:
        names = ", ".join(f"{step.gate}/{step.step} {step.verdict}" for step in failed[:_NAMED])
        more = f" and {len(failed) - _NAMED} more" if len(failed) > _NAMED else ""
        parts.append(f"Not passed: {names}{more}.")
    if finished.log:
        parts.append(f"Log: {finished.log}")
    return "\n".join(parts)
