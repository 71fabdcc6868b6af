"""Owns the console at a terminal: which lines stay, and when the live view comes and goes. Draws nothing itself."""

from __future__ import annotations

import time
from collections.abc import Callable

from gatekeeper.adapters.console.layout import wrapped
from gatekeeper.adapters.console.lines import repeats
from gatekeeper.adapters.console.live_lines import lasting_line, names_width
from gatekeeper.adapters.console.moment import Former, Moment
from gatekeeper.adapters.console.screen import Screen
from gatekeeper.adapters.console.spans import paragraph
from gatekeeper.adapters.console.voice import Voice
from gatekeeper.adapters.console.window import room_of
from gatekeeper.adapters.console.words import ASCII, UNICODE
from gatekeeper.model.events import Entry, RunFinished, RunStarted
from gatekeeper.policy.fold import RunRecord

_APPEARS_AFTER_S = 0.2


class LiveConsole:
    """Shows a run at a terminal; leaves it as it was, whatever happens."""

    def __init__(
        self,
        voice: Voice,
        *,
        colour: bool,
        run_folder: str,
        record: RunRecord | None = None,
        mask: Callable[[str], str] = str,
        former: Former = dict,
        asked: Callable[[], int] = int,
        monotonic: Callable[[], float] = time.monotonic,
        appears_after_s: float = _APPEARS_AFTER_S,
    ) -> None:
        self._voice = voice
        self._colour = colour
        self._run_folder = run_folder
        self._glyphs = UNICODE if voice.speaks_unicode else ASCII
        self.moment = Moment(run_folder, self._glyphs, mask=mask, former=former, monotonic=monotonic)
        """What the live view shows."""
        self._screen = Screen(
            voice,
            self.moment.picture,
            colour=colour,
            appears_after_s=appears_after_s,
            press=self.moment.watched.press,
            asked=asked,
        )
        self._record = record
        self._names = 0
        if record is not None and record.started is not None:
            self._begin(record.started)

    def receive(self, entry: Entry) -> None:
        """Take one entry: a line that stays, a row that comes or goes, and at the end the closing block."""
        if self._record is None:
            self._record = RunRecord(entry.run)
        self._record.apply(entry)
        if isinstance(entry.event, RunStarted):
            self._begin(entry.event)
        runs = self.moment.follow(entry.event)
        said = lasting_line(entry.event, self._record, self._names, self._glyphs)
        if said is not None and not repeats(entry.event, self._record.newest):
            self._screen.write(paragraph(wrapped(said, room_of(self._voice).width), colour=self._colour))
        if runs:
            self._screen.begin()
        if isinstance(entry.event, RunFinished):
            from gatekeeper.adapters.console.closing import closing_block

            block = closing_block(self._record, self._run_folder, self._glyphs, room_of(self._voice))
            self._screen.finish("\n" + paragraph(block, colour=self._colour))

    def close(self) -> None:
        """Take the live view away and give the terminal back."""
        self._screen.close()

    def _begin(self, started: RunStarted) -> None:
        self._names = names_width(started)
        self.moment.begin(started)
