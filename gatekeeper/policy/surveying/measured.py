"""Owns what a first run of a step tells about its timeout: rounded up generously, and never below a floor."""

from __future__ import annotations

from typing import Final

from gatekeeper.model.record import NamedTuple

_STEPS_S: Final = (30, 60, 120, 180, 300, 600, 900, 1200, 1800, 2700, 3600)
_TIMES: Final = 4


class Measured(NamedTuple):
    """How a step went in a first run: whether it passed, and the seconds that it took; None where it did not run."""

    passed: bool
    seconds: float | None


def proposed_s(measured: Measured, longest_s: int) -> int | None:
    """The timeout in whole seconds: four times what it took, rounded up, `longest_s` at most.

    None where it did not pass, as that tells nothing.
    """
    if not measured.passed or measured.seconds is None:
        return None
    wanted = measured.seconds * _TIMES
    return min(longest_s, next((each for each in _STEPS_S if each >= wanted), _STEPS_S[-1]))


def words_for(measured: Measured) -> str:
    """What was seen, for a comment."""
    if measured.seconds is None:
        return "not measured: what it needs did not pass, so the class's timeout stays"
    took = f"{measured.seconds:.0f} s" if measured.seconds >= 10 else f"{measured.seconds:.1f} s"
    if measured.passed:
        return f"measured: it passed after {took}"
    return f"measured: it did not pass, after {took}, so the class's timeout stays"
