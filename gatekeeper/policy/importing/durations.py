"""Owns durations as people write them in sentences: ``120-300s``, ``up to 10 minutes``. Whole seconds come of them."""

from __future__ import annotations

import re
from typing import Final

_UNITS: Final = {"s": 1, "m": 60, "h": 3600}
_UNIT = r"(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?)\b"
_RANGE = re.compile(
    rf"(?<![\w.])(\d{{1,6}})\s*(?:{_UNIT})?\s*(?:[\u2013\u2014-]|\.\.|\bto\b|\band\b)\s*(\d{{1,6}})\s*{_UNIT}",
    re.IGNORECASE,
)
_ONE = re.compile(rf"(?<![\w.])(\d{{1,6}})\s*{_UNIT}", re.IGNORECASE)
_BOUND = re.compile(
    rf"(?:time[\s-]?out|within|max(?:imum)?|at\s+most|up\s+to|limit|no\s+longer\s+than|<=?|≤)\W{{0,4}}(?:of\s+|is\s+)?{_ONE.pattern}",
    re.IGNORECASE,
)
_LONGEST_S = 7 * 24 * 3600


def range_in(text: str) -> tuple[int, int] | None:
    """The shortest and the longest that `text` allows; one duration is both. None: it says none that can be."""
    if found := _RANGE.search(text):
        ends = (_seconds(found[1], found[2] or found[4]), _seconds(found[3], found[4]))
    elif one := _ONE.search(text):
        ends = (_seconds(one[1], one[2]),) * 2
    else:
        return None
    return ends if 0 < ends[0] <= ends[1] <= _LONGEST_S else None


def bound_in(text: str) -> int | None:
    """What `text` says that something may take at most, like ``(timeout 10m)``."""
    found = _BOUND.search(text)
    seconds = _seconds(found[1], found[2]) if found else 0
    return seconds if 0 < seconds <= _LONGEST_S else None


def _seconds(number: str, unit: str) -> int:
    return int(number) * _UNITS[unit[0].lower()]
