"""Owns the console at a terminal: which lines stay, and what the live view shows of what runs. Draws nothing itself."""

from __future__ import annotations

import time
from collections.abc import Callable

from gatekeeper.adapters.console.lines import repeats
from gatekeeper.adapters.console.live_lines import lasting_line, names_width
from gatekeeper.adapters.console.screen import Screen
from gatekeeper.adapters.console.spans import Line, clean, paragraph
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
from gatekeeper.model.help_events import (
    ChangeAwaited,
    FixerFinished,
    FixerStarted,
    MitigationFinished,
    MitigationStarted,
    TreeChanged,
)
from gatekeeper.model.plan import StepId
from gatekeeper.policy.fold import RunRecord

TYPE_CHECKING = False
if TYPE_CHECKING:  # needed only once there is a view
    from gatekeeper.adapters.console.frame import Row

_APPEARS_AFTER_S = 0.2
_SPINS_PER_SECOND = 10


class _Running:
    """A step that runs, or help, as the view follows it. `about` stands where it has no growing output."""

    def __init__(
        self, name: str, timeout_s: float, now: float, *, about: str = "", tail: Tail | None = None, attempt: int = 1
    ) -> None:
        self._name = clean(name)
        self._timeout_s = timeout_s
        self._since = now
        self._about = clean(about)
        self._tail = tail
        self._attempt = attempt

    def row(self, now: float) -> Row:
        from gatekeeper.adapters.console.frame import Row

        last = self._tail.last_line() if self._tail is not None else self._about
        return Row(self._name, now - self._since, self._timeout_s, last, self._attempt)


class LiveConsole:
    """Shows a run at a terminal; leaves the cursor as it was, whatever happens."""

    def __init__(
        self,
        voice: Voice,
        *,
        colour: bool,
        run_folder: str,
        record: RunRecord | None = None,
        mask: Callable[[str], str] = str,
        monotonic: Callable[[], float] = time.monotonic,
        appears_after_s: float = _APPEARS_AFTER_S,
    ) -> None:
        self._voice = voice
        self._colour = colour
        self._run_folder = run_folder
        self._mask = mask
        self._monotonic = monotonic
        self._glyphs = UNICODE if voice.speaks_unicode else ASCII
        self._screen = Screen(voice, self.picture, colour=colour, appears_after_s=appears_after_s)
        self._record = record
        self._names = names_width(record.started) if record is not None and record.started is not None else 0
        self._began = monotonic()
        self._round: RoundStarted | None = None
        self._done = 0
        self._running: dict[StepId, _Running] = {}
        self._helping: _Running | None = None

    def receive(self, entry: Entry) -> None:
        """Take one entry: a line that stays, a row that comes or goes, and at the end the closing block."""
        if self._record is None:
            self._record = RunRecord(entry.run)
        self._record.apply(entry)
        self._follow(entry)
        said = lasting_line(entry.event, self._record, self._names, self._glyphs)
        if said is not None and not repeats(entry.event, self._record.newest):
            self._screen.say(said)
        if isinstance(entry.event, RunFinished):
            from gatekeeper.adapters.console.closing import closing_block
            from gatekeeper.adapters.console.window import room_of

            self._screen.close()
            block = closing_block(self._record, self._run_folder, self._glyphs, room_of(self._voice))
            self._voice.say("\n" + paragraph(block, colour=self._colour))

    def close(self) -> None:
        """Take the live view away and give the cursor back."""
        self._screen.close()

    def picture(self, width: int, height: int) -> tuple[Line, ...]:
        """The live view at this moment, for so many columns and rows. Called from the drawing thread."""
        from gatekeeper.adapters.console.frame import Progress, frame

        now, round_ = self._monotonic(), self._round
        # A copy in one go: the run adds and removes rows meanwhile.
        running = (*tuple(self._running.values()), *((helping,) if (helping := self._helping) else ()))
        rows = tuple(each.row(now) for each in running)
        progress = round_ and Progress(round_.round, self._done, round_.steps, now - self._began)
        return frame(rows, progress, (width, height), int(now * _SPINS_PER_SECOND), self._glyphs)

    def _follow(self, entry: Entry) -> None:
        match entry.event:
            case RunStarted() as event:
                self._names = names_width(event)
            case RoundStarted() as event:
                self._round, self._done, self._helping = event, 0, None
            case StepStarted() as event:
                tail = Tail(f"{self._run_folder}/{event.output}", self._mask) if event.output else None
                name, about = f"{event.gate}/{event.step}", event.probe or ""
                row = _Running(name, event.timeout_s, self._monotonic(), about=about, tail=tail, attempt=event.attempt)
                self._running[StepId(event.gate, event.step)] = row
                self._helping = None
                self._screen.begin()
            case StepFinished() as event:
                self._running.pop(StepId(event.gate, event.step), None)
                self._done += 1
            case RoundFinished():
                self._round = None  # what runs now is help, or teardown
            case MitigationStarted() as event:
                self._help("mitigation", event.timeout_s, event.command)
            case FixerStarted() as event:
                self._help("fixer", event.timeout_s, event.provider or event.command)
            case ChangeAwaited() as event:
                self._help("waiting", event.within_s, "for a change of the tree; Ctrl-C ends it")
            case MitigationFinished() | FixerFinished() | TreeChanged() | RunFinished():
                self._helping = None
            case _:
                pass

    def _help(self, name: str, timeout_s: float, about: str) -> None:
        self._helping = _Running(name, timeout_s, self._monotonic(), about=about)
        self._screen.begin()
