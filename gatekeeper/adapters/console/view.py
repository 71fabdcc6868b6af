"""Owns what a terminal shows while a live view is on it: the picture, the cursor, and giving all of it back.

Knows no thread and no event.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from gatekeeper.adapters.console.painter import Drawn, Painter
from gatekeeper.adapters.console.spans import Line, Style, cells, cut
from gatekeeper.adapters.console.terminal import Terminal
from gatekeeper.adapters.console.voice import Voice

Picture: TypeAlias = Callable[[int, int, bool], tuple[Line, ...]]
"""The lines of a live view for so many columns and rows, and whether keys are heard."""

_HIDDEN, _VISIBLE = "\x1b[?25l", "\x1b[?25h"
_STYLES: dict[Style, str] = {
    "good": "green",
    "bad": "red",
    "warn": "yellow",
    "dim": "dim",
    "bold": "bold",
    "name": "bold",
}


class View:
    """Draws on a terminal, one write for a frame. Leaves it as it was when told to leave."""

    def __init__(self, voice: Voice, *, colour: bool) -> None:
        self._voice = voice
        self._ink = _ink(voice, colour=colour)
        self._painter = Painter()
        self._hidden = False
        self.terminal = Terminal(voice.fileno())

    def draw(self, said: str, picture: Picture) -> int:
        """Put `said` (whole lines) above the picture and draw that anew; returns how many rows it has.

        While the terminal is somebody else's, a shell's at its prompt, only what is said is written.
        """
        if not self.terminal.ours():
            self._painter.forget()
            self.leave(said)
            return 0
        self.terminal.take()
        width, height = self.terminal.size()
        lines = picture(width, height, self.terminal.hears_keys)[:height]
        fitting = (cut(line, width) for line in lines)
        rows = [Drawn(self._ink(line), sum(cells(span.text) for span in line)) for line in fitting]
        if text := self._painter.frame(said, rows, width):
            self._voice.say(text if self._hidden else _HIDDEN + text)
            self._hidden = True
        return len(rows)

    def leave(self, said: str = "") -> None:
        """Take the picture away, write `said` instead, show the cursor, and put the terminal's settings back."""
        self.terminal.give_back()
        text = self._painter.gone(self.terminal.size()[0]) + said + (_VISIBLE if self._hidden else "")
        self._hidden = False
        if text:
            self._voice.say(text)


def _ink(voice: Voice, *, colour: bool) -> Callable[[Line], str]:
    """How lines are coloured on this very terminal: rich knows what it can."""
    if not colour:
        return lambda line: "".join(text for text, _ in line)
    from rich.color import ColorSystem
    from rich.console import Console
    from rich.style import Style as RichStyle

    console = Console(file=voice, force_terminal=True)  # type: ignore[arg-type]  # it only asks what the stream can
    systems = {"standard": ColorSystem.STANDARD, "256": ColorSystem.EIGHT_BIT, "truecolor": ColorSystem.TRUECOLOR}
    system = systems.get(console.color_system or "", ColorSystem.STANDARD)
    styles = {name: RichStyle.parse(text) for name, text in _STYLES.items()}

    def ink(line: Line) -> str:
        return "".join(
            styles[style].render(text, color_system=system) if style and text else text for text, style in line
        )

    return ink
