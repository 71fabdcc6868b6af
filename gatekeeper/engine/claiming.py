"""Owns that what is claimed is had before anything starts, and given back after it. Starts and judges nothing.

A claim is taken whole or not at all. Whoever cannot have it yet is asked to come again: nobody is waited for here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gatekeeper.engine.ports import Clock, Resources
from gatekeeper.engine.stream import EventStream
from gatekeeper.model.plan import Step, StepId
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.service_events import LockAwaited, LockTaken
from gatekeeper.policy.claims import Claims

AGAIN_S = 0.1
"""How soon one comes again."""


class Waiting(NamedTuple):
    """Who waits: since when (monotonic seconds), for what, and who has it, in words."""

    since: float
    names: tuple[str, ...]
    holder: str


class Claiming:
    """The claims of one run."""

    def __init__(self, claims: Claims, resources: Resources, stream: EventStream, clock: Clock) -> None:
        self._claims = claims
        self._resources = resources
        self._stream = stream
        self._clock = clock
        self._held: dict[str | StepId, Callable[[], None]] = {}
        self._waiting: dict[str | StepId, Waiting] = {}

    def has_all(self) -> bool:
        """Take what the whole run claims, where that can be had now."""
        return self._take("", self._claims.run, "", "")

    def may_begin(self, step: Step) -> bool:
        """Take what the step claims, or its gate where it is the first of that, where it can be had now."""
        if names := self._claims.gates.get(step.gate):
            return step.gate in self._held or self._take(step.gate, names, step.gate, step.name)
        return self._take(step.id, self._claims.steps.get(step.id, ()), step.gate, step.name)

    def waiting(self, step: Step | None = None) -> Waiting | None:
        """For what the step waits, or the whole run; None where it does not."""
        if step is None:
            return self._waiting.get("")
        return self._waiting.get(step.gate) or self._waiting.get(step.id)

    def ended(self, step: StepId, *, last_of_its_gate: bool) -> None:
        """Give back what was the step's, and what was its gate's after the last one of that."""
        self.give_back((step, step.gate) if last_of_its_gate else (step,))

    def give_back(self, holders: Iterable[str | StepId] | None = None) -> None:
        """Give back what these hold; without any, all that this run holds."""
        for holder in tuple(self._held) if holders is None else holders:
            self._waiting.pop(holder, None)
            if (release := self._held.pop(holder, None)) is not None:
                release()

    def give_back_steps(self) -> None:
        """Give back what gates and steps hold: nothing of theirs runs any more."""
        self._waiting.clear()
        self.give_back([holder for holder in self._held if holder != ""])

    def _take(self, holder: str | StepId, names: tuple[str, ...], gate: str, step: str) -> bool:
        if not names:
            return True
        found = self._resources.take(names)
        waiting = self._waiting.get(holder)
        if isinstance(found, str):
            if waiting is None:
                self._stream.publish(LockAwaited(names, found, gate, step))
            since = self._clock.monotonic() if waiting is None else waiting.since
            self._waiting[holder] = Waiting(since, names, found)
            return False
        self._held[holder] = found
        if waiting is not None:
            del self._waiting[holder]
            self._stream.publish(LockTaken(names, round(self._clock.monotonic() - waiting.since, 3), gate, step))
        return True
