"""Owns saying a timetable as systemd's OnCalendar. Pure text.

Where cron takes a day that fits the day of the month *or* that of the week, systemd wants both; two lines say the same
as cron, because a timer with several fires at each.
"""

from __future__ import annotations

from collections.abc import Sequence

from gatekeeper.policy.nightly.timetable import WEEKDAYS, Timetable

_MINUTES, _HOURS, _DAYS, _MONTHS, _WEEK = 60, 24, 31, 12, 7


def calendars(table: Timetable) -> tuple[str, ...]:
    """The values of OnCalendar, one a line."""
    weekdays = _weekdays(table)
    month = _list(table.months, _MONTHS)
    day = _list(table.days, _DAYS)
    if weekdays and day != "*" and not (table.open_days or table.open_weekdays):
        return _line(table, "", month, day), _line(table, weekdays, month, "*")
    return (_line(table, weekdays, month, day),)


def _line(table: Timetable, weekdays: str, month: str, day: str) -> str:
    time = f"{_list(table.hours, _HOURS)}:{_list(table.minutes, _MINUTES)}:00"
    return " ".join(filter(None, (weekdays, f"*-{month}-{day}", time, "UTC" if table.utc else "")))


def _weekdays(table: Timetable) -> str:
    if len(table.weekdays) == _WEEK:
        return ""
    return ",".join(WEEKDAYS[day].capitalize() for day in table.weekdays)


def _list(numbers: Sequence[int], all_of_them: int) -> str:
    return "*" if len(numbers) == all_of_them else ",".join(f"{number:02}" for number in numbers)
