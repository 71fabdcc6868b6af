"""Owns the timeline of a run as a picture: who ran when, who waited for what, what was ended. Knows no drawing."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Literal, TypeAlias

from gatekeeper.model.events import (
    Entry,
    Event,
    IncidentHappened,
    RoundFinished,
    RoundStarted,
    RunFinished,
    StepFinished,
    StepStarted,
)
from gatekeeper.model.help_events import (
    BreakerOpened,
    ChangeAwaited,
    FixerFinished,
    FixerStarted,
    FixProved,
    MitigationFinished,
    MitigationStarted,
    RetryScheduled,
    RunResumed,
    TreeChanged,
)
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.service_events import LockAwaited, LockTaken, ServiceEnded, ServiceStarted
from gatekeeper.policy.help_words import changer_words
from gatekeeper.policy.number_words import duration, plural
from gatekeeper.policy.page.places import attempt_place
from gatekeeper.policy.summary import FINE

LANES = 120
"""So many steps are drawn at most: those that something speaks against, then those that took longest."""

SPANS = 300
"""So much is drawn of one of them at most."""

LaneKind: TypeAlias = Literal["run", "step", "service"]
ROUNDS, BETWEEN = "rounds", "between rounds"


class Span(NamedTuple):
    """Something that went on from `begin_s` to `end_s`, in seconds since the run began; a moment where they are one.

    `kind` is a step's verdict, or ``round``, ``service``, ``waiting``, ``mitigation``, ``fixer``, ``incident``,
    ``unfinished``, ``proof``, ``change``. With `killed` it did not end by itself. `place` is the attempt that it was.
    """

    begin_s: float
    end_s: float
    kind: str
    words: str
    killed: bool = False
    place: str = ""


class Lane(NamedTuple):
    """One who did things, and what, in the order of its end."""

    name: str
    kind: LaneKind
    spans: tuple[Span, ...]


class Picture(NamedTuple):
    """All lanes, the run's own first. `left_out` steps are not drawn; `rounds` are the moments at which one began."""

    seconds: float
    lanes: tuple[Lane, ...]
    rounds: tuple[float, ...] = ()
    left_out: int = 0


def picture_of(entries: Iterable[Entry]) -> Picture:
    """The picture of a run from its entries."""
    painter = _Painter()
    for entry in entries:
        painter.take(entry)
    return painter.picture()


class _Painter:
    def __init__(self) -> None:
        self.began: datetime | None = None
        self.now = 0.0
        self.rounds: list[float] = []
        self.lanes: dict[tuple[LaneKind, str], list[Span]] = {}
        # What has begun and not ended: where it is drawn, and what it is then.
        self.open: dict[tuple[LaneKind, str], tuple[float, str, str]] = {}

    def take(self, entry: Entry) -> None:
        # What is no time does not move the picture on, nor does a wall clock that was put back.
        with suppress(ValueError, TypeError):
            moment = datetime.fromisoformat(entry.time)
            self.began = self.began or moment
            self.now = max(self.now, (moment - self.began).total_seconds())
        self._paint(entry.event)

    def picture(self) -> Picture:
        self._end_all("did not end while the journal was written")
        steps = [key for key in self.lanes if key[0] == "step"]
        drawn = set(sorted(steps, key=self._weight)[:LANES])
        order: dict[LaneKind, int] = {"run": 0, "step": 1, "service": 2}
        keys = sorted((key for key in self.lanes if key[0] != "step" or key in drawn), key=lambda key: order[key[0]])
        lanes = tuple(Lane(key[1], key[0], tuple(self.lanes[key][:SPANS])) for key in keys)
        return Picture(self.now, lanes, tuple(self.rounds), len(steps) - len(drawn))

    def _weight(self, key: tuple[LaneKind, str]) -> tuple[bool, float]:
        spans = self.lanes[key]
        return all(span.kind in FINE for span in spans), -sum(span.end_s - span.begin_s for span in spans)

    def _paint(self, event: Event) -> None:
        match event:
            case RoundStarted():
                self._end(("run", BETWEEN))
                self.rounds.append(self.now)
                self._begin(("run", ROUNDS), "round", f"round {event.round} ({event.reason})")
            case RoundFinished():
                bad = f"{len(event.failed)} not passed" if event.failed else "all passed"
                self._end(("run", ROUNDS), f": {bad}")
            case StepStarted():
                self._begin(("step", f"{event.gate}/{event.step}"), "unfinished", f"attempt {event.attempt}")
            case StepFinished():
                self._finished(event)
            case IncidentHappened() if event.step and event.kind not in {"timeout", "stray"}:
                key: tuple[LaneKind, str] = ("step", f"{event.gate}/{event.step}")
                self._add(key, Span(self.now, self.now, "incident", f"{event.kind}: {event.message}"))
            case RetryScheduled():
                words = f"waits {duration(event.delay_s)} before retry {event.n} ({event.class_})"
                key = ("step", f"{event.gate}/{event.step}")
                self._add(key, Span(self.now, self.now + event.delay_s, "waiting", words))
            case ServiceStarted():
                self._begin(("service", event.service), "service", f"lives on after {event.gate}/{event.step}")
            case ServiceEnded():
                self._end(("service", event.service), f", {event.how}", killed=event.how == "died")
            case LockAwaited():
                self._begin(_who_waits(event), "waiting", f"waits for {', '.join(event.locks)}: {event.holder}")
            case LockTaken():
                self._end(_who_waits(event), f", {duration(event.waited_s)}")
            case RunFinished():
                self._end_all("was running when the run ended")
            case _:
                self._paint_help(event)

    def _paint_help(self, event: Event) -> None:
        between: tuple[LaneKind, str] = ("run", BETWEEN)
        match event:
            case MitigationStarted():
                self._begin(between, "mitigation", f"mitigation {event.pattern} for {event.gate}/{event.step}")
            case MitigationFinished():
                self._end(between, f": {event.problem or f'exit code {event.exit_code}'}")
            case FixerStarted():
                self._begin(between, "fixer", f"call {event.call} of the fixer {event.provider}")
            case FixerFinished():
                changed = f"{len(event.changed)} files changed"
                self._end(between, f": {event.problem or f'exit code {event.exit_code}, {changed}'}")
            case ChangeAwaited():
                self._begin(between, "waiting", "waits for a change of the tree")
            case BreakerOpened():
                words = f"not tried any more: {event.message or event.signature}"
                self._add(between, Span(self.now, self.now, "incident", words))
            case FixProved():
                words = f"the fix of {event.gate}/{event.step} on the tree before it: {event.outcome}"
                self._add(between, Span(self.now, self.now, "proof", words))
            case TreeChanged():
                words = f"the tree was changed by {changer_words(event)}: {plural(len(event.files), 'file')}"
                self._add(between, Span(self.now, self.now, "change", words))
            case RunResumed():
                self._end_all("gatekeeper died here; the run was resumed later")
            case _:
                pass

    def _finished(self, event: StepFinished) -> None:
        key: tuple[LaneKind, str] = ("step", f"{event.gate}/{event.step}")
        began, _, _ = self.open.pop(key, (self.now, "", ""))
        which = f"attempt {event.attempt} in round {event.round}: " if event.attempt else f"round {event.round}: "
        took = f", {duration(event.duration_s)}" if event.attempt else ""
        killed = event.verdict == "timed-out" or event.signal is not None
        ended = f", ended by signal {event.signal}" if event.signal is not None else ", killed" if killed else ""
        words = f"{which}{event.verdict}{took}{ended}{', not run again' if event.reused else ''}"
        self._add(key, Span(began, self.now, event.verdict, words, killed, attempt_place(event)))

    def _begin(self, key: tuple[LaneKind, str], kind: str, words: str) -> None:
        self._end(key)
        self.open[key] = self.now, kind, words

    def _end(self, key: tuple[LaneKind, str], how: str = "", *, killed: bool = False) -> None:
        if key in self.open:
            began, kind, words = self.open.pop(key)
            self._add(key, Span(began, self.now, kind, words + how, killed))

    def _end_all(self, why: str) -> None:
        for key in tuple(self.open):
            self._end(key, f", {why}")

    def _add(self, key: tuple[LaneKind, str], span: Span) -> None:
        self.lanes.setdefault(key, []).append(span)


def _who_waits(event: LockAwaited | LockTaken) -> tuple[LaneKind, str]:
    return ("step", f"{event.gate}/{event.step}") if event.step else ("run", BETWEEN)
