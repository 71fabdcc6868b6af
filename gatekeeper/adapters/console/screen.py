"""Owns the terminal while a live view is on it: lines that stay, and below them a picture that is redrawn.

One thread does all the drawing, ten times a second, so that neither rich nor a slow terminal ever holds up the run.
The view appears only after a moment: importing rich must not delay the first step, and a run that is over at once
needs no view. Knows no event.
"""

from __future__ import annotations

import atexit
import sys
import threading
from collections.abc import Callable

from gatekeeper.adapters.console.spans import Line, Style, paragraph
from gatekeeper.adapters.console.voice import Voice

TYPE_CHECKING = False
if TYPE_CHECKING:  # rich comes later, or never
    from rich.live import Live
    from rich.text import Text

_EVERY_S = 0.1
_CLOSED_WITHIN_S = 3.0
_STYLES: dict[Style, str] = {
    "good": "green",
    "bad": "red",
    "warn": "yellow",
    "dim": "dim",
    "bold": "bold",
    "name": "bold",
}


class Screen:
    """A terminal. `picture` gives the lines of the live view for so many columns and rows; any thread may ask it."""

    def __init__(
        self, voice: Voice, picture: Callable[[int, int], tuple[Line, ...]], *, colour: bool, appears_after_s: float
    ) -> None:
        self._voice = voice
        self._picture = picture
        self._colour = colour
        self._appears_after_s = appears_after_s
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        # Held while lines are written or handed over, so that they keep their order; never while rich draws.
        self._lines = threading.Lock()
        self._shown = False
        self._waiting: list[Line] = []

    def begin(self) -> None:
        """Let the view appear soon; a second call changes nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._draw, name="gatekeeper-screen", daemon=True)
            self._thread.start()
            atexit.register(self.close)

    def say(self, said: Line) -> None:
        """Write one line that stays."""
        with self._lines:
            if self._shown:
                self._waiting.append(said)
            else:
                self._voice.say(paragraph((said,), colour=self._colour))

    def close(self) -> None:
        """Take the view away and give the cursor back. What is said later is written plainly."""
        self._closing.set()
        if self._thread is not None:
            # Bounded, because a terminal that was stopped (Ctrl-S) holds the thread for as long as it likes.
            self._thread.join(_CLOSED_WITHIN_S)
            atexit.unregister(self.close)

    def _draw(self) -> None:
        if self._closing.wait(self._appears_after_s):
            return
        live = self._live()
        with self._lines:
            self._shown = True
        try:
            with live:
                while not self._closing.wait(_EVERY_S):
                    self._refresh(live)
                self._refresh(live)
        finally:
            with self._lines:
                self._shown = False
                self._voice.say(paragraph(self._waiting, colour=self._colour))
                self._waiting.clear()

    def _live(self) -> Live:
        from rich.console import Console
        from rich.live import Live

        console = Console(
            file=self._voice,  # type: ignore[arg-type]  # rich asks for all of IO[str] and uses the few methods that are there
            force_terminal=True,
            color_system="auto" if self._colour else None,
            highlight=False,
            markup=False,
            emoji=False,
        )
        return Live(
            console=console,
            get_renderable=lambda: self._text(self._picture(console.width, console.height)),
            auto_refresh=False,
            transient=True,
            vertical_overflow="crop",
            redirect_stdout=False,
            redirect_stderr=sys.stderr.isatty(),
        )

    def _refresh(self, live: Live) -> None:
        with self._lines:
            said, self._waiting = self._waiting, []
        # Inside the context, rich writes all of it at once: no picture is seen that is older than the lines above it.
        with live.console:
            if said:
                live.console.print(self._text(tuple(said)))
            live.refresh()

    def _text(self, lines: tuple[Line, ...]) -> Text:
        from rich.text import Text

        text = Text()
        for number, spans in enumerate(lines):
            text.append("\n" if number else "")
            for part, style in spans:
                text.append(part, _STYLES.get(style, ""))
        return text
