"""Owns what is remembered of a cycle that runs by itself, and whether a run of it is missing. Knows no clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.nightly.due import OffsetAt, due_between
from gatekeeper.policy.nightly.timetable import NotATime, Timetable, read_timetable

GRACE_S = 900.0
"""What a machine may be late by before anything is said to be missing, beside the jitter."""
_MOST = 100


class Heartbeat(NamedTuple):
    """The last that was heard of a cycle's unattended runs. Times are UTC in ISO 8601; empty is not known.

    Since `since` it is expected at `at` (cron's five fields; in UTC with `utc`, by systemd's rule for nights without
    that time with `skipping`), late by `jitter_s` at most. It was last `called`, its run `started` and `finished` with
    that verdict; `next` is when it is due again. `ping` is what went wrong with telling an address of it.
    """

    cycle: str
    at: str = ""
    utc: bool = False
    skipping: bool = False
    jitter_s: float = 0.0
    since: str = ""
    called: str = ""
    started: str = ""
    finished: str = ""
    run: str = ""
    verdict: str = ""
    exit_code: int | None = None
    next: str = ""
    ping: str = ""

    @property
    def timetable(self) -> Timetable | None:
        """When it is expected, or None."""
        try:
            return read_timetable(self.at, utc=self.utc)._replace(skipping=self.skipping) if self.at else None
        except NotATime:
            return None


class Missed(NamedTuple):
    """Runs that did not come: how many (a hundred stand for more), the first and the last time they were due."""

    cycle: str
    number: int
    first: str
    last: str
    heard: str

    def __str__(self) -> str:
        heard = f"last heard of it {shown(self.heard)}" if self.heard else "it was never heard of"
        if self.number == 1:
            return f"{self.cycle} was due {shown(self.last)} and did not run; {heard}"
        many = f"{_MOST} times or more" if self.number >= _MOST else f"{self.number} times"
        return f"{self.cycle} was due {many} and did not run, from {shown(self.first)} to {shown(self.last)}; {heard}"


def missed(beat: Heartbeat, now: float, offset_at: OffsetAt) -> Missed | None:
    """The runs that should have begun by now; None where none is missing or nothing is expected."""
    due = list(islice(due_since(beat, now - beat.jitter_s - GRACE_S, offset_at), _MOST))
    return Missed(beat.cycle, len(due), iso(due[0]), iso(due[-1]), beat.called) if due else None


def due_since(beat: Heartbeat, until: float, offset_at: OffsetAt) -> Iterator[float]:
    """The times up to `until` at which it was due since it was last called, or since it is expected."""
    table, known = beat.timetable, max(filter(None, (beat.called, beat.since)), default="")
    if table is not None and known:
        yield from due_between(table, instant(known), until, offset_at)


def instant(text: str) -> float:
    """Seconds since 1970 of a time as it is written here; 0 for one that is none."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return 0.0


def iso(seconds: float) -> str:
    """The other way round, to the second."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def shown(text: str) -> str:
    """``2026-11-27 02:00 UTC``."""
    return f"{text[:16].replace('T', ' ')} UTC"
