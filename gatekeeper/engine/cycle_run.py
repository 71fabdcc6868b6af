"""Owns one run: rounds, and what is done between them, until nothing is due; then teardown and the verdict.

Decides nothing itself: it asks the course.
"""

from __future__ import annotations

from collections.abc import Iterable

import anyio

from gatekeeper.engine.claiming import AGAIN_S, Claiming
from gatekeeper.engine.closing import closing_event
from gatekeeper.engine.faults import first_fault
from gatekeeper.engine.helpers import Helpers
from gatekeeper.engine.ports import Clock, Integrity, Standards, StepExecutor, Trees
from gatekeeper.engine.rounds import Rounds
from gatekeeper.engine.run_order import RunOrder
from gatekeeper.engine.standards import NoStandards
from gatekeeper.engine.step_run import StepRunner
from gatekeeper.engine.stop import Stop
from gatekeeper.engine.stream import EventStream
from gatekeeper.engine.teardown import tear_down
from gatekeeper.engine.tree_watch import TreeWatch
from gatekeeper.engine.unguarded import NothingGuarded
from gatekeeper.model.errors import EnvironmentFault, JournalError
from gatekeeper.model.events import Event, IncidentHappened, RunFinished
from gatekeeper.model.incident import IncidentKind
from gatekeeper.model.stopping import StopReason
from gatekeeper.model.tree import Tree
from gatekeeper.model.verdict import RunVerdict
from gatekeeper.policy.course import Course
from gatekeeper.policy.drift import certain_digest
from gatekeeper.policy.round_machine import Deed, Ending
from gatekeeper.policy.run_verdict import Judgement, Why

TYPE_CHECKING = False
if TYPE_CHECKING:  # what many runs never need is imported where it is used
    from gatekeeper.engine.helping import Helping
    from gatekeeper.model.outcome import StepOrder
    from gatekeeper.model.verdict import StepResult


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
        helpers: Helpers = Helpers(),  # noqa: B008 - it holds nothing
        former: Iterable[Event] = (),
    ) -> None:
        self._order = order
        self._executor = executor
        self._trees = trees
        self._stream = stream
        self._clock = clock
        self._stop = stop
        self._helpers = helpers
        self._steps = StepRunner(
            executor,
            stream,
            clock,
            order.context,
            containment=order.containment,
            standards=standards,
            recogniser=helpers.recogniser,
            diagnose=self._diagnose,
        )
        self._watch = TreeWatch(stream, integrity)
        self._course = Course(order.plan, order.selected)
        for event in former:
            self._course.apply(event)
            self._watch.recall(event)
            stream.count(event)
        stream.follow(self._course.apply)
        self._claiming = Claiming(order.claims, helpers.resources, stream, clock)
        self._rounds = Rounds(
            order,
            self._course,
            helpers,
            self._steps,
            trees=trees,
            watch=self._watch,
            stream=stream,
            clock=clock,
            stop=stop,
            claiming=self._claiming,
        )
        self._helping: Helping | None = None
        self._passed_on = (StopReason.NONE, False)

    async def run(self) -> RunFinished:
        """Run to the end and return the last event. Whatever happens, services are ended and the journal is closed.

        Raises:
            JournalError: the journal could not be written; nothing that ran is left.
        """
        began = self._clock.monotonic() - self._order.spent_s
        tree = await self._trees.read()
        self._stream.publish(self._order.opening(tree))
        try:
            tree, judgement = await self._to_the_end(tree, began + self._order.plan.until_green.within_s)
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
        finished = self._closing(judgement, tree, self._clock.monotonic() - began)
        self._stream.publish(finished)
        return finished

    async def _take_up(self, tree: Tree) -> Tree:
        """Of a run that goes on: tell what became of the tree, and of a call of the fixer that nobody saw end."""
        left_on, cut_off = self._course.left_on, self._course.helps.cut_off
        if cut_off and self._helpers.fixer is not None:
            await self._helpers.fixer.look_back(cut_off)
            # What it may not change may have been put back.
            after = await self._trees.read()
            await self._watch.tell_after_death(left_on or tree, after, "fixer")
            return after
        if left_on is not None:
            await self._watch.tell_after_death(left_on, tree, "unknown")
        return tree

    async def _to_the_end(self, first: Tree, ends_at: float) -> tuple[Tree, Judgement]:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._pass_on_stop)
            tasks.start_soon(self._watch.compare_with_base, first)
            has_all = False
            try:
                has_all = await self._has_all(ends_at)
                tree = await self._until_nothing_is_due(await self._take_up(first), ends_at)
            finally:
                with anyio.CancelScope(shield=True):
                    try:
                        # Without what it claims it has begun nothing, and others' work is not to be taken down.
                        if has_all:
                            await self._tear_down()
                    finally:
                        self._claiming.give_back()
            await self._watch.last_look(first, tree)
            judgement = await self._judge(tree, ends_at)
            await self._settle(first, tree, judgement)
            tasks.cancel_scope.cancel()
        return tree, judgement

    async def _has_all(self, ends_at: float) -> bool:
        """Wait for what the whole run claims; False where it is to end before it has that."""
        while not self._claiming.has_all():
            left_s = ends_at - self._clock.monotonic()
            if left_s <= 0:
                waiting = self._claiming.waiting()
                holder = waiting.holder if waiting is not None else "somebody has what it needs"
                message = f"the run's time was over before anything could start: {holder}"
                self._stream.publish(IncidentHappened(IncidentKind.TIMEOUT, message))
                self._stop.request(StopReason.OUT_OF_TIME)
            if self._stop.requested:
                return False
            with anyio.move_on_after(min(AGAIN_S, left_s)):
                await self._stop.changed()
        return True

    async def _until_nothing_is_due(self, tree: Tree, ends_at: float) -> Tree:
        while True:
            ending, step = self._course.due(stopped=self._is_over(ends_at))
            match step.deed:
                case Deed.STOP:
                    if ending is Ending.NO_PROGRESS:
                        self._help().open_breaker(tree)
                    return tree
                case Deed.RUN:
                    assert step.reason is not None
                    tree = await self._rounds.run(step.reason, tree, ends_at)
                case Deed.WAIT:
                    tree = await self._help().wait_for_infrastructure(tree, ends_at)
                case Deed.MITIGATE:
                    culprit = self._course.mitigation()
                    assert culprit is not None
                    # Of a run that goes on only the journal knows it.
                    known = self._rounds.known.get(culprit) or self._course.standings[culprit].known
                    assert known is not None
                    tree = await self._help().mitigate(culprit, known, tree, ends_at)
                case Deed.FIX:
                    tree = await self._help().call_fixer(tree, ends_at)
                case Deed.AWAIT:
                    changed = await self._help().wait_for_change(tree, ends_at)
                    if changed is None and not self._stop.requested:
                        return tree
                    tree = changed or tree

    def _is_over(self, ends_at: float) -> bool:
        course = self._course
        wanting = bool(course.standings.unsatisfied() or course.helps.violating)
        if wanting and course.rounds and self._clock.monotonic() >= ends_at:
            self._stop.request(StopReason.OUT_OF_TIME)
        return self._stop.requested

    def _help(self) -> Helping:
        if self._helping is None:
            from gatekeeper.engine.helping import Helping

            self._helping = Helping(
                self._course,
                self._helpers,
                run=self._order.run,
                executor=self._executor,
                trees=self._trees,
                watch=self._watch,
                stream=self._stream,
                clock=self._clock,
                stop=self._stop,
                jitter=self._order.jitter,
                bind=self._steps.bound,
                asked_after_s=self._steps.asked_after_s,
            )
        return self._helping

    async def _judge(self, tree: Tree, ends_at: float) -> Judgement:
        for incident in self._order.last_look():
            self._stream.publish(IncidentHappened(*incident))
        if self._order.memory is not None and not self._stop.requested:
            from gatekeeper.engine.remembering import remember

            standings, certain = self._course.standings, certain_digest(tree)
            await remember(self._order.memory, standings, certain, self._stream, self._order.run)
        judgement = self._judgement()
        if judgement.verdict is RunVerdict.GREEN_AFTER_FIX and self._course.due_proofs():
            from gatekeeper.engine.proving import prove_fixes

            left_s = ends_at - self._clock.monotonic()
            await prove_fixes(self._course.due_proofs(), self._helpers.prover, self._stream, self._stop, left_s)
        return self._judgement()

    def _judgement(self) -> Judgement:
        return self._course.judge(stop=self._stop.reason, weakened=self._watch.weakened)

    async def _settle(self, first: Tree, last: Tree, judgement: Judgement) -> None:
        green = judgement.verdict in {RunVerdict.GREEN, RunVerdict.GREEN_AFTER_FIX}
        for settled in await self._helpers.settler.settle(first, last, green=green):
            self._stream.publish(settled)
        await self._stream.settle()

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
        await tear_down(order.plan.teardown, self._steps, self._stop, run=order.run, rounds=self._course.rounds)

    def _closing(self, judgement: Judgement, tree: Tree, duration_s: float) -> RunFinished:
        return closing_event(
            judgement,
            self._course.standings,
            tree,
            rounds=self._course.rounds,
            duration_s=duration_s,
            incidents=self._stream.incidents,
            log=self._order.log,
            selection=self._order.selection,
            integrity=self._watch.changed,
        )
