"""Owns the last line of a file that grows: reading it again and again, cheaply. Knows no step and no stream."""

from __future__ import annotations

import os
from collections.abc import Callable

from gatekeeper.adapters.console.spans import clean

_WINDOW = 4096


class Tail:
    """Looks at the end of one growing output file; what it gives is masked and safe to show."""

    def __init__(self, path: str, mask: Callable[[str], str]) -> None:
        self._path = path
        self._mask = mask
        self._size = -1
        self._settled = False
        self._line = ""

    def last_line(self) -> str:
        """The last line that is not blank, as of now; empty where there is none or nothing can be read.

        A line without its end (a prompt) is given once nothing was added since the last look: while it grows, it
        might hold the first half of a secret, which no mask knows.
        """
        try:
            size = os.stat(self._path).st_size
            grown = size != self._size
            if not grown and self._settled:
                return self._line
            self._settled, self._size = not grown, size
            self._line = self._read(size, unfinished=not grown) or self._line
        except OSError:
            return self._line
        return self._line

    def _read(self, size: int, *, unfinished: bool) -> str:
        beginning = max(size - _WINDOW, 0)
        # A step may have put something in its place that one would wait for.
        with open(os.open(self._path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as output:
            output.seek(beginning)
            text = output.read(_WINDOW).decode("utf-8", "replace")
        lines = self._mask(text).replace("\r", "\n").split("\n")
        if beginning:
            del lines[0]  # a part of a line, and perhaps of a secret
        if not unfinished and lines:
            del lines[-1]
        return next((line for line in map(clean, reversed(lines)) if line.strip()), "").strip()
