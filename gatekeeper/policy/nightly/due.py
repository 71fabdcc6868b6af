"""Owns the instants at which a timetable is due, also on days on which clocks are set. Knows no clock.

Instants are seconds since 1970 (UTC). The zone comes in as a function: its seconds east of UTC at an instant.
A time of day that a day does not have is due when the clock is set forward, and one that a day has twice is due the
first time: that is what cron does, of Debian and of Red Hat, with what is due at some hours only. systemd leaves the
former out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Literal, TypeAlias

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.nightly.timetable import Timetable

OffsetAt: TypeAlias = Callable[[float], int]
_DAY = 86_400
_FIRST = date(1970, 1, 1).toordinal()
_HOURS = 24
_LONGEST_DAYS = 8 * 366 + 2
"""Between two 29ths of February there may be eight years."""
_YEAR_DAYS = 370


class ClockChange(NamedTuple):
    """A time of day (``2027-03-28 02:30``) that the zone does not have on that day, or has twice."""

    when: str
    how: Literal["skipped", "twice"]


def due_between(table: Timetable, after: float, until: float, offset_at: OffsetAt) -> Iterator[float]:
    """The instants with ``after < instant <= until`` at which `table` is due, in order."""
    offset_at = _of(table, offset_at)
    seen = after
    for day in range(_day_of(after, offset_at) - 1, _day_of(until, offset_at) + 2):
        if not table.falls_on(date.fromordinal(_FIRST + day)):
            continue
        for wall in _walls(table, day):
            instant = next(iter(_real(wall, offset_at)), None)
            if instant is None:
                if table.skipping or len(table.hours) == _HOURS:
                    continue
                instant = _as_it_is_set(wall, offset_at)
            if instant > until:
                return
            if instant > seen:
                yield instant
                seen = instant


def next_due(table: Timetable, now: float, offset_at: OffsetAt) -> float | None:
    """The first instant after `now` at which it is due; None where there is none in eight years."""
    return next(due_between(table, now, now + _LONGEST_DAYS * _DAY, offset_at), None)


def clock_changes(table: Timetable, now: float, offset_at: OffsetAt) -> tuple[ClockChange, ...]:
    """The first time within a year that is skipped, and the first that comes twice."""
    offset_at = _of(table, offset_at)
    found: dict[str, ClockChange] = {}
    today = _day_of(now, offset_at)
    for day in range(today + 1, today + _YEAR_DAYS):
        midnight = day * _DAY
        if offset_at(midnight - _DAY) == offset_at(midnight + 2 * _DAY):
            continue
        if table.falls_on(date.fromordinal(_FIRST + day)):
            for wall in _walls(table, day):
                real = _real(wall, offset_at)
                if len(real) != 1:
                    how: Literal["skipped", "twice"] = "twice" if real else "skipped"
                    found.setdefault(how, ClockChange(f"{datetime.fromtimestamp(wall, UTC):%Y-%m-%d %H:%M}", how))
    return tuple(found[how] for how in sorted(found))


def _of(table: Timetable, offset_at: OffsetAt) -> OffsetAt:
    return (lambda _: 0) if table.utc else offset_at


def _day_of(instant: float, offset_at: OffsetAt) -> int:
    return int(instant + offset_at(instant)) // _DAY


def _walls(table: Timetable, day: int) -> Iterator[int]:
    """What a clock on the wall shows at these times, as if it showed UTC."""
    for hour in table.hours:
        for minute in table.minutes:
            yield day * _DAY + hour * 3600 + minute * 60


def _real(wall: int, offset_at: OffsetAt) -> list[int]:
    """The instants at which a clock on the wall shows this: one, or none, or two."""
    offsets = {offset_at(wall - _DAY), offset_at(wall + _DAY)}
    return sorted(wall - offset for offset in offsets if offset_at(wall - offset) == offset)


def _as_it_is_set(wall: int, offset_at: OffsetAt) -> int:
    """The instant at which the clock is set forward over this."""
    early, late = sorted(wall - offset_at(wall + shift) for shift in (-_DAY, _DAY))
    after = offset_at(late)
    while early < late:
        middle = (early + late) // 2
        if offset_at(middle) == after:
            late = middle
        else:
            early = middle + 1
    return late
