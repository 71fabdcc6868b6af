"""Owns when something outside that keeps failing is left alone: a circuit breaker as a table. Knows no clock.

While it is closed, everybody may ask. After a few failures in a row it opens, and nobody may ask until its cooldown is
over. Then it is half-open: one attempt may find out, and what comes of that closes it, or opens it for twice as long.
All times are seconds on one clock that never jumps.
"""

from __future__ import annotations

from enum import StrEnum

from gatekeeper.model.record import NamedTuple

BORNE = 3
"""With so many failures in a row it opens."""

FIRST_COOLDOWN_S = 30.0
LONGEST_COOLDOWN_S = 300.0


class State(StrEnum):
    """Whether it may be asked."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Signal(StrEnum):
    """What a breaker can be told."""

    ANSWERED = "it answered"
    FAILED = "it failed, and not often enough to be left alone"
    FAILED_OFTEN = "it failed once more than is borne"
    SILENT = "an attempt ended without a word on it"
    COOLED = "its cooldown is over"


TABLE: dict[tuple[State, Signal], State] = {
    (State.CLOSED, Signal.ANSWERED): State.CLOSED,
    (State.CLOSED, Signal.FAILED): State.CLOSED,
    (State.CLOSED, Signal.FAILED_OFTEN): State.OPEN,
    (State.CLOSED, Signal.SILENT): State.CLOSED,
    (State.CLOSED, Signal.COOLED): State.CLOSED,
    # Who was not let through may have asked all the same: a command asks whom it likes.
    (State.OPEN, Signal.ANSWERED): State.CLOSED,
    (State.OPEN, Signal.FAILED): State.OPEN,
    (State.OPEN, Signal.FAILED_OFTEN): State.OPEN,
    (State.OPEN, Signal.SILENT): State.OPEN,
    (State.OPEN, Signal.COOLED): State.HALF_OPEN,
    (State.HALF_OPEN, Signal.ANSWERED): State.CLOSED,
    (State.HALF_OPEN, Signal.FAILED): State.OPEN,
    (State.HALF_OPEN, Signal.FAILED_OFTEN): State.OPEN,
    (State.HALF_OPEN, Signal.SILENT): State.HALF_OPEN,
    (State.HALF_OPEN, Signal.COOLED): State.HALF_OPEN,
}


class Breaker(NamedTuple):
    """One breaker. `failures` are those in a row; `trying` tells that, half-open, it let an attempt through."""

    state: State = State.CLOSED
    failures: int = 0
    opened_at: float = float("-inf")
    cooldown_s: float = FIRST_COOLDOWN_S
    trying: bool = False


def seen_at(breaker: Breaker, now: float) -> Breaker:
    """The breaker as it is `now`: time alone makes an open one half-open."""
    if left_s(breaker, now) > 0:
        return breaker
    return breaker._replace(state=TABLE[breaker.state, Signal.COOLED])


def left_s(breaker: Breaker, now: float) -> float:
    """For how long nobody may ask."""
    return max(0.0, breaker.opened_at + breaker.cooldown_s - now) if breaker.state is State.OPEN else 0.0


def let_through(breaker: Breaker, now: float) -> Breaker | None:
    """The breaker once somebody asks, or None where nobody may."""
    breaker = seen_at(breaker, now)
    match breaker.state:
        case State.CLOSED:
            return breaker
        case State.HALF_OPEN if not breaker.trying:
            return breaker._replace(trying=True)
        case State.HALF_OPEN | State.OPEN:
            return None


def ended(breaker: Breaker, answered: bool | None, *, began: float, now: float) -> Breaker:
    """The breaker once an attempt that began at `began` has ended: `answered`, or failed, or (None) neither.

    What began before it last opened is old news, and changes nothing.
    """
    if began <= breaker.opened_at:
        return breaker
    breaker = seen_at(breaker, now)
    match answered:
        case True:
            return Breaker(state=TABLE[breaker.state, Signal.ANSWERED], opened_at=breaker.opened_at)
        case None:
            return breaker._replace(state=TABLE[breaker.state, Signal.SILENT], trying=False)
        case False:
            return _failed(breaker, now)


def _failed(breaker: Breaker, now: float) -> Breaker:
    failures = breaker.failures + 1
    signal = Signal.FAILED_OFTEN if failures >= BORNE else Signal.FAILED
    state = TABLE[breaker.state, signal]
    if state is not State.OPEN or breaker.state is State.OPEN:
        return breaker._replace(state=state, failures=failures)
    again = breaker.state is State.HALF_OPEN
    cooldown_s = min(LONGEST_COOLDOWN_S, breaker.cooldown_s * 2) if again else FIRST_COOLDOWN_S
    return Breaker(state, failures, now, cooldown_s)
