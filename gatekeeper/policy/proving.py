"""Owns what three runs of a step say of it: as it is, with its known bad change, and with that taken back."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from gatekeeper.model.events import StepFinished
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.verdict import StepVerdict

_LONGEST = 300


class Phase(StrEnum):
    """Which of the three runs."""

    BEFORE = "as it is"
    BAD = "with its known bad change"
    AFTER = "with the change taken back"


class Proven(NamedTuple):
    """The step noticed the change, by the finding `noticed`."""

    noticed: str


class NotProven(NamedTuple):
    """The step did not do what it declares; `seen` says what it did instead."""

    seen: str


class NotTried(NamedTuple):
    """Nothing can be said of the step, and `why`."""

    why: str


ProofOutcome: TypeAlias = Proven | NotProven | NotTried

_BROKEN = "test-not-collected"
_JUDGED = frozenset({StepVerdict.PASSED.value, StepVerdict.FAILED.value, StepVerdict.TIMED_OUT.value})


def outcome_of(
    phase: Phase, result: StepFinished | None, others: tuple[StepFinished, ...], expect: str
) -> ProofOutcome:
    """What the run of one phase says; `Proven` of the others than BAD only means that the next may be run.

    `result` is the step's, None where it has none; `others` are those of the other steps of the run.
    """
    if result is None or result.verdict not in _JUDGED:
        return _not_judged(phase, result, others)
    passed = result.verdict == StepVerdict.PASSED
    match phase:
        case Phase.BEFORE | Phase.AFTER if passed:
            return Proven("")
        case Phase.BEFORE | Phase.AFTER:
            return NotProven(f"{phase}, it is {result.verdict}: {_first(result)}")
        case Phase.BAD if passed:
            return NotProven(f"{phase}, it passes all the same")
        case Phase.BAD:
            noticed = [(one.kind, _words(one.kind, one.message, one.place)) for one in result.findings]
            found = next((words for kind, words in noticed if expect in words and kind != _BROKEN), None)
            if found is None and any(kind == _BROKEN for kind, _ in noticed):
                return NotProven(f"{phase}, tests cannot even be collected, which says nothing of {expect!r}")
            if found is None:
                return NotProven(
                    f"{phase}, it is {result.verdict} for another reason than {expect!r}: {_first(result)}"
                )
            return Proven(_cut(found))


def _not_judged(phase: Phase, result: StepFinished | None, others: tuple[StepFinished, ...]) -> ProofOutcome:
    bad = next((one for one in others if one.verdict in _JUDGED - {StepVerdict.PASSED.value}), None)
    if phase is Phase.BAD and bad is not None:
        caught = f"{bad.gate}/{bad.step} notices it first ({_first(bad)})"
        return NotProven(f"{phase}, it does not run: {caught}")
    cause = next((one for one in others if one.verdict not in {"passed", "skipped", "blocked"}), result)
    if cause is None:
        return NotTried(f"{phase}, it has no result")
    return NotTried(f"{phase}, {cause.gate}/{cause.step} is {cause.verdict}: {_first(cause)}")


def _first(result: StepFinished) -> str:
    one = next(iter(result.findings), None)
    return _cut(one.message) if one else "nothing is said against it"


def _words(kind: str, message: str, place: str) -> str:
    return f"{message} ({place})" if place else message or kind


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
