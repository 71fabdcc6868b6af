"""Owns how the commands that print tables and problems put them on a terminal: colour where it is wanted, columns."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from gatekeeper.adapters.console.surroundings import wants_colour
from gatekeeper.adapters.console.voice import Voice

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


class Ink:
    """Writes to standard output; `paint` colours where that is wanted and leaves the text alone elsewhere.

    Writing raises `OSError` where the output takes no more.
    """

    def __init__(self) -> None:
        self._voice = Voice(sys.stdout)
        self._coloured = wants_colour(os.environ, terminal=self._voice.isatty())

    def paint(self, text: str, colour: str) -> str:
        """`text` in `colour` (bold, dim, red, green, yellow, cyan)."""
        return f"\x1b[{_CODES[colour]}m{text}\x1b[0m" if self._coloured and text else text

    def say(self, text: str = "") -> None:
        """Write one line."""
        self._voice.write(f"{text}\n")
        self._must_arrive()

    def done(self) -> None:
        """Hand everything over."""
        self._voice.flush()
        self._must_arrive()

    def _must_arrive(self) -> None:
        # All that such a command does is tell: what was not told must not look like a success.
        if self._voice.fault is not None:
            raise self._voice.fault


def widths(rows: Sequence[Sequence[str]], *, most: int = 32) -> list[int]:
    """The width of each column, none wider than `most`."""
    return [min(most, max(map(len, column))) for column in zip(*rows, strict=True)]


def count(number: int, noun: str) -> str:
    """``1 step``, ``3 steps``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def printable(text: str) -> str:
    """`text` in one line, with nothing in it that a terminal would obey."""
    return "".join(character if character.isprintable() else "?" for character in text.expandtabs(4))
