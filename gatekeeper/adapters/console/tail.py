"""Owns the end of a file that grows: reading it again and again, cheaply. Knows no step and no stream."""

from __future__ import annotations

import os
from collections.abc import Callable

from gatekeeper.adapters.console.spans import clean

_WINDOW = 4096
_WINDOW_OF_MANY = 32768


class Tail:
    """Looks at the end of one growing output file; what it gives is masked and safe to show."""

    def __init__(self, path: str, mask: Callable[[str], str]) -> None:
        self._path = path
        self._mask = mask
        self._size = -1
        self._settled = False
        self._most = 0
        self._lines: tuple[str, ...] = ()

    def last_line(self) -> str:
        """The last line that is not blank, as of now; empty where there is none or nothing can be read."""
        return next(iter(self.last_lines(1)), "").strip()

    def last_lines(self, most: int) -> tuple[str, ...]:
        """The last lines that are not blank, at most so many; those of before where nothing can be read.

        A line without its end (a prompt) is given once nothing was added since the last look: while it grows, it
        might hold the first half of a secret, which no mask knows.
        """
        try:
            size = os.stat(self._path).st_size
            grown = size != self._size
            if grown or not self._settled or most > self._most:
                self._settled, self._size = not grown, size
                self._lines = self._read(size, most, unfinished=not grown) or self._lines
                self._most = most
        except OSError:
            pass
        return self._lines[-most:] if most else ()

    def _read(self, size: int, most: int, *, unfinished: bool) -> tuple[str, ...]:
        window = _WINDOW if most == 1 else _WINDOW_OF_MANY
        beginning = max(size - window, 0)
        # A step may have put something in its place that one would wait for.
        with open(os.open(self._path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as output:
            output.seek(beginning)
            text = output.read(window).decode("utf-8", "replace")
        lines = self._mask(text).replace("\r", "\n").split("\n")
        if beginning:
            del lines[0]  # a part of a line, and perhaps of a secret
        if not unfinished and lines:
            del lines[-1]
        found: list[str] = []
        for line in map(clean, reversed(lines)):
            if line.strip():
                found.append(line)
                if len(found) == most:
                    break
        return tuple(reversed(found))
