"""Owns the console without cursor control: a line per event, then the closing block. For files, CI and cron."""

from __future__ import annotations

from gatekeeper.adapters.console.lines import line_of, repeats
from gatekeeper.adapters.console.spans import paint, paragraph
from gatekeeper.adapters.console.voice import Voice
from gatekeeper.adapters.console.words import glyphs_for
from gatekeeper.model.events import Entry, RunFinished
from gatekeeper.policy.fold import RunRecord


class PlainConsole:
    """Says each event in one line as it comes."""

    def __init__(self, voice: Voice, *, colour: bool, run_folder: str, record: RunRecord | None = None) -> None:
        self._voice = voice
        self._colour = colour
        self._run_folder = run_folder
        self._record = record

    def receive(self, entry: Entry) -> None:
        """Say one event; after the last, the closing block."""
        if self._record is None:
            self._record = RunRecord(entry.run)
        self._record.apply(entry)
        if not repeats(entry.event, self._record.newest):
            self._voice.write(paint(line_of(entry.event, self._record), colour=self._colour).rstrip() + "\n")
        if isinstance(entry.event, RunFinished):
            from gatekeeper.adapters.console.closing import closing_block
            from gatekeeper.adapters.console.window import room_of

            glyphs = glyphs_for(unicode=self._voice.speaks_unicode)
            block = closing_block(self._record, self._run_folder, glyphs, room_of(self._voice))
            self._voice.write("\n" + paragraph(block, colour=self._colour))
        self._voice.flush()

    def close(self) -> None:
        """Nothing is left to do."""
