"""Owns the numbers of a run as gauges: the value beside baseline, bound and target on one scale. Knows no drawing."""

from __future__ import annotations

from gatekeeper.model.baseline import Measured
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.evidence_words import is_beyond, meets_target, unit_of
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.summary import attempts_of, step_name

GAUGES = 200
"""So many numbers are shown at most; those that are beyond their bound come first."""


class Gauge(NamedTuple):
    """A number of a step in its newest result. `history` holds its values over all attempts, oldest first.

    `top` is what the scale ends at; it begins at 0, or at `low` where there are numbers below it.
    """

    step: str
    measured: Measured
    top: float
    low: float = 0.0
    history: tuple[float | None, ...] = ()

    @property
    def state(self) -> str:
        """``bad`` beyond its bound, ``short`` of its target, or ``good``."""
        if is_beyond(self.measured):
            return "bad"
        return "short" if meets_target(self.measured) is False else "good"

    def share(self, value: float) -> float:
        """Where a value is on the scale, from 0 to 1."""
        width = self.top - self.low
        return min(1.0, max(0.0, (value - self.low) / width)) if width > 0 else 0.0


def gauges_of(record: RunRecord) -> tuple[Gauge, ...]:
    """Every number of the newest results, those that are beyond their bound first."""
    past: dict[tuple[str, str], list[float | None]] = {}
    for event in attempts_of(record):
        for one in event.measured:
            past.setdefault((step_name(event), one.name), []).append(one.value)
    gauges = [
        _gauge(step_name(event), one, tuple(past[step_name(event), one.name]))
        for event in record.latest.values()
        for one in event.measured
    ]
    order = {"bad": 0, "short": 1, "good": 2}
    return tuple(sorted(gauges, key=lambda gauge: order[gauge.state])[:GAUGES])


def _gauge(step: str, one: Measured, history: tuple[float | None, ...]) -> Gauge:
    known = [value for value in (one.value, one.baseline, one.bound, one.target) if value is not None]
    top = 100.0 if unit_of(one) == "%" and all(value <= 100 for value in known) else max(known, default=1.0) * 1.15
    return Gauge(step, one, top if top > 0 else 1.0, min(0.0, *known) if known else 0.0, history)
