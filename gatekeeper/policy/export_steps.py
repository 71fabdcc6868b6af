"""Owns what a run says of its steps to other tools: the newest result of each, and what came before on its tree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

from gatekeeper.model.events import RunFinished, RunStarted, StepFinished
from gatekeeper.model.plan import StepId
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.verdict import StepVerdict
from gatekeeper.policy.flakes import flaky_steps
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.summary import attempts_of, blocking, is_fine, telling_first
from gatekeeper.policy.terminal_text import settled

CaseOutcome: TypeAlias = Literal["passed", "flaky", "failed", "error", "skipped", "excused"]
"""``excused`` failed and stands in nobody's way; ``error`` is what could not be judged; ``flaky`` passed at last."""

MESSAGE = 1000
DETAIL = 8000
NAME = 600
_WITHOUT_XML = {0xFFFE: "\ufffd", 0xFFFF: "\ufffd"}


class Try(NamedTuple):
    """An earlier attempt on the same tree that did not end well."""

    attempt: int
    outcome: CaseOutcome
    kind: str
    message: str
    duration_s: float


class StepTold(NamedTuple):
    """What a run says of one step: its newest result (None: there is none), and the one that its tests are of.

    `interrupted` tells that it was running when the run ended.
    """

    step: StepId
    tier: str
    result: StepFinished | None
    tested: StepFinished | None = None
    tries: tuple[Try, ...] = ()
    flaky: bool = False
    interrupted: bool = False


class RunTold(NamedTuple):
    """What every format says of the run as a whole. `duration_s` is None where nobody saw its end."""

    run: str
    cycle: str
    title: str
    verdict: str
    exit_code: int
    reason: str
    started_at: str
    finished_at: str
    duration_s: float | None
    version: str
    host: str
    tree: str


def readable(text: str, most: int) -> str:
    """`text` with nothing that a terminal obeys or XML cannot hold, and of at most `most` characters and a word."""
    text = settled(text, "\ufffd").translate(_WITHOUT_XML)
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most} more characters)"


def run_told(record: RunRecord, started: RunStarted, finished: RunFinished) -> RunTold:
    """The run as a whole; it is over."""
    return RunTold(
        record.run,
        started.cycle,
        readable(started.title or started.cycle, NAME),
        finished.verdict,
        finished.exit_code,
        readable(finished.reason, MESSAGE),
        record.started_at,
        record.finished_at,
        finished.duration_s,
        started.version,
        started.host,
        finished.tree,
    )


def steps_told(record: RunRecord) -> Iterator[StepTold]:
    """Every step that was planned, in that order, then whatever else has a result: the teardown, for example."""
    planned = record.started.steps if record.started is not None else ()
    tiers = {StepId(each.gate, each.step): each.tier for each in planned}
    results = record.latest | {StepId(event.gate, event.step): event for event in record.teardown}
    flaky = frozenset(flaky_steps(record))
    history: dict[StepId, list[StepFinished]] = {}
    for event in attempts_of(record):
        history.setdefault(StepId(event.gate, event.step), []).append(event)
    cut_off = _cut_off(record)
    for step in dict.fromkeys((*tiers, *results, *cut_off)):
        result = None if step in cut_off else results.get(step)
        tier = tiers.get(step, result.tier if result is not None else "required")
        attempts = history.get(step, [])
        yield StepTold(
            step,
            tier,
            result,
            _tested(result, attempts),
            _tries(result, attempts),
            str(step) in flaky or (result is not None and result.flaky),
            step in cut_off,
        )


def outcome_of(verdict: str) -> CaseOutcome:
    """What a step's verdict is as an outcome."""
    match verdict:
        case StepVerdict.PASSED:
            return "passed"
        case StepVerdict.FAILED | StepVerdict.TIMED_OUT:
            return "failed"
        case StepVerdict.BLOCKED | StepVerdict.SKIPPED:
            return "skipped"
        case _:
            return "error"


def message_of(event: StepFinished) -> str:
    """What stands in the way of the pass, most telling first; empty where nothing does."""
    told = telling_first(blocking(event))
    words = told[0].message if told else "" if is_fine(event) else event.verdict
    return readable(words, MESSAGE)


def _cut_off(record: RunRecord) -> frozenset[StepId]:
    """The steps that began and have no result since."""
    ended = {(event.gate, event.step, event.round, event.attempt) for event in attempts_of(record)}
    found = set()
    for begun, _ in record.interrupted:
        latest = record.latest.get(StepId(begun.gate, begun.step))
        later = latest is not None and (latest.round, latest.attempt) > (begun.round, begun.attempt)
        if (begun.gate, begun.step, begun.round, begun.attempt) not in ended and not later:
            found.add(StepId(begun.gate, begun.step))
    return frozenset(found)


def _tested(result: StepFinished | None, attempts: Sequence[StepFinished]) -> StepFinished | None:
    """The attempt whose report holds the step's tests: an earlier one where that pass was used again."""
    if result is None or not result.reused:
        return result if result is not None and result.reports else None
    return next((event for event in reversed(attempts) if event.verdict == "passed" and event.reports), None)


def _tries(result: StepFinished | None, attempts: Sequence[StepFinished]) -> tuple[Try, ...]:
    if result is None or not result.tree:
        return ()
    before = (event for event in attempts if event is not result and event.tree == result.tree and event.attempt)
    return tuple(
        Try(event.attempt, outcome_of(event.verdict), event.verdict, message_of(event), event.duration_s)
        for event in before
        if not is_fine(event)
    )
