"""Owns what the `cron` commands read from their command line, and the zone and the moment they speak of."""

from __future__ import annotations

import re
import time

from gatekeeper.adapters.definition.units import instead_of_duration, parse_duration
from gatekeeper.cli.project import definition_path
from gatekeeper.model.errors import UsageError
from gatekeeper.policy.nightly.due import next_due
from gatekeeper.policy.nightly.heartbeat import iso, shown
from gatekeeper.policy.nightly.timetable import NotATime, Timetable, read_timetable

_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_LONGEST_JITTER_S = 6 * 3600.0
_HALF_A_YEAR_S = 183 * 86_400


def offset_at(instant: float) -> int:
    """Seconds east of UTC that this machine's zone is at an instant."""
    return time.localtime(instant).tm_gmtoff


def offsets_of_a_year() -> tuple[int, ...]:
    """Those that the zone has in a year."""
    now = time.time()
    return tuple(sorted({offset_at(now), offset_at(now + _HALF_A_YEAR_S)}))


def timetable_of(text: str, *, utc: bool) -> Timetable:
    """What `--at` says. Raises `UsageError`."""
    try:
        return read_timetable(text, utc=utc)
    except NotATime as fault:
        raise UsageError(f"--at {fault}") from None


def jitter_of(text: str) -> float:
    """What `--jitter` says, in seconds; 0 where it says nothing. Raises `UsageError`."""
    if not text:
        return 0.0
    found = parse_duration(text)
    if found is None:
        raise UsageError(f"--jitter {text!r} is no time; {instead_of_duration(text)}")
    if found > _LONGEST_JITTER_S:
        raise UsageError(f"--jitter {text}: more than six hours is another time of the day; choose one with --at")
    return found


def cycles_of(root: str, names: list[str]) -> tuple[str, ...]:
    """The cycles that are named, each once. Raises `UsageError` for one that is not there or cannot stand in a line."""
    for name in names:
        definition_path(root, name)
        if not _PLAIN.fullmatch(name):
            raise UsageError(f"the cycle {name!r} cannot be called by cron: its name takes letters, digits and . _ -")
    return tuple(dict.fromkeys(names))


def when_next(table: Timetable) -> str:
    """When it is due next, in UTC and, where that is another time, in this machine's zone."""
    instant = next_due(table, time.time(), offset_at)
    if instant is None:
        return "never"
    here = time.strftime("%a %Y-%m-%d %H:%M %Z", time.localtime(instant))
    return shown(iso(instant)) if here.endswith("UTC") else f"{here} ({shown(iso(instant))})"
