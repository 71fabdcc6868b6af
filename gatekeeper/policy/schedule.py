"""Owns what may start now in one round. Knows no time and runs nothing.

Inside a gate steps go in the order written; gates go side by side as `needs` allow. Every answer costs about the
same however many steps there are.
"""

import heapq
from collections.abc import Collection, Mapping
from typing import TypeAlias

from gatekeeper.model.plan import Gate, Step, StepId
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.verdict import StepVerdict


class Start(NamedTuple):
    """The step may start now; its gate is busy until `finished` is called for it."""

    step: Step


class Block(NamedTuple):
    """The step can't be run because of another one that did not pass. It counts as finished."""

    step: Step
    reason: str


class Skip(NamedTuple):
    """The step does not apply, because one that it needs did not apply. It counts as finished."""

    step: Step
    reason: str


Decision: TypeAlias = Start | Block | Skip

_PASSABLE = (StepVerdict.PASSED, StepVerdict.SKIPPED)


class Schedule:
    """One round over `gates`: runs the `selected` steps; the others stand as `settled` says.

    Of the gates that may start, those in `first` (by name) go first.
    """

    def __init__(
        self,
        gates: tuple[Gate, ...],
        selected: Collection[StepId],
        settled: Mapping[StepId, StepVerdict],
        first: Collection[str] = (),
    ) -> None:
        self._gates = {gate.name: gate for gate in gates}
        self._order = {gate.name: (gate.name not in first, index) for index, gate in enumerate(gates)}
        self._verdicts = {step: verdict for step, verdict in settled.items() if step not in selected}
        self._todo = {gate.name: tuple(step for step in gate.steps if step.id in selected) for gate in gates}
        self._cursor = dict.fromkeys(self._gates, 0)
        self._unfinished_needs = {gate.name: len(set(gate.needs)) for gate in gates}
        self._dependants: dict[str, list[str]] = {name: [] for name in self._gates}
        for gate in gates:
            for need in set(gate.needs):
                self._dependants[need].append(gate.name)
        self._waiting: dict[StepId, list[str]] = {}
        self._ready: list[tuple[tuple[bool, int], str]] = []
        self._closed: set[str] = set()
        self._busy: set[str] = set()
        self._broken: dict[str, StepId] = {}
        self.remaining = sum(map(len, self._todo.values()))
        for gate in gates:
            for step in gate.steps:
                if (verdict := self._verdicts.get(step.id)) is not None:
                    self._note_failure(step.id, verdict)
        for gate in gates:
            if not self._unfinished_needs[gate.name]:
                self._offer(gate.name)

    def next(self) -> Decision | None:
        """What to do next, or None while everything left waits for something that runs."""
        while self._ready:
            _, name = heapq.heappop(self._ready)
            if name in self._busy:
                continue
            todo, cursor = self._todo[name], self._cursor[name]
            if cursor == len(todo):
                self._close(name)
                continue
            step = todo[cursor]
            if (unfinished := self._unfinished(step)) is not None:
                self._waiting.setdefault(unfinished, []).append(name)
                continue
            self._cursor[name] += 1
            decision = self._decide(step)
            if isinstance(decision, Start):
                self._busy.add(name)
            else:
                verdict = StepVerdict.BLOCKED if isinstance(decision, Block) else StepVerdict.SKIPPED
                self.finished(step.id, verdict)
            return decision
        return None

    def finished(self, step: StepId, verdict: StepVerdict) -> None:
        """Tell that `step` ended; what waited for it may go on."""
        self._verdicts[step] = verdict
        self._note_failure(step, verdict)
        self.remaining -= 1
        self._busy.discard(step.gate)
        self._offer(step.gate)
        for waiting in self._waiting.pop(step, ()):
            self._offer(waiting)

    def revoke(self, step: StepId) -> None:
        """Take a pass back: what `step` had brought up is gone, so whatever needs it and has not started is blocked."""
        self._verdicts[step] = StepVerdict.FAILED
        self._note_failure(step, StepVerdict.FAILED)

    def deadlocked(self) -> tuple[Block, ...]:
        """The steps that wait for one another in a circle; to be asked when nothing runs and nothing may start."""
        stuck = []
        for name, todo in self._todo.items():
            for step in todo[self._cursor[name] :]:
                self._verdicts[step.id] = StepVerdict.BLOCKED
                stuck.append(Block(step, "its prerequisites wait for one another"))
            self._cursor[name] = len(todo)
        self.remaining -= len(stuck)
        return tuple(stuck)

    def _note_failure(self, step: StepId, verdict: StepVerdict) -> None:
        if verdict not in _PASSABLE:
            self._broken.setdefault(step.gate, step)

    def _offer(self, name: str) -> None:
        heapq.heappush(self._ready, (self._order[name], name))

    def _close(self, name: str) -> None:
        if name in self._closed:
            return
        self._closed.add(name)
        for dependant in self._dependants[name]:
            self._unfinished_needs[dependant] -= 1
            if not self._unfinished_needs[dependant]:
                self._offer(dependant)

    def _unfinished(self, step: Step) -> StepId | None:
        return next((need for need in step.needs if need not in self._verdicts), None)

    def _decide(self, step: Step) -> Decision:
        gate = self._gates[step.gate]
        for need in gate.needs:
            if (culprit := self._broken.get(need)) is not None:
                return Block(step, f"needs the gate {need}, where {culprit} is {self._verdicts[culprit]}")
        for other in step.needs:
            verdict = self._verdicts[other]
            if verdict is StepVerdict.SKIPPED:
                return Skip(step, f"needs {other}, which was skipped")
            if verdict is not StepVerdict.PASSED:
                return Block(step, f"needs {other}, which is {verdict}")
        if gate.stop_on_failure and (culprit := self._broken.get(gate.name)) is not None:
            return Block(step, f"the gate stops on failure, and {culprit} is {self._verdicts[culprit]}")
        return Start(step)
