"""Owns the console for programs: the journal's own lines, as they were written, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

from gatekeeper.adapters.console.voice import Voice
from gatekeeper.model.events import Entry


class JsonLinesConsole:
    """Writes each entry as the line that stands in the journal; `encode` knows it."""

    def __init__(self, voice: Voice, encode: Callable[[Entry], str]) -> None:
        self._voice = voice
        self._encode = encode

    def receive(self, entry: Entry) -> None:
        """Write one line at once, so that a reader can follow."""
        self._voice.say(self._encode(entry).rstrip("\n") + "\n")

    def close(self) -> None:
        """Nothing is left to do."""
