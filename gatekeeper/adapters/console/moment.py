"""Owns what goes on at this moment of a run, as its events tell it, and the picture of that. Writes nothing.

Events come from the run's thread, pictures are asked for by the one that draws.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from gatekeeper.adapters.console.frame import Progress, Row, Shown, frame, output_room
from gatekeeper.adapters.console.gates import Gates
from gatekeeper.adapters.console.running import Running
from gatekeeper.adapters.console.spans import Line, clean
from gatekeeper.adapters.console.tail import Tail
from gatekeeper.adapters.console.usual import Usual, usual
from gatekeeper.adapters.console.watched import ALL_KEYS, ALL_KEYS_SHORTLY, HINT, Watched
from gatekeeper.adapters.console.words import Glyphs
from gatekeeper.model.events import (
    Event,
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

Former: TypeAlias = Callable[[], Mapping[StepId, Sequence[float]]]
"""How many seconds steps took when they passed in former runs."""

_SPINS_PER_SECOND = 10


class Moment:
    """Follows a run. `former` is asked once, for the first picture."""

    def __init__(
        self,
        run_folder: str,
        glyphs: Glyphs,
        *,
        mask: Callable[[str], str],
        former: Former,
        monotonic: Callable[[], float],
    ) -> None:
        self._run_folder = run_folder
        self._glyphs = glyphs
        self._mask = mask
        self._former = former
        self._monotonic = monotonic
        self._began = monotonic()
        self._round: RoundStarted | None = None
        self._gates = Gates()
        self._running: dict[StepId, Running] = {}
        self._helping: Running | None = None
        self._usual: dict[StepId, Usual] | None = None
        self.watched = Watched()

    def begin(self, started: RunStarted) -> None:
        """The run is known."""
        self._gates = Gates(started)

    def follow(self, event: Event) -> bool:
        """Take one event; whether something runs now that did not run before."""
        match event:
            case RoundStarted():
                self._round, self._helping = event, None
                self._gates.begin(event)
            case StepStarted():
                self._start(event)
                return True
            case StepFinished():
                self._running.pop(StepId(event.gate, event.step), None)
                self._gates.end(event)
            case RoundFinished():
                self._round = None  # what runs now is help, or teardown
            case MitigationStarted():
                return self._help("mitigation", event.timeout_s, event.command)
            case FixerStarted():
                return self._help("fixer", event.timeout_s, event.provider or event.command)
            case ChangeAwaited():
                return self._help("waiting", event.within_s, "for a change of the tree; Ctrl-C ends it")
            case MitigationFinished() | FixerFinished() | TreeChanged() | RunFinished():
                self._helping = None
            case _:
                pass
        return False

    def picture(self, width: int, height: int, hears_keys: bool) -> tuple[Line, ...]:
        """The live view for so many columns and rows; keys are told only where they are heard."""
        now = self._monotonic()
        if self._usual is None:
            self._usual = {step: known for step, took in self._former().items() if (known := usual(took))}
        # A copy in one go: the run adds and removes what runs meanwhile.
        running = (*tuple(self._running.values()), *((helping,) if (helping := self._helping) else ()))
        rows, output = self._rows(running, now, height)
        shown = Shown(
            rows,
            self._progress(running, now),
            self._gates.ended() if self._round is not None else (),
            self._to_come(running),
            output,
            self._keys(width) if hears_keys else "",
            HINT if hears_keys else "",
        )
        return frame(shown, (width, height), int(now * _SPINS_PER_SECOND), self._glyphs)

    def _rows(self, running: Sequence[Running], now: float, height: int) -> tuple[tuple[Row, ...], tuple[str, ...]]:
        watched = self.watched.of([each.step for each in running])
        rows: list[Row] = []
        output: tuple[str, ...] = ()
        for number, each in enumerate(running):
            # Whoever has no room for a row is not read either.
            most = max(output_room(height), 1) if each.step == watched else 1 if number < height else 0
            newest = each.newest(most)
            if each.step == watched:
                output = (each.name, *newest)
            last = newest[-1] if newest and each.step != watched else ""
            about = self._gates.about(each.step.gate)
            rows.append(each.row(now, last, (self._usual or {}).get(each.step), about))
        return tuple(rows), output

    def _progress(self, running: Sequence[Running], now: float) -> Progress | None:
        if (round_ := self._round) is None:
            return None
        return Progress(round_.round, self._gates.done, round_.steps, now - self._began, self._left_s(running, now))

    def _left_s(self, running: Sequence[Running], now: float) -> float | None:
        """How long the round may still take, if as many steps go on side by side as now; None where nobody knows."""
        left, known = self._gates.steps_left(), self._usual or {}
        if not left or not running or any(step not in known for step in left):
            return None
        elapsed = {each.step: each.elapsed_s(now) for each in running}
        times = [known[step].middle_s - elapsed.get(step, 0.0) for step in left]
        # Nobody knows of a step that takes longer than usual how much longer.
        return None if min(times) < 0 else max(*times, sum(times) / len(running))

    def _to_come(self, running: Sequence[Running]) -> tuple[str, ...]:
        if self._round is None:
            return ()
        busy = {each.step.gate for each in running}
        return tuple(gate for gate in self._gates.to_come() if gate not in busy)

    def _keys(self, width: int) -> str:
        if not self.watched.explained:
            return ""
        return ALL_KEYS if len(ALL_KEYS) + 2 <= width else ALL_KEYS_SHORTLY

    def _start(self, event: StepStarted) -> None:
        step = StepId(event.gate, event.step)
        tail = Tail(f"{self._run_folder}/{event.output}", self._mask) if event.output else None
        self._running[step] = Running(
            step, event.timeout_s, self._monotonic(), about=event.probe or "", tail=tail, attempt=event.attempt
        )
        self._helping = None

    def _help(self, name: str, timeout_s: float, about: str) -> bool:
        self._helping = Running(StepId("", name), timeout_s, self._monotonic(), about=clean(about))
        return True
