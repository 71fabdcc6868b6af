"""Owns asking how large the window is that a stream is read in. Knows no event and no row."""

from __future__ import annotations

import os

from gatekeeper.adapters.console.layout import Room
from gatekeeper.adapters.console.voice import Voice

_TAKEN = 2
"""The empty line in front of the closing block, and the shell's prompt after it."""

_LEAST = 10


def room_of(voice: Voice) -> Room:
    """What is left for the closing block; of a file or a pipe, and of a terminal that does not tell, `Room`'s own."""
    if not voice.isatty():
        return Room()
    try:
        size = os.get_terminal_size(voice.fileno())
    except (OSError, ValueError):
        return Room()
    if not size.columns or not size.lines:
        return Room()
    return Room(size.columns, max(size.lines - _TAKEN, _LEAST))
