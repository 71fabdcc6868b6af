"""Owns reading when something is to happen: a time of day, days of the week with one, or cron's five fields.

Knows no clock and no zone. The fields mean what they mean to Vixie's cron and those that came of it.
"""

from __future__ import annotations

import re
from datetime import date

from gatekeeper.model.record import NamedTuple

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
"""As cron counts them, from 0."""
_TIME = re.compile(r"(?:(?P<days>[a-zA-Z,-]+)\s+)?(?P<hour>\d{1,2}):(?P<minute>\d\d)")
_PART = re.compile(r"(?:(?P<any>\*)|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d{1,2}))?")
_LEAP_YEAR = 2024


class NotATime(ValueError):
    """A text that says no time; the message says what is wrong, and what can be written."""


class _Field(NamedTuple):
    name: str
    least: int
    most: int
    names: tuple[str, ...] = ()


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of the week", 0, 7, WEEKDAYS),
)


class Timetable(NamedTuple):
    """The minutes at which something is due. `written` are the five fields; weekdays count from Sunday, which is 0.

    `open_days` and `open_weekdays` tell that the field begins with ``*``: then a day must fit both, else one will do.
    `utc` says that the fields are read in UTC, not in the machine's own zone; `skipping` that a time of day which a day
    does not have is left out, as systemd does.
    """

    written: str
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]
    open_days: bool
    open_weekdays: bool
    utc: bool = False
    skipping: bool = False

    def falls_on(self, day: date) -> bool:
        """Whether it is due at all on that day."""
        if day.month not in self.months:
            return False
        by_day, by_weekday = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        if self.open_days or self.open_weekdays:
            return by_day and by_weekday
        return by_day or by_weekday


def read_timetable(text: str, *, utc: bool = False) -> Timetable:
    """The timetable of ``02:00``, ``mon-fri 02:00`` or ``0 2 * * 1-5``. Raises `NotATime`."""
    text = text.strip()
    if found := _TIME.fullmatch(text):
        hour, minute = int(found["hour"]), int(found["minute"])
        if hour > 23 or minute > 59:
            raise NotATime(f"{text!r}: there is no {found['hour']}:{found['minute']} in a day of 24 hours")
        text = f"{minute} {hour} * * {(found['days'] or '*').lower()}"
    fields = text.split()
    if len(fields) != len(_FIELDS):
        raise NotATime(
            f"{text!r} is no time: write 02:00, mon-fri 02:00, or cron's five fields (minute hour day month weekday)"
        )
    minutes, hours, days, months, weekdays = (_read(given, field) for given, field in zip(fields, _FIELDS, strict=True))
    table = Timetable(
        " ".join(fields),
        minutes,
        hours,
        days,
        months,
        tuple(sorted({day % 7 for day in weekdays})),
        fields[2].startswith("*"),
        fields[4].startswith("*"),
        utc,
    )
    if table.open_weekdays and not any(_is_a_date(month, day) for month in months for day in days):
        raise NotATime(f"{text!r} never comes: no such month has such a day")
    return table


def _is_a_date(month: int, day: int) -> bool:
    try:
        date(_LEAP_YEAR, month, day)
    except ValueError:
        return False
    return True


def _read(text: str, field: _Field) -> tuple[int, ...]:
    found: set[int] = set()
    for part in text.lower().split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise NotATime(f"{part!r} is no {field.name}: write *, 5, 1-5, 1,3 or */15")
        if match["any"]:
            first, last = field.least, field.most
        else:
            first = _number(match["first"], field)
            last = _number(match["last"], field) if match["last"] else first
        step = int(match["step"] or 1)
        if match["step"] and first == last:
            raise NotATime(f"{part!r}: a step needs a range before it, as in {field.least}-{field.most}/{step}")
        if first > last or not step:
            raise NotATime(f"{part!r} holds no {field.name}")
        found.update(range(first, last + 1, step))
    return tuple(sorted(found))


def _number(text: str, field: _Field) -> int:
    if text in field.names:
        return field.names.index(text) + field.least
    if not text.isascii() or not text.isdecimal() or not field.least <= int(text) <= field.most:
        names = f" or {field.names[0]} to {field.names[-1]}" if field.names else ""
        raise NotATime(f"{text!r} is no {field.name}: it is a number from {field.least} to {field.most}{names}")
    return int(text)
