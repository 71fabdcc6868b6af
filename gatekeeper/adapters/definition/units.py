"""Owns durations and sizes as people write them, in both directions. Knows no YAML."""

from __future__ import annotations

import re

_DURATION = re.compile(r"(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?(?:([0-9]+)ms)?")
_SIZE = re.compile(r"([0-9]+)(B|KiB|MiB|GiB|TiB)")
_LOOSE_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)")
_FACTOR = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}
_DIGITS = 12
_SAID_OTHERWISE = {
    **dict.fromkeys(("", "sec", "secs", "second", "seconds", "S"), 1.0),
    **dict.fromkeys(("s",), 1.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes", "M"), 60.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "H"), 3600.0),
    **dict.fromkeys(("d", "day", "days", "D"), 86400.0),
    **dict.fromkeys(("ms", "msec", "millis", "milliseconds"), 0.001),
}
_LETTER = {0.001: "ms", 1.0: "s", 60.0: "m", 3600.0: "h"}
_SIZE_SAID_OTHERWISE = {"k": "KiB", "m": "MiB", "g": "GiB", "t": "TiB"}


def parse_duration(text: str) -> float | None:
    """Seconds of ``90s``, ``10m``, ``1h30m``, ``500ms``; None where `text` is not a duration."""
    found = _DURATION.fullmatch(text)
    if not text or found is None or any(len(part or "") > _DIGITS for part in found.groups()):
        return None
    hours, minutes, seconds, milliseconds = (int(part or 0) for part in found.groups())
    # In whole milliseconds to the last, or the way back would not come to the same.
    return (hours * 3_600_000 + minutes * 60_000 + seconds * 1000 + milliseconds) / 1000


def format_duration(seconds: float) -> str:
    """`seconds` as `parse_duration` reads it, to the millisecond: ``1h30m``, ``300s`` stays ``5m``."""
    milliseconds = round(seconds * 1000)
    text = ""
    for unit, size in (("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, milliseconds = divmod(milliseconds, size)
        text += f"{count}{unit}" if count else ""
    return text or "0s"


def instead_of_duration(text: str) -> str:
    """What the author of `text` could have written, or the general rule where that is not to be guessed."""
    found = _LOOSE_DURATION.fullmatch(text.strip())
    if found and found[2] in _SAID_OTHERWISE and len(found[1]) <= _DIGITS:
        factor = _SAID_OTHERWISE[found[2]]
        seconds = float(found[1]) * factor
        if found[1].isdecimal() and seconds and factor in _LETTER:
            return f"write {int(found[1])}{_LETTER[factor]}"
        if seconds > 0:
            return f"write {format_duration(max(seconds, 0.001))}"
    return "write it like 90s, 10m or 1h30m"


def parse_size(text: str) -> int | None:
    """Bytes of ``512KiB``, ``4GiB``; None where `text` is not a size."""
    found = _SIZE.fullmatch(text)
    if found is None or len(found[1]) > _DIGITS:
        return None
    return int(found[1]) * _FACTOR[found[2]]


def format_size(size: int) -> str:
    """`size` in the largest unit that says it exactly."""
    for unit, factor in reversed(_FACTOR.items()):
        if size % factor == 0 and size >= factor:
            return f"{size // factor}{unit}"
    return f"{size}B"


def instead_of_size(text: str) -> str:
    """What the author of `text` could have written, or the general rule."""
    found = re.fullmatch(r"([0-9]+)\s*([A-Za-z]*)", text.strip())
    if found and len(found[1]) <= _DIGITS:
        if not found[2] and int(found[1]):
            return f"write {format_size(int(found[1]))}"
        unit = _SIZE_SAID_OTHERWISE.get(found[2][:1].lower())
        if unit:
            return f"write {found[1]}{unit}"
    return "write it like 512KiB or 4GiB"
