"""Owns the console that has nothing to say of a run that is green: for cron, which mails whatever is written."""

from __future__ import annotations

from gatekeeper.adapters.console.voice import Voice
from gatekeeper.model.events import Entry, RunFinished
from gatekeeper.policy.fold import RunRecord


class QuietConsole:
    """Says the closing block where somebody should look at the run, and else nothing at all."""

    def __init__(self, voice: Voice, *, run_folder: str, record: RunRecord | None = None) -> None:
        self._voice = voice
        self._run_folder = run_folder
        self._record = record

    def receive(self, entry: Entry) -> None:
        """Take one event in; after the last, the closing block where it is worth it."""
        if self._record is None:
            self._record = RunRecord(entry.run)
        self._record.apply(entry)
        if isinstance(entry.event, RunFinished):
            from gatekeeper.policy.worth_a_word import is_worth_a_word

            if is_worth_a_word(self._record):
                self._tell(self._record)

    def close(self) -> None:
        """Nothing is left to do."""

    def _tell(self, record: RunRecord) -> None:
        from gatekeeper.adapters.console.closing import closing_block
        from gatekeeper.adapters.console.spans import paragraph
        from gatekeeper.adapters.console.window import room_of
        from gatekeeper.adapters.console.words import glyphs_for

        glyphs = glyphs_for(unicode=self._voice.speaks_unicode)
        block = closing_block(record, self._run_folder, glyphs, room_of(self._voice))
        self._voice.say(paragraph(block, colour=False))
