"""Owns what a run is as a trace with its metrics: spans, what happened in them, and measurements. Knows no protocol.

Every id is derived from the run's id and the place in its journal, so that a run has one trace however often it is
told. Times are nanoseconds since 1970, UTC.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from gatekeeper.model.record import NamedTuple

Value: TypeAlias = str | bool | int | float | tuple[str, ...]
Attributes: TypeAlias = Mapping[str, Value]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Moment(NamedTuple):
    """Something that happened while a span lasted."""

    name: str
    at_ns: int
    attributes: Attributes


class Span(NamedTuple):
    """Something that took its time. `parent_id` is empty for the run itself.

    `error` says why it did not come to a good end; it is None where nothing speaks against it.
    """

    span_id: str
    parent_id: str
    name: str
    kind: Literal["server", "internal"]
    start_ns: int
    end_ns: int
    attributes: Attributes
    moments: tuple[Moment, ...] = ()
    error: str | None = None


class Point(NamedTuple):
    """What was measured of one thing: the `values` of a histogram, or the one of a sum."""

    attributes: Attributes
    values: tuple[float, ...] | tuple[int, ...]


class Metric(NamedTuple):
    """One metric: a ``histogram`` of seconds, or a ``sum`` of counts, of this run alone (delta)."""

    name: str
    description: str
    unit: str
    kind: Literal["histogram", "sum"]
    points: tuple[Point, ...]


class Telemetry(NamedTuple):
    """A finished run, told. `resource` is what all of it is about."""

    trace_id: str
    resource: Attributes
    spans: tuple[Span, ...]
    metrics: tuple[Metric, ...]
    start_ns: int
    end_ns: int


class Buckets(NamedTuple):
    """Values of a histogram, counted between `BOUNDS`."""

    counts: tuple[int, ...]
    total: float
    least: float
    most: float


BOUNDS = (0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0)
"""Upper bounds, inclusive, in seconds: what gates take."""


def buckets(values: tuple[float, ...]) -> Buckets:
    """The values, of which there is at least one, counted."""
    counts = [0] * (len(BOUNDS) + 1)
    for value in values:
        counts[sum(value > bound for bound in BOUNDS)] += 1
    return Buckets(tuple(counts), sum(values), min(values), max(values))


def trace_id_of(run: str) -> str:
    """The trace of a run: 32 hexadecimal digits."""
    return hashlib.sha256(f"gatekeeper trace {run}".encode(errors="replace")).hexdigest()[:32]


def span_id_of(run: str, seq: int) -> str:
    """The span that began at this place of a run's journal: 16 hexadecimal digits."""
    return hashlib.sha256(f"gatekeeper span {run} {seq}".encode(errors="replace")).hexdigest()[:16]


def nanoseconds(time: str) -> int:
    """A time of the journal (UTC, ISO 8601). Raises `ValueError` for what is none."""
    moment = datetime.fromisoformat(time)
    since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH
    return since // timedelta(microseconds=1) * 1000
