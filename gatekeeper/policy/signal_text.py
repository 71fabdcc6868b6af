"""Owns the names of signals as kill(1) and timeout(1) read and write them. Sends none."""

from __future__ import annotations

import signal

_NONE = "EXIT"
"""The name of 0, which asks whether a process is there and tells it nothing."""

_LONGEST = 10
_FIRST, _LAST = getattr(signal, "SIGRTMIN", 0), getattr(signal, "SIGRTMAX", 0)
"""The real-time signals; zeros where there are none (macOS)."""


def number_of(text: str) -> int | None:
    """The signal that a name (``TERM``, ``sigterm``, ``RTMIN+3``), a number or a shell's exit status means, or None."""
    if text[:1].isdecimal() and text.isascii():
        if not text.isdecimal() or len(text) > _LONGEST:
            return None
        given = int(text)
        number = given & (0xFF if given >= 0xFF else 0x7F)
        return number if name_of(number) else None
    name = text.upper() if text.isascii() else ""
    found = _named(name)
    return found if found is not None or not name.startswith("SIG") else _named(name[3:])


def name_of(number: int) -> str:
    """The name of a signal without its SIG, or empty where there is no such signal."""
    if number == 0:
        return _NONE
    if _FIRST < number < _LAST:
        return f"RTMIN+{number - _FIRST}" if number <= (_FIRST + _LAST) // 2 else f"RTMAX-{_LAST - number}"
    try:
        return signal.Signals(number).name.removeprefix("SIG")
    except ValueError:
        return ""


def _named(name: str) -> int | None:
    if name == _NONE:
        return 0
    if name.startswith(("RTMIN+", "RTMAX-")):
        distance = name[6:]
        if distance.isdecimal() and len(distance) <= _LONGEST and int(distance) <= _LAST - _FIRST:
            return _FIRST + int(distance) if name.startswith("RTMIN") else _LAST - int(distance)
        return None
    found = signal.Signals.__members__.get(f"SIG{name}")
    return None if found is None else int(found)
