"""Owns making one round of a run: what of it is run and what is reused, and closing it. Decides nothing itself."""

from __future__ import annotations

from gatekeeper.engine.claiming import Claiming
from gatekeeper.engine.helpers import Helpers
from gatekeeper.engine.ports import Clock, Trees
from gatekeeper.engine.round_run import RoundOrder, RoundRun
from gatekeeper.engine.run_order import RunOrder
from gatekeeper.engine.step_run import StepRunner
from gatekeeper.engine.stop import Stop
from gatekeeper.engine.stream import EventStream
from gatekeeper.engine.tree_watch import TreeWatch
from gatekeeper.model.events import RoundFinished, RoundStarted, StepFinished
from gatekeeper.model.known import KnownFailure
from gatekeeper.model.plan import StepId
from gatekeeper.model.tree import Tree
from gatekeeper.model.verdict import StepVerdict
from gatekeeper.policy.course import Course
from gatekeeper.policy.describe import command_line, probe_line
from gatekeeper.policy.drift import certain_digest
from gatekeeper.policy.round_machine import Reason
from gatekeeper.policy.selection import reusable
from gatekeeper.policy.signature import failure_signature

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gatekeeper.engine.watching import RoundWatch


class Rounds:
    """Makes the rounds of one run. `known` are failures as they were recognised; in the journal they are masked."""

    def __init__(
        self,
        order: RunOrder,
        course: Course,
        helpers: Helpers,
        steps: StepRunner,
        *,
        trees: Trees,
        watch: TreeWatch,
        stream: EventStream,
        clock: Clock,
        stop: Stop,
        claiming: Claiming,
    ) -> None:
        self._order = order
        self._course = course
        self._helpers = helpers
        self._steps = steps
        self._trees = trees
        self._watch = watch
        self._stream = stream
        self._clock = clock
        self._stop = stop
        self._claiming = claiming
        self._with_inputs = any(step.inputs for step in course.standings.steps.values())
        self.known: dict[StepId, KnownFailure] = {}
        self._beside: RoundWatch | None = None
        if order.watch:
            from gatekeeper.engine.watching import RoundWatch

            self._beside = RoundWatch(trees, clock=clock, stop=stop)

    async def run(self, reason: Reason, tree: Tree, run_ends_at: float) -> Tree:
        """Run one round for `reason` on `tree`, to its end or until the run's; returns the tree as it is then."""
        course, plan, policy = self._course, self._order.plan, self._order.plan.until_green
        began = self._clock.monotonic()
        selected, number = course.steps_of(reason), course.rounds + 1
        inputs = await self._helpers.inputs.digests(tree) if self._with_inputs else {}
        reused = reusable(selected, course.standings, inputs, certain_digest(tree), course.died | course.lost)
        first = {step.gate for step in course.standings.unsatisfied()}
        applying = tuple(str(step) for step in sorted(selected) if self._applies(step, tree))
        self._stream.publish(RoundStarted(number, reason.value, tree.digest, len(selected), applying))
        for step in sorted(reused):
            self._stream.publish(self._reused(step, tree, inputs[step]))
        run = selected - reused
        round_run = RoundRun(
            RoundOrder(
                run=self._order.run,
                round=number,
                tree=tree.digest,
                gates=plan.gates,
                selected=run,
                settled=self._settled_outside(run),
                attempts={step: standing.attempts for step, standing in course.standings.items()},
                jobs=self._order.jobs,
                ends_at=None if policy.round_within_s is None else began + policy.round_within_s,
                run_ends_at=run_ends_at,
                first=first,
                inputs=inputs,
            ),
            self._steps,
            self._clock,
            self._stop,
            claiming=self._claiming,
            why_skipped=lambda step: None if str(step.id) in course.applied else self._order.why_skipped(step, tree),
        )
        await (round_run.run() if self._beside is None else self._beside.run(round_run, tree))
        after = await self._trees.read()
        await self._close_round(round_run, tree, after, began)
        return after

    def _reused(self, step: StepId, tree: Tree, inputs: str) -> StepFinished:
        planned, number = self._course.standings.steps[step], self._course.rounds
        tier = self._course.standings.gates[step.gate].tier.value
        event = StepFinished(step.gate, step.step, number, 0, StepVerdict.PASSED.value, tier)
        return event._replace(
            tree=tree.digest,
            reused=True,
            inputs=inputs,
            command=command_line(planned.work),
            request=probe_line(planned.work),
        )

    def _applies(self, step: StepId, tree: Tree) -> bool:
        # Once a step applied it does to the end: to commit what `changed` names must not take a red step away.
        found = self._course.standings.steps[step]
        return found.condition is not None and self._order.why_skipped(found, tree) is None

    async def _close_round(self, round_run: RoundRun, before: Tree, after: Tree, began: float) -> None:
        course = self._course
        self.known |= {step: result.known for step, result in round_run.results.items() if result.known is not None}
        ran = [course.standings.steps[step] for step, result in round_run.results.items() if result.attempt is not None]
        await self._watch.tell_round(before, after, ran, course.rounds)
        failed = course.failed
        wanted = failed and course.wants_snapshot() and not self._stop.requested
        snapshot = await self._helpers.snapshots.take() if wanted else None
        self._stream.publish(
            RoundFinished(
                round=course.rounds,
                tree=after.digest,
                failed=tuple(str(result.step) for result in failed),
                signature=failure_signature(failed) if failed else "",
                duration_s=round(self._clock.monotonic() - began, 3),
                snapshot=snapshot.commits if snapshot else (),
                abandoned=round_run.abandoned,
            )
        )

    def _settled_outside(self, selected: frozenset[StepId]) -> dict[StepId, StepVerdict]:
        verdicts = self._course.standings.verdicts()
        if self._course.round is not None:
            # Of a round that is taken up again what ended before, of every round what is reused.
            verdicts |= {step: StepVerdict(event.verdict) for step, event in self._course.round.results.items()}
        for gate in self._order.plan.gates:
            for step in gate.steps:
                if step.id not in selected:
                    # What this run is not about stands in nobody's way.
                    verdicts.setdefault(step.id, StepVerdict.SKIPPED)
        return verdicts
