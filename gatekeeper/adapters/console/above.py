"""Owns what is said on standard error while a live view is on the same terminal: it goes above the view."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from gatekeeper.adapters.console.terminal import same_terminal
from gatekeeper.adapters.console.voice import Voice


class _Above(io.TextIOBase):
    """A stream that hands on whole lines."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._rest = ""

    def write(self, text: str) -> int:
        lines, newline, self._rest = (self._rest + text).rpartition("\n")
        if newline:
            self._write(lines + newline)
        return len(text)

    def isatty(self) -> bool:
        return True

    def settle(self) -> None:
        """Hand on what has no end yet."""
        if self._rest:
            self.write("\n")


@contextmanager
def errors_above(write: Callable[[str], None], voice: Voice) -> Iterator[None]:
    """While this lasts, `write` gets the lines of standard error, if it is the terminal that `voice` speaks to."""
    errors = sys.stderr
    if not _at_the_terminal_of(voice, errors):
        yield
        return
    above = _Above(write)
    sys.stderr = above
    try:
        yield
    finally:
        if sys.stderr is above:
            sys.stderr = errors
        above.settle()


def _at_the_terminal_of(voice: Voice, errors: TextIO) -> bool:
    try:
        return same_terminal(errors.fileno(), voice.fileno())
    except (OSError, ValueError):  # a stream without a descriptor, as tests have them
        return False
