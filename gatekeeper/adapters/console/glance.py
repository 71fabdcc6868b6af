"""Owns what is known at a glance of one cycle among several: how far it is, and how it ended. Writes nothing.

Events come from the thread that reads them, pictures are asked for by the one that draws.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gatekeeper.adapters.console.spans import Line, Span, clean, line, padded
from gatekeeper.adapters.console.usual import clock
from gatekeeper.adapters.console.words import Glyphs, count, duration, sign_of, style_of
from gatekeeper.model.events import Entry, StepFinished, StepStarted
from gatekeeper.model.plan import StepId
from gatekeeper.policy.fold import RunRecord

NOT_RUN = "not run"
_SPINS_PER_SECOND = 10
_SHOWN_STEPS = 3
_WIDEST_NAME = 32


class Glance:
    """One cycle. Times are seconds on `monotonic`."""

    def __init__(self, name: str, monotonic: Callable[[], float]) -> None:
        self.name = clean(name)
        self.record: RunRecord | None = None
        self.code: int | None = None
        self._monotonic = monotonic
        self._began_s: float | None = None
        self._took_s = 0.0
        self._steps: dict[StepId, tuple[StepStarted, float]] = {}
        self._why = ""

    def begin(self) -> None:
        """Its process has been started."""
        self._began_s = self._monotonic()

    def receive(self, entry: Entry) -> None:
        """Take one of its events in."""
        if self.record is None:
            self.record = RunRecord(entry.run)
        self.record.apply(entry)
        match entry.event:
            case StepStarted() as event:
                self._steps[StepId(event.gate, event.step)] = event, self._monotonic()
            case StepFinished() as event:
                self._steps.pop(StepId(event.gate, event.step), None)
            case _:
                pass

    def end(self, code: int, why: str) -> None:
        """Its process has ended, or will not be started; `why` is what is to be said where it came to no verdict."""
        self.code, self._why = code, clean(why)
        self._steps.clear()
        if self._began_s is not None:
            self._took_s = self._monotonic() - self._began_s

    @property
    def verdict(self) -> str:
        """How it ended, for people; `NOT_RUN` where there was no run, or none that came to its end."""
        finished = self.record.finished if self.record is not None else None
        if finished is not None:
            return finished.verdict
        return NOT_RUN if self.record is None else "aborted"

    def outcome(self, names: int, glyphs: Glyphs) -> Line:
        """How it ended, in one line; `names` is the width of the column for names."""
        style = style_of(self.verdict) if self.verdict != NOT_RUN else "warn"
        head = line(
            Span(f"{glyphs.warn if self.verdict == NOT_RUN else sign_of(self.verdict, glyphs)} ", style),
            Span(padded(self.name, names), "bold"),
            Span(f"  {self.verdict:<15}", style),
        )
        finished = self.record.finished if self.record is not None else None
        if finished is None or self.record is None:
            return (*head, Span(f"  exit code {self.code}: {self._why}" if self._why else f"  exit code {self.code}"))
        passed = sum(step.verdict == "passed" for step in finished.steps)
        steps = f"{passed} of {count(len(finished.steps), 'step')}, {count(finished.rounds, 'round')}"
        return (*head, Span(f"  {steps}, {duration(self._took_s)}"), Span(f"  {self.record.run}", "dim"))

    def rows(self, names: int, most: int, glyphs: Glyphs) -> list[Line]:
        """What goes on, in at most `most` lines, and at least one."""
        now = self._monotonic()
        name = Span(padded(self.name, names), "bold")
        if self.code is not None:
            return [self.outcome(names, glyphs)]
        if self._began_s is None:
            return [line(Span(f"{glyphs.idle} ", "dim"), name, Span("  waits for its turn", "dim"))]
        spinner = Span(f"{glyphs.spinner[int(now * _SPINS_PER_SECOND) % len(glyphs.spinner)]} ", "good")
        head = (spinner, name, *self._progress(now - self._began_s))
        # A copy in one go: steps come and go meanwhile.
        steps = tuple(self._steps.values())
        shown = steps[: min(_SHOWN_STEPS, most - 1)]
        under = [_step(event, now - since, glyphs) for event, since in shown]
        for waiting in tuple(self.record.locks_awaited.values())[: most - 1 - len(under)] if self.record else ():
            who = f"{waiting.gate}/{waiting.step} waits" if waiting.step else "waits"
            said = clean(f"{who} for {', '.join(waiting.locks)}: {waiting.holder}")
            under.append(line(Span(f"    {glyphs.mark} ", "dim"), Span(said, "warn")))
        if (more := len(steps) - len(shown)) > 0:
            head = (
                *head,
                Span(f"  {count(more, 'more step')} running" if shown else f"  {_named(steps[0][0])}", "dim"),
            )
        return [head, *under]

    def _progress(self, elapsed_s: float) -> Line:
        started = self.record.started if self.record is not None else None
        round_ = self.record.round if self.record is not None else None
        budget = f" of {clock(started.within_s)}" if started is not None and started.within_s else ""
        where = "  starts"
        if round_ is not None:
            where = f"  round {round_.started.round}  {len(round_.steps)}/{count(round_.started.steps, 'step')}"
        return line(where, Span(f"  {clock(elapsed_s)}{budget}", "dim"))


def names_width(glances: Sequence[Glance]) -> int:
    """How wide the column for names is."""
    return min(max((len(glance.name) for glance in glances), default=0), _WIDEST_NAME)


def picture(glances: Sequence[Glance], height: int, glyphs: Glyphs) -> tuple[Line, ...]:
    """All of them in at most `height` lines: a block for each, or a line where there is little room."""
    names, room = names_width(glances), max(height - 1, 1)
    lines: list[Line] = []
    for number, glance in enumerate(glances):
        to_come = len(glances) - number - 1
        if len(lines) == room - 1 and to_come:
            lines.append(line(Span(f"  and {count(to_come + 1, 'more cycle')}", "dim")))
            break
        lines += glance.rows(names, max(room - len(lines) - to_come, 1), glyphs)
    return tuple(lines)


def _step(event: StepStarted, elapsed_s: float, glyphs: Glyphs) -> Line:
    style = "warn" if elapsed_s > 0.75 * event.timeout_s else "dim"
    times = f"{clock(elapsed_s)}/{clock(event.timeout_s)}"
    return line(
        Span(f"    {glyphs.mark} ", "dim"), _named(event), Span(f"  {times}", "warn" if style == "warn" else "dim")
    )


def _named(event: StepStarted) -> str:
    again = f" (attempt {event.attempt})" if event.attempt > 1 else ""
    return clean(f"{event.gate}/{event.step}{again}")
