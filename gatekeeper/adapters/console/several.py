"""Owns the consoles of several cycles at once: one view of all, and one summary at the end. Starts no process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from gatekeeper.adapters.console.closing import closing_block
from gatekeeper.adapters.console.glance import Glance, names_width, picture
from gatekeeper.adapters.console.lines import line_of, repeats
from gatekeeper.adapters.console.spans import Line, Span, clean, line, padded, paint, paragraph
from gatekeeper.adapters.console.voice import Voice
from gatekeeper.adapters.console.window import room_of
from gatekeeper.adapters.console.words import count, duration, glyphs_for
from gatekeeper.model.events import Entry, IncidentHappened, StepFinished
from gatekeeper.policy.worth_a_word import is_worth_a_word

_APPEARS_AFTER_S = 0.3
_SAYS_NOTHING = frozenset({"passed", "skipped", "blocked", "cancelled"})


class SeveralConsole(Protocol):
    """Shows several cycles, which are named by their numbers in the order in which they were asked for."""

    def begin(self, cycle: int) -> None:
        """Its process has been started."""
        ...

    def receive(self, cycle: int, entry: Entry) -> None:
        """Take one of its events in."""
        ...

    def complain(self, cycle: int, text: str) -> None:
        """Say what it said on standard error."""
        ...

    def end(self, cycle: int, code: int, why: str) -> None:
        """It has ended with this exit code, or will not begin; `why` is to be said where there is no verdict."""
        ...

    def finish(self) -> None:
        """All have ended."""
        ...

    def close(self) -> None:
        """Give the terminal back."""
        ...


class PlainSeveral:
    """A line per event behind the cycle's name; then the closing blocks that should be looked at, and a table."""

    def __init__(
        self,
        names: Sequence[str],
        voice: Voice,
        errors: Voice,
        folder_of: Callable[[str], str],
        *,
        colour: bool,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._glances = [Glance(name, monotonic) for name in names]
        self._voice = voice
        self._errors = errors
        self._folder_of = folder_of
        self._colour = colour
        self._glyphs = glyphs_for(unicode=voice.speaks_unicode)
        self._monotonic = monotonic
        self._began_s = monotonic()
        self._width = names_width(self._glances)
        self._blocks: dict[int, str] = {}

    def begin(self, cycle: int) -> None:
        """Its process has been started."""
        self._glances[cycle].begin()

    def receive(self, cycle: int, entry: Entry) -> None:
        """Say one event."""
        glance = self._glances[cycle]
        glance.receive(entry)
        if glance.record is not None and not repeats(entry.event, glance.record.newest):
            self.say(cycle, line_of(entry.event, glance.record))

    def complain(self, cycle: int, text: str) -> None:
        """Say what it said on standard error, there."""
        self._errors.say(f"{padded(self._glances[cycle].name, self._width)} | {clean(text)}\n")

    def end(self, cycle: int, code: int, why: str) -> None:
        """Tell how it ended where its events do not, and keep its closing block for the end."""
        glance = self._glances[cycle]
        glance.end(code, why)
        record = glance.record
        if record is None or record.finished is None:
            self.say(cycle, line(Span("not run   " if record is None else "aborted   ", "warn"), why))
        elif is_worth_a_word(record):
            block = closing_block(record, self._folder_of(record.run), self._glyphs, room_of(self._voice))
            self._blocks[cycle] = paragraph(block, colour=self._colour)

    def finish(self) -> None:
        """The closing blocks in the order in which the cycles were named, and a line for each cycle."""
        blocks = "".join(f"\n{self._blocks[cycle]}" for cycle in sorted(self._blocks))
        self.write(blocks + "\n" + paragraph(self._table(), colour=self._colour))

    def close(self) -> None:
        """Nothing is left to do."""

    def say(self, cycle: int, said: Line) -> None:
        """Say a line of this cycle."""
        name = Span(f"{padded(self._glances[cycle].name, self._width)} | ", "dim")
        self.write(paint((name, *said), colour=self._colour).rstrip() + "\n")

    def write(self, text: str) -> None:
        """Write whole lines."""
        self._voice.say(text)

    @property
    def _fine(self) -> bool:
        return all(glance.code == 0 for glance in self._glances)

    def _table(self) -> Iterable[Line]:
        took, total = duration(self._monotonic() - self._began_s), len(self._glances)
        fine = sum(glance.code == 0 for glance in self._glances)
        said = (
            f"all of {count(total, 'cycle')} are fine" if fine == total else f"{fine} of {count(total, 'cycle')} fine"
        )
        yield line(Span(f"{said}, in {took}", "good" if fine == total else "bad"))
        for glance in self._glances:
            yield line("  ", *glance.outcome(self._width, self._glyphs))


class QuietSeveral(PlainSeveral):
    """Says nothing where all are green, and else only how they ended."""

    def say(self, cycle: int, said: Line) -> None:
        """Nothing."""

    def finish(self) -> None:
        """The summary, where somebody should look at it."""
        if self._blocks or not self._fine:
            super().finish()


class LiveSeveral(PlainSeveral):
    """At a terminal: a block per cycle that is redrawn, above it what went wrong, in the end the summary."""

    def __init__(self, names: Sequence[str], voice: Voice, folder_of: Callable[[str], str], *, colour: bool) -> None:
        from gatekeeper.adapters.console.screen import Screen

        super().__init__(names, voice, voice, folder_of, colour=colour)
        self._screen = Screen(voice, self._picture, colour=colour, appears_after_s=_APPEARS_AFTER_S)

    def begin(self, cycle: int) -> None:
        """Its process has been started."""
        super().begin(cycle)
        self._screen.begin()

    def receive(self, cycle: int, entry: Entry) -> None:
        """Take one event in; what went wrong stays on the terminal."""
        glance, event = self._glances[cycle], entry.event
        glance.receive(entry)
        wrong = isinstance(event, IncidentHappened) or (
            isinstance(event, StepFinished) and event.verdict not in _SAYS_NOTHING
        )
        if wrong and glance.record is not None and not repeats(event, glance.record.newest):
            self.say(cycle, line_of(event, glance.record))

    def complain(self, cycle: int, text: str) -> None:
        """Say what it said on standard error, above the picture."""
        self.say(cycle, line(clean(text)))

    def write(self, text: str) -> None:
        """Write lines that stay above the picture."""
        self._screen.write(text)

    def finish(self) -> None:
        """Take the picture away; the summary is what stays."""
        super().finish()
        self._screen.finish("")

    def close(self) -> None:
        """Give the terminal back."""
        self._screen.close()

    def _picture(self, _width: int, height: int, _hears_keys: bool) -> tuple[Line, ...]:
        return picture(self._glances, height, self._glyphs)


class JsonSeveral:
    """The journals' lines, each whole and with its run. What goes wrong before is on standard error."""

    def __init__(self, names: Sequence[str], voice: Voice, errors: Voice) -> None:
        self._names = names
        self._voice = voice
        self._errors = errors

    def begin(self, cycle: int) -> None:
        """Nothing: its first line says so."""

    def receive(self, cycle: int, entry: Entry) -> None:  # noqa: ARG002 - the line says of which run it is
        """Write the line as it stands in the journal."""
        self._voice.say(entry.line.decode(errors="replace") + "\n")

    def complain(self, cycle: int, text: str) -> None:
        """Say what it said on standard error, there."""
        self._errors.say(f"{self._names[cycle]} | {clean(text)}\n")

    def end(self, cycle: int, code: int, why: str) -> None:
        """Tell why there is no verdict, where there is none."""
        if why:
            self.complain(cycle, f"exit code {code}: {why}")

    def finish(self) -> None:
        """Nothing is left to say."""

    def close(self) -> None:
        """Nothing is left to do."""
