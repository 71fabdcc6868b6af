"""Owns the console at a terminal: finished lines that stay, and below them a live view of what runs.

The view appears only once a run lasts longer than a moment: drawing costs an import of rich, which must not delay
the first step, and a run that is over at once needs no view. rich redraws it from a thread of its own.
"""

from __future__ import annotations

import atexit
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from gatekeeper.adapters.console.live_lines import lasting_line, names_width
from gatekeeper.adapters.console.spans import Line, Style, clean, paint, paragraph
from gatekeeper.adapters.console.tail import Tail
from gatekeeper.adapters.console.voice import Voice
from gatekeeper.adapters.console.words import ASCII, UNICODE
from gatekeeper.model.events import (
    Entry,
    RoundFinished,
    RoundStarted,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
)
from gatekeeper.model.plan import StepId
from gatekeeper.policy.fold import RunRecord

if TYPE_CHECKING:
    from rich.console import Console as RichConsole
    from rich.live import Live
    from rich.text import Text

    from gatekeeper.adapters.console.frame import Row

_APPEARS_AFTER_S = 0.2
_PER_SECOND = 10
_STYLES: dict[Style, str] = {
    "good": "green",
    "bad": "red",
    "warn": "yellow",
    "dim": "dim",
    "bold": "bold",
    "name": "bold",
}


class _Running:
    """A step that runs, as the view follows it."""

    def __init__(self, event: StepStarted, now: float, tail: Tail | None) -> None:
        self.event = event
        self.since = now
        self.tail = tail

    def row(self, now: float) -> Row:
        from gatekeeper.adapters.console.frame import Row

        event = self.event
        last = self.tail.last_line() if self.tail is not None else clean(event.probe or "")
        return Row(clean(f"{event.gate}/{event.step}"), now - self.since, event.timeout_s, last, event.attempt)


class LiveConsole:
    """Shows a run at a terminal; leaves the cursor as it was, whatever happens."""

    def __init__(
        self,
        voice: Voice,
        *,
        colour: bool,
        run_folder: str,
        mask: Callable[[str], str] = str,
        monotonic: Callable[[], float] = time.monotonic,
        appears_after_s: float = _APPEARS_AFTER_S,
    ) -> None:
        self._voice = voice
        self._colour = colour
        self._run_folder = run_folder
        self._mask = mask
        self._monotonic = monotonic
        self._appears_after_s = appears_after_s
        self._glyphs = UNICODE if voice.speaks_unicode else ASCII
        self._record: RunRecord | None = None
        self._names = 0
        self._began = monotonic()
        self._round: RoundStarted | None = None
        self._done = 0
        self._running: dict[StepId, _Running] = {}
        # Held while anything is written. The drawing thread holds rich's own lock and must never take this one.
        self._writing = threading.Lock()
        self._timer: threading.Timer | None = None
        self._live: Live | None = None
        self._closed = False
        atexit.register(self.close)

    def receive(self, entry: Entry) -> None:
        """Take one entry: a line that stays, a row that comes or goes, and at the end the closing block."""
        if self._record is None:
            self._record = RunRecord(entry.run)
        self._record.apply(entry)
        self._follow(entry)
        said = lasting_line(entry.event, entry.run, self._names, self._glyphs)
        if said is not None:
            self._print(said)
        if isinstance(entry.event, RunFinished):
            from gatekeeper.adapters.console.closing import closing_block

            self.close()
            block = closing_block(self._record, self._run_folder, self._glyphs)
            self._voice.say("\n" + paragraph(block, colour=self._colour))

    def close(self) -> None:
        """Take the live view away and give the cursor back."""
        with self._writing:
            self._closed = True
            live, self._live = self._live, None
        if self._timer is not None:
            self._timer.cancel()
        if live is not None:
            live.stop()
        atexit.unregister(self.close)

    def _follow(self, entry: Entry) -> None:
        match entry.event:
            case RunStarted() as event:
                self._names = names_width(event)
            case RoundStarted() as event:
                self._round, self._done = event, 0
            case StepStarted() as event:
                tail = Tail(f"{self._run_folder}/{event.output}", self._mask) if event.output else None
                self._running[StepId(event.gate, event.step)] = _Running(event, self._monotonic(), tail)
                self._appear_soon()
            case StepFinished() as event:
                self._running.pop(StepId(event.gate, event.step), None)
                self._done += 1
            case RoundFinished():
                self._round = None  # what runs now is teardown
            case _:
                pass

    def _print(self, said: Line) -> None:
        with self._writing:
            if self._live is not None:
                self._live.console.print(self._text(said))
            else:
                self._voice.say(paint(said, colour=self._colour).rstrip() + "\n")

    def _appear_soon(self) -> None:
        if self._timer is None and not self._closed:
            self._timer = threading.Timer(self._appears_after_s, self._appear)
            self._timer.daemon = True
            self._timer.start()

    def _appear(self) -> None:
        from rich.console import Console as RichConsole
        from rich.live import Live

        screen = RichConsole(
            file=self._voice,  # type: ignore[arg-type]  # rich asks for all of IO[str] and uses these methods
            force_terminal=True,
            color_system="auto" if self._colour else None,
            highlight=False,
            markup=False,
            emoji=False,
        )
        live = Live(
            console=screen,
            get_renderable=lambda: self._picture(screen),
            refresh_per_second=_PER_SECOND,
            transient=True,
            vertical_overflow="crop",
            redirect_stdout=False,
            redirect_stderr=sys.stderr.isatty(),
        )
        with self._writing:
            if not self._closed:
                live.start()
                self._live = live

    def _picture(self, screen: RichConsole) -> Text:
        from rich.text import Text

        from gatekeeper.adapters.console.frame import Progress, frame

        now = self._monotonic()
        rows = tuple(running.row(now) for running in tuple(self._running.values()))
        progress = None
        if self._round is not None:
            progress = Progress(self._round.round, self._done, self._round.steps, now - self._began)
        lines = frame(rows, progress, (screen.width, screen.height), int(now * _PER_SECOND), self._glyphs)
        return Text("\n", no_wrap=True, end="").join(map(self._text, lines))

    def _text(self, spans: Line) -> Text:
        from rich.text import Text

        return Text.assemble(*((text, _STYLES.get(style, "")) for text, style in spans))
