"""Owns how long a step usually takes, from how long it took before, and how that is said. Pure; never evidence."""

from collections.abc import Sequence

from gatekeeper.model.record import NamedTuple

_FEW = 3


class Usual(NamedTuple):
    """What former passes took, in seconds: the one in the middle, the longest, and how many there were."""

    middle_s: float
    longest_s: float
    times: int


def usual(durations: Sequence[float]) -> Usual | None:
    """What is usual where passes took so many seconds; None where there was none."""
    if not durations:
        return None
    ordered = sorted(durations)
    half = len(ordered) // 2
    middle = ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
    return Usual(middle, ordered[-1], len(ordered))


def usual_words(known: Usual, elapsed_s: float) -> str:
    """``usually 2:10``, ``last time 2:10``, and of what is beyond all that was seen ``longer than ever``."""
    if elapsed_s > max(known.longest_s, 1.0):
        return "longer than ever" if known.times >= _FEW else "longer than before"
    when = "last time" if known.times == 1 else "usually"
    return f"{when} {clock(known.middle_s)}" if known.middle_s >= 1 else f"{when} under 1 s"


def left_words(seconds: float) -> str:
    """``about 40 s left``, ``about 3 min left``: no more precise than such a guess can be."""
    if seconds < 10:
        return "a few seconds left"
    if seconds < 55:
        return f"about {round(seconds, -1):.0f} s left"
    minutes = max(round(seconds / 60), 1)
    if minutes < 60:
        return f"about {minutes} min left"
    return f"about {minutes // 60} h {minutes % 60:02} min left"


def clock(seconds: float) -> str:
    """``0:07``, ``5:00``, ``1:02:05``."""
    whole = int(seconds)
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02}"
    return f"{whole // 3600}:{whole % 3600 // 60:02}:{whole % 60:02}"
