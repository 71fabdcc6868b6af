"""Owns turning pictures into what a terminal is to be sent: one text for each, holding only what has changed.

The cursor rests in the last row of the picture. Nothing is cleared that is written again, and nothing wraps. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from gatekeeper.model.record import NamedTuple

# A terminal that knows how shows all of it at once; the others ignore this.
_TOGETHER, _SHOWN = "\x1b[?2026h", "\x1b[?2026l"
_CUT, _WRAPPED = "\x1b[?7l", "\x1b[?7h"
_REST_OF_LINE, _REST = "\x1b[K", "\x1b[J"


class Drawn(NamedTuple):
    """A row as it is sent, with its colours, and how many columns it takes."""

    text: str
    cells: int


class Painter:
    """Remembers what stands on the terminal. What it gives must be written, all of it and in order."""

    def __init__(self) -> None:
        self._rows: tuple[Drawn, ...] = ()
        self._width = 0

    def frame(self, said: str, rows: Sequence[Drawn], width: int) -> str:
        """What makes `rows` the picture, after `said` (whole lines) was put above it; empty where nothing changes.

        No row takes more than `width` columns.
        """
        rows = tuple(rows)
        if not said and width == self._width and rows == self._rows:
            return ""
        parts = [_TOGETHER, self._to_the_top(width)]
        if said or width != self._width:
            parts += [_REST, said]
            self._rows = ()
        parts.append(_CUT)
        for number, row in enumerate(rows):
            parts.append("\r\n" if number else "")
            before = self._rows[number] if number < len(self._rows) else None
            if row != before:
                parts += [row.text, _REST_OF_LINE if row.cells < width else ""]
        if len(rows) < len(self._rows):
            parts.append(f"\r\n{_REST}\x1b[A" if rows else _REST)
        parts += ["\r" if rows else "", _WRAPPED, _SHOWN]
        self._rows, self._width = rows, width
        return "".join(parts)

    def gone(self, width: int) -> str:
        """What takes the picture away."""
        wiped = self._to_the_top(width) + _REST if self._rows else ""
        self._rows = ()
        return wiped

    def forget(self) -> None:
        """Know of no picture any more: somebody else has written over it."""
        self._rows = ()

    def _to_the_top(self, width: int) -> str:
        above = self._rows[:-1]
        # A window that became narrower has wrapped what was wider; most terminals do, and keep the cursor in its text.
        rows = sum(max(-(-row.cells // width), 1) for row in above) if width < self._width else len(above)
        return f"\r\x1b[{rows}A" if rows else "\r"
