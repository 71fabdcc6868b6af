"""Owns one run: rounds until the machine says done, then teardown, services and the verdict. Decides nothing itself."""

from __future__ import annotations

from collections.abc import Callable

import anyio

from gatekeeper.engine.closing import closing_event
from gatekeeper.engine.faults import first_fault
from gatekeeper.engine.ports import Clock, Integrity, Standards, StepExecutor, Trees
from gatekeeper.engine.round_run import RoundOrder, RoundRun
from gatekeeper.engine.standards import NoStandards
from gatekeeper.engine.step_run import StepRunner
from gatekeeper.engine.stop import Stop
from gatekeeper.engine.stream import EventStream
from gatekeeper.engine.teardown import tear_down
from gatekeeper.engine.tree_watch import TreeWatch
from gatekeeper.engine.unguarded import NothingGuarded
from gatekeeper.model.containment import NOTHING_PROMISED, Containment
from gatekeeper.model.errors import EnvironmentFault, JournalError
from gatekeeper.model.events import Event, IncidentHappened, RoundFinished, RoundStarted, RunFinished
from gatekeeper.model.help_events import RetryScheduled
from gatekeeper.model.incident import Incident, IncidentKind
from gatekeeper.model.plan import Plan, Step, StepId
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.stopping import StopReason
from gatekeeper.model.tree import Tree
from gatekeeper.model.verdict import RunVerdict, StepVerdict
from gatekeeper.policy.backoff import delay_before_retry
from gatekeeper.policy.binding import Context
from gatekeeper.policy.drift import certain_digest
from gatekeeper.policy.round_machine import Ending, Phase, Reason, advance, close_round
from gatekeeper.policy.run_verdict import Judgement, Why, judge_run
from gatekeeper.policy.selection import steps_of_round
from gatekeeper.policy.signature import failure_signature
from gatekeeper.policy.standing import UNKNOWN_TREE, Standings

TYPE_CHECKING = False
if TYPE_CHECKING:  # what many runs never need is imported where it is used
    from gatekeeper.engine.remembering import Memory
    from gatekeeper.model.outcome import StepOrder
    from gatekeeper.model.verdict import StepResult


class RunOrder(NamedTuple):
    """One run to be made.

    `opening` builds the first event from the tree as it was read; `last_look` tells, before the verdict, what else
    the log must say. `memory` is what former runs saw, `is_file` tells whether a path in a step's folder is a file.
    """

    run: str
    plan: Plan
    selected: tuple[StepId, ...]
    context: Context
    jobs: int
    log: str
    opening: Callable[[Tree], Event]
    why_skipped: Callable[[Step, Tree], str | None]
    jitter: Callable[[], float]
    last_look: Callable[[], tuple[Incident, ...]] = tuple
    selection: str = ""
    containment: Containment = NOTHING_PROMISED
    memory: Memory | None = None
    is_file: Callable[[Step, str], bool] = lambda _step, _path: False


class CycleRun:
    """Runs a cycle until green, or until its policy, its time or a person says stop."""

    def __init__(
        self,
        order: RunOrder,
        *,
        executor: StepExecutor,
        trees: Trees,
        stream: EventStream,
        clock: Clock,
        stop: Stop,
        standards: Standards = NoStandards(),  # noqa: B008 - it holds nothing
        integrity: Integrity = NothingGuarded(),  # noqa: B008 - it holds nothing
    ) -> None:
        self._order = order
        self._executor = executor
        self._trees = trees
        self._stream = stream
        self._clock = clock
        self._stop = stop
        self._steps = StepRunner(
            executor,
            stream,
            clock,
            order.context,
            containment=order.containment,
            standards=standards,
            diagnose=self._diagnose,
        )
        self._watch = TreeWatch(stream, integrity)
        self._standings = Standings(order.plan, order.selected)
        self._rounds = 0
        self._died: set[StepId] = set()
        self._applied: set[StepId] = set()
        self._passed_on = (StopReason.NONE, False)

    async def run(self) -> RunFinished:
        """Run to the end and return the last event. Whatever happens, services are ended and the journal is closed.

        Raises:
            JournalError: the journal could not be written; nothing that ran is left.
        """
        began = self._clock.monotonic()
        first = tree = await self._trees.read()
        self._stream.publish(self._order.opening(tree))
        try:
            tree = await self._rounds_and_teardown(tree, began + self._order.plan.until_green.within_s)
        except BaseExceptionGroup as group:
            fault = first_fault(group)
            if not isinstance(fault, JournalError):
                # A bug of ours is no reason to leave the journal open, and none to say anything of the tree.
                foreseen = isinstance(fault, EnvironmentFault)
                message = str(fault) if foreseen else f"gatekeeper itself failed: {fault!r}"
                self._stream.publish(IncidentHappened(IncidentKind.INTERNAL, message))
                broken = Judgement(RunVerdict.ABORTED, Why.BROKEN, 3 if foreseen else 70)
                self._stream.publish(self._closing(broken, tree, self._clock.monotonic() - began))
            raise fault from None
        for incident in self._order.last_look():
            self._stream.publish(IncidentHappened(*incident))
        self._stream.settle()
        if self._order.memory is not None and not self._stop.requested:
            from gatekeeper.engine.remembering import remember

            await remember(self._order.memory, self._standings, certain_digest(tree), self._stream, self._order.run)
        judgement = judge_run(
            self._standings,
            first_tree=certain_digest(first),
            tree=certain_digest(tree),
            policy=self._order.plan.until_green,
            stop=self._stop.reason,
            weakened=self._watch.weakened,
        )
        finished = self._closing(judgement, tree, self._clock.monotonic() - began)
        self._stream.publish(finished)
        return finished

    async def _rounds_and_teardown(self, first: Tree, run_ends_at: float) -> Tree:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._pass_on_stop)
            tasks.start_soon(self._watch.compare_with_base, first)
            try:
                tree = await self._rounds_until_done(first, run_ends_at)
            finally:
                with anyio.CancelScope(shield=True):
                    await self._tear_down()
            await self._watch.last_look(first, tree)
            tasks.cancel_scope.cancel()
        return tree

    async def _rounds_until_done(self, tree: Tree, run_ends_at: float) -> Tree:
        phase, reason = Phase.SEARCHING, Reason.FIRST
        policy = self._order.plan.until_green
        while True:
            tree = await self._round(reason, tree, run_ends_at)
            if self._clock.monotonic() >= run_ends_at and self._standings.unsatisfied():
                self._stop.request(StopReason.OUT_OF_TIME)
            ending = close_round(
                self._standings, certain_digest(tree), policy, rounds=self._rounds, stopped=self._stop.requested
            )
            step = advance(phase, ending)
            if step.reason is None:
                return tree
            phase, reason = step.phase, step.reason
            if ending is Ending.INFRA:
                tree = await self._wait_for_infrastructure(tree, run_ends_at)

    async def _round(self, reason: Reason, tree: Tree, run_ends_at: float) -> Tree:
        plan, policy = self._order.plan, self._order.plan.until_green
        self._rounds += 1
        began = self._clock.monotonic()
        selected = steps_of_round(reason, self._standings, certain_digest(tree), policy, self._died)
        self._died.clear()
        self._stream.publish(RoundStarted(self._rounds, reason.value, tree.digest, len(selected)))
        self._applied |= {step for step in selected if self._applies(step, tree)}
        round_run = RoundRun(
            RoundOrder(
                run=self._order.run,
                round=self._rounds,
                tree=tree.digest,
                gates=plan.gates,
                selected=selected,
                settled=self._settled_outside(selected),
                attempts={step: standing.attempts for step, standing in self._standings.items()},
                jobs=self._order.jobs,
                ends_at=None if policy.round_within_s is None else began + policy.round_within_s,
                run_ends_at=run_ends_at,
            ),
            self._steps,
            self._clock,
            self._stop,
            lambda step: None if step.id in self._applied else self._order.why_skipped(step, tree),
        )
        await round_run.run()
        after = await self._trees.read()
        await self._close_round(round_run, tree, after, began)
        return after

    def _applies(self, step: StepId, tree: Tree) -> bool:
        # Once a step applied it does to the end: to commit what `changed` names must not take a red step away.
        found = self._standings.steps[step]
        return found.condition is not None and self._order.why_skipped(found, tree) is None

    async def _close_round(self, round_run: RoundRun, before: Tree, after: Tree, began: float) -> None:
        same = certain_digest(before) == certain_digest(after) != UNKNOWN_TREE
        ran_on = certain_digest(before) if same else UNKNOWN_TREE
        for step, result in round_run.results.items():
            self._standings[step].record(result.verdict, ran_on, ran=result.attempt is not None, flaky=result.flaky)
        self._died |= {step.id for step in round_run.died}
        ran = [self._standings.steps[step] for step, result in round_run.results.items() if result.attempt is not None]
        await self._watch.tell_round(before, after, ran, self._rounds)
        failed = [result for result in round_run.results.values() if not _fine(result.verdict)]
        self._stream.publish(
            RoundFinished(
                round=self._rounds,
                tree=after.digest,
                failed=tuple(str(result.step) for result in failed),
                signature=failure_signature(failed) if failed else "",
                duration_s=round(self._clock.monotonic() - began, 3),
            )
        )

    async def _wait_for_infrastructure(self, tree: Tree, run_ends_at: float) -> Tree:
        culprits = self._standings.culprits()
        n = max(self._standings[step].infra_failures for step in culprits)
        left = max(0.0, run_ends_at - self._clock.monotonic())
        delay = min(left, delay_before_retry(n, self._order.jitter()))
        for step in culprits:
            self._stream.publish(RetryScheduled(step.gate, step.step, "infra", round(delay, 3), n))
        with anyio.move_on_after(delay):
            await self._stop.changed()
        after = await self._trees.read()
        await self._watch.tell_between(tree, after)
        return after

    async def _diagnose(self, order: StepOrder, result: StepResult) -> None:
        from gatekeeper.engine.rerun import Rerunner

        await Rerunner(self._executor, self._stream, self._order.is_file).diagnose(order, result)

    async def _pass_on_stop(self) -> None:
        while True:
            # Asked again after each call: a second request may come while the first is still being passed on.
            while (asked := (self._stop.reason, self._stop.now)) != self._passed_on:
                self._passed_on = asked
                await self._executor.stop(now=asked[1])
                self._watch.give_up()
            await self._stop.changed()

    async def _tear_down(self) -> None:
        # What was asked until now was meant for the rounds, of which nothing runs any more.
        self._passed_on = (self._stop.reason, self._stop.now)
        order = self._order
        await tear_down(order.plan.teardown, self._steps, self._stop, run=order.run, rounds=self._rounds)

    def _settled_outside(self, selected: frozenset[StepId]) -> dict[StepId, StepVerdict]:
        verdicts = self._standings.verdicts()
        for gate in self._order.plan.gates:
            for step in gate.steps:
                if step.id not in selected:
                    # What this run is not about stands in nobody's way.
                    verdicts.setdefault(step.id, StepVerdict.SKIPPED)
        return verdicts

    def _closing(self, judgement: Judgement, tree: Tree, duration_s: float) -> RunFinished:
        return closing_event(
            judgement,
            self._standings,
            tree,
            rounds=self._rounds,
            duration_s=duration_s,
            incidents=self._stream.incidents,
            log=self._order.log,
            selection=self._order.selection,
            integrity=self._watch.changed,
        )


def _fine(verdict: StepVerdict) -> bool:
    return verdict in {StepVerdict.PASSED, StepVerdict.SKIPPED}
