"""Owns one pass over the gates: asks the schedule, runs what may run side by side, collects results."""

from collections.abc import Callable, Collection, Mapping

import anyio
from anyio.abc import TaskGroup

from gatekeeper.engine.claiming import AGAIN_S, Claiming
from gatekeeper.engine.ports import Clock
from gatekeeper.engine.step_run import AttemptPlace, Bereft, StepRunner
from gatekeeper.engine.stop import Stop
from gatekeeper.model.outcome import TimedOut
from gatekeeper.model.plan import Gate, Step, StepId
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.stopping import StopReason
from gatekeeper.model.verdict import Finding, StepResult, StepVerdict
from gatekeeper.policy.deadlines import Deadline, binding_deadline
from gatekeeper.policy.schedule import Block, Schedule, Skip, Start


class RoundOrder(NamedTuple):
    """One round to be run. Times are on the engine's monotonic clock; None is no deadline.

    Of the gates that may start, those in `first` go first. `inputs` are the digests of what steps depend on.
    """

    run: str
    round: int
    tree: str
    gates: tuple[Gate, ...]
    selected: Collection[StepId]
    settled: Mapping[StepId, StepVerdict]
    attempts: Mapping[StepId, int]
    jobs: int
    ends_at: float | None
    run_ends_at: float
    first: Collection[str] = ()
    inputs: Mapping[StepId, str] = {}


class RoundRun:
    """Runs one `RoundOrder`. `results` and `died` fill while it runs, so that a stopped round loses nothing.

    `begun` are the steps that were begun so far; `abandoned` tells that the round was given up before its end.
    """

    def __init__(
        self,
        order: RoundOrder,
        steps: StepRunner,
        clock: Clock,
        stop: Stop,
        *,
        claiming: Claiming,
        why_skipped: Callable[[Step], str | None],
    ) -> None:
        self._order = order
        self._steps = steps
        self._clock = clock
        self._stop = stop
        self._claiming = claiming
        self._why_skipped = why_skipped
        self._gates = {gate.name: gate for gate in order.gates}
        self._gate_began: dict[str, float] = {}
        self._schedule = Schedule(order.gates, order.selected, order.settled, order.first)
        self._left = {gate.name: sum(step.id in order.selected for step in gate.steps) for gate in order.gates}
        self._waiting: list[Step] = []
        self._running = 0
        self._step_ended = anyio.Event()
        self.results: dict[StepId, StepResult] = {}
        self.died: list[Step] = []
        self.begun: list[Step] = []
        self.abandoned = False

    async def abandon(self) -> None:
        """Give the round up: nothing more starts, and what runs is ended as cancelled. Services live on."""
        self.abandoned = True
        await self._steps.end_running()

    def _is_over(self) -> bool:
        return self.abandoned or self._stop.requested

    async def run(self) -> None:
        """Run until everything selected has ended, or nothing more may start."""
        try:
            async with anyio.create_task_group() as tasks:
                while self._schedule.remaining or self._running:
                    self._start_what_waited(tasks)
                    self._start_what_may(tasks)
                    if not self._running and not self._waiting:
                        if self._is_over():
                            break
                        for stuck in self._schedule.deadlocked():
                            self._settle(stuck.step, StepVerdict.BLOCKED, stuck.reason)
                        continue
                    self._step_ended = anyio.Event()
                    with anyio.move_on_after(AGAIN_S if self._waiting else None):
                        await self._step_ended.wait()
        finally:
            self._claiming.give_back_steps()

    def _start_what_waited(self, tasks: TaskGroup) -> None:
        """Begin what can have now what it waited for; a step that waits takes no place of one that runs."""
        waited, self._waiting = self._waiting, []
        for step in waited:
            if self._is_over():
                return
            if (late := self._deadline_while_waiting(step)) is not None:
                self._give_up(step, late)
            elif self._running < self._order.jobs and self._claiming.may_begin(step):
                self._begin(step, tasks)
            else:
                self._waiting.append(step)

    def _start_what_may(self, tasks: TaskGroup) -> None:
        while self._running < self._order.jobs and not self._is_over():
            match self._schedule.next():
                case None:
                    return
                case Block(step, reason):
                    self._settle(step, StepVerdict.BLOCKED, reason)
                case Skip(step, reason):
                    self._settle(step, StepVerdict.SKIPPED, reason)
                case Start(step):
                    if (not_applying := self._why_skipped(step)) is not None:
                        self._settle(step, StepVerdict.SKIPPED, not_applying)
                        self._schedule.finished(step.id, StepVerdict.SKIPPED)
                    elif self._claiming.may_begin(step):
                        self._begin(step, tasks)
                    else:
                        self._waiting.append(step)

    def _begin(self, step: Step, tasks: TaskGroup) -> None:
        self._running += 1
        self.begun.append(step)
        tasks.start_soon(self._run_step, step)

    async def _run_step(self, step: Step) -> None:
        place = self._place(step, self._order.attempts.get(step.id, 0) + 1)
        result = await self._steps.run(step, self._deadline(step), place, self._is_over)
        self.results[step.id] = result
        outcome = result.attempt.outcome if result.attempt else None
        if isinstance(outcome, TimedOut) and outcome.limit == "run":
            self._stop.request(StopReason.OUT_OF_TIME)
        # At an end at once services are killed with all else; none of them died by itself.
        died = () if self._stop.now else await self._steps.bury_dead_services(tuple(self.results))
        self._running -= 1
        self._finished(step)
        self._schedule.finished(step.id, result.verdict)
        for bereft in died:
            self._take_back(bereft)
        self._step_ended.set()

    def _take_back(self, bereft: Bereft) -> None:
        """Judge a step anew whose service died: what passed because of it stands, what needs it does not start."""
        step = bereft.step
        former = self.results.get(step.id)
        place = self._place(step, self._order.attempts.get(step.id, 0) + (former is not None))
        result = StepResult(step.id, StepVerdict.FAILED, (Finding("service-died", bereft.message),))
        self._steps.conclude(bereft.bound, result, place, bereft.service)
        self.results[step.id] = result._replace(attempt=former.attempt if former else None)
        self.died.append(step)
        self._schedule.revoke(step.id)

    def _settle(self, step: Step, verdict: StepVerdict, reason: str) -> None:
        self._finished(step)
        result = StepResult(step.id, verdict, (Finding(verdict.value, reason),))
        self.results[step.id] = self._steps.conclude(step, result, self._place(step, 0))

    def _finished(self, step: Step) -> None:
        self._left[step.gate] -= 1
        self._claiming.ended(step.id, last_of_its_gate=not self._left[step.gate])

    def _deadline_while_waiting(self, step: Step) -> Deadline | None:
        """The deadline of round or run, where it is over; its own time and its gate's have not begun."""
        now, ends_at = self._clock.monotonic(), self._order.ends_at
        round_left_s = None if ends_at is None else ends_at - now
        run_left_s = self._order.run_ends_at - now
        deadline = binding_deadline(step.timeout_s, gate_left_s=None, round_left_s=round_left_s, run_left_s=run_left_s)
        return deadline if deadline.seconds <= 0 else None

    def _give_up(self, step: Step, late: Deadline) -> None:
        waiting = self._claiming.waiting(step)
        self._finished(step)
        for_what = f" while it waited: {waiting.holder}" if waiting is not None else ""
        message = f"not started: the {late.limit}'s time was over{for_what}"
        result = StepResult(step.id, StepVerdict.TIMED_OUT, (Finding(f"{late.limit}-deadline", message),))
        self.results[step.id] = self._steps.conclude(step, result, self._place(step, 0))
        self._schedule.finished(step.id, StepVerdict.TIMED_OUT)

    def _place(self, step: Step, attempt: int) -> AttemptPlace:
        order = self._order
        inputs = order.inputs.get(step.id, "")
        return AttemptPlace(order.run, order.round, attempt, self._gates[step.gate].tier, order.tree, inputs)

    def _deadline(self, step: Step) -> Deadline:
        now = self._clock.monotonic()
        began = self._gate_began.setdefault(step.gate, now)
        gate_s = self._gates[step.gate].timeout_s
        ends_at = self._order.ends_at
        return binding_deadline(
            step.timeout_s,
            gate_left_s=None if gate_s is None else began + gate_s - now,
            round_left_s=None if ends_at is None else ends_at - now,
            run_left_s=self._order.run_ends_at - now,
        )
