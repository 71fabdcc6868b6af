"""Owns the times that a report tells of itself, and whether they are older than its attempt. Reads no format.

Only the beginning and the end of a large file are looked at: no part of a report is older than its attempt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import BinaryIO

from gatekeeper.model.demands import ReportFormat
from gatekeeper.model.record import NamedTuple

_LOOKED_AT = 4 << 20
# Some writers leave a constant such as 1970 or the year 1 where they have no time.
_EARLIEST_S = 1_000_000_000.0
_MILLISECONDS_FROM = 100_000_000_000.0
_CHANCE_DIGITS = 12
# Clocks of containers and of machines elsewhere; who copies a report faster than this is found by its content.
_SKEW_S = 60.0
# A time without a zone may have been written anywhere.
_WESTERNMOST_S = 12 * 3600.0


class _Patterns(NamedTuple):
    """Where a format writes a time of day, and where a duration."""

    stamp: re.Pattern[bytes] | None
    duration: re.Pattern[bytes]


_JSON_DURATION = re.compile(rb'"duration"\s*:\s*([0-9.]+)')
_PATTERNS: dict[ReportFormat, _Patterns] = {
    "junit": _Patterns(
        re.compile(rb"<testsuites?\b[^<]{0,4000}?\stimestamp\s*=\s*[\"']([^\"'<]{8,40})[\"']"),
        re.compile(rb"\stime\s*=\s*[\"']([0-9.]+)[\"']"),
    ),
    "ctrf": _Patterns(
        re.compile(rb'"(?:start|stop|timestamp)"\s*:\s*"?(\d{10,16}|\d{4}-[^"]{6,36})"?'), _JSON_DURATION
    ),
    "pytest_json": _Patterns(re.compile(rb'"created"\s*:\s*([0-9.]+)'), _JSON_DURATION),
    "reportlog": _Patterns(re.compile(rb'"(?:start|stop)"\s*:\s*([0-9.]+)'), _JSON_DURATION),
    "go_test": _Patterns(re.compile(rb'^\{"Time":"([^"]{8,40})"', re.MULTILINE), re.compile(rb'"Elapsed":([0-9.]+)')),
    "tap": _Patterns(None, re.compile(rb"(?:duration_ms:? |# time=| in )([0-9.]+)")),
}


class Told(NamedTuple):
    """What a report tells of its times.

    `newest_s` is the newest time with a zone, in seconds since 1970; `newest_local_s` the newest without one, taken for
    UTC; None where there is none. `varies` tells whether the same tests run once more could not come out the same.
    """

    newest_s: float | None
    newest_local_s: float | None
    varies: bool


def told_times(form: ReportFormat, file: BinaryIO) -> Told:
    """The times that a report in this format tells."""
    patterns = _PATTERNS[form]
    zoned: list[float] = []
    local: list[float] = []
    digits = 0
    for part in _parts(file):
        for found in patterns.stamp.finditer(part) if patterns.stamp is not None else ():
            with suppress(ValueError, OverflowError):
                _stamp(found[1].decode("ascii"), zoned, local)
        for found in patterns.duration.finditer(part):
            # The first digit is the test's own; what follows comes out another way each time.
            digits += max(0, len(found[1].replace(b".", b"").lstrip(b"0")) - 1)
            if digits >= _CHANCE_DIGITS:
                break
    varies = bool(zoned or local) or digits >= _CHANCE_DIGITS
    return Told(max(zoned, default=None), max(local, default=None), varies)


def tells_older(told: Told, since_ns: int) -> str:
    """Why a report is not of the attempt that began at `since_ns`, by its own times; empty where it can be.

    Only when each of its times ends before: then it is a copy, or came out of a build cache.
    """
    since_s = since_ns / 1e9
    latest = [moment for moment in (told.newest_s, _at_the_latest(told.newest_local_s)) if moment is not None]
    if not latest or max(latest) >= since_s - _SKEW_S:
        return ""
    written = told.newest_s if told.newest_s is not None else told.newest_local_s
    assert written is not None
    when = datetime.fromtimestamp(written, UTC).strftime("%Y-%m-%d %H:%M:%S")
    zone = " UTC" if told.newest_s is not None else ""
    return f"says of itself that it ended at {when}{zone}, before the attempt began: a copy, or from a build cache"


def _at_the_latest(local_s: float | None) -> float | None:
    return None if local_s is None else local_s + _WESTERNMOST_S


def _parts(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0, 2)
    size = file.tell()
    file.seek(0)
    yield file.read(_LOOKED_AT)
    if size > _LOOKED_AT:
        file.seek(max(_LOOKED_AT, size - _LOOKED_AT))
        yield file.read(_LOOKED_AT)


def _stamp(written: str, zoned: list[float], local: list[float]) -> None:
    if re.fullmatch(r"[0-9.]+", written):
        value = float(written)
        value = value / 1000 if value >= _MILLISECONDS_FROM else value
        into = zoned
    else:
        moment = datetime.fromisoformat(_shortened(written))
        into = zoned if moment.tzinfo is not None else local
        value = (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()
    if value >= _EARLIEST_S:
        into.append(value)


def _shortened(written: str) -> str:
    """With at most six digits of a second, which is what is understood."""
    return re.sub(r"(\.\d{6})\d+", r"\1", written.strip())
