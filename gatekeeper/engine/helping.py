"""Owns what is done between rounds: waiting, a mitigation, a call of the fixer. Decides nothing of it."""

from __future__ import annotations

from collections.abc import Callable

import anyio

from gatekeeper.engine.helpers import Helpers
from gatekeeper.engine.in_its_place import in_its_place
from gatekeeper.engine.ports import Clock, StepExecutor, Trees
from gatekeeper.engine.step_run import AttemptPlace
from gatekeeper.engine.stop import Stop
from gatekeeper.engine.stream import EventStream
from gatekeeper.engine.tree_watch import By, TreeWatch
from gatekeeper.model.events import IncidentHappened
from gatekeeper.model.help_events import (
    BreakerOpened,
    ChangeAwaited,
    MitigationFinished,
    MitigationStarted,
    RetryScheduled,
)
from gatekeeper.model.known import KnownFailure
from gatekeeper.model.outcome import Attempt, Cancelled, Exited, NotStarted, Signalled, StepOrder, TimedOut
from gatekeeper.model.plan import Shell, Step, StepId
from gatekeeper.model.tree import Tree
from gatekeeper.policy.backoff import delay_before_retry
from gatekeeper.policy.binding import UnboundReference
from gatekeeper.policy.course import Course
from gatekeeper.policy.signature import failure_signature


class Helping:
    """Does what is due between two rounds, and returns the tree as it is afterwards.

    `bind` fills a step in as it is at a place, `asked_after_s` tells for how long what steps depend on
    is not to be asked.
    """

    def __init__(
        self,
        course: Course,
        helpers: Helpers,
        *,
        run: str,
        executor: StepExecutor,
        trees: Trees,
        watch: TreeWatch,
        stream: EventStream,
        clock: Clock,
        stop: Stop,
        jitter: Callable[[], float],
        bind: Callable[[Step, AttemptPlace], Step],
        asked_after_s: Callable[[tuple[StepId, ...]], float],
    ) -> None:
        self._course = course
        self._helpers = helpers
        self._run = run
        self._executor = executor
        self._trees = trees
        self._watch = watch
        self._stream = stream
        self._clock = clock
        self._stop = stop
        self._jitter = jitter
        self._bind = bind
        self._asked_after_s = asked_after_s

    async def wait_for_infrastructure(self, tree: Tree, ends_at: float) -> Tree:
        """Give what failed some time, longer each time."""
        culprits = self._course.standings.culprits()
        n = max(self._course.standings[step].infra_failures for step in culprits)
        delay = delay_before_retry(
            n, self._jitter(), at_least_s=self._asked_after_s(culprits), left_s=self._left(ends_at)
        )
        for step in culprits:
            self._stream.publish(RetryScheduled(step.gate, step.step, "infra", round(delay, 3), n))
        with anyio.move_on_after(delay):
            await self._stop.changed()
        return await self._read_again(tree, "unknown")

    async def mitigate(self, step: StepId, known: KnownFailure, tree: Tree, ends_at: float) -> Tree:
        """Run the command that the pattern offers, in the surroundings of the step that failed."""
        standings, rounds = self._course.standings, self._course.rounds
        place = AttemptPlace(self._run, rounds, standings[step].attempts, standings.gates[step.gate].tier, tree.digest)
        timeout_s = min(known.mitigation_timeout_s, self._left(ends_at))
        n = self._course.helps.mitigations + 1
        self._stream.publish(
            MitigationStarted(
                known.pattern, known.mitigation, step.gate, step.step, tree.digest, n, round(timeout_s, 3)
            )
        )
        try:
            instead = in_its_place(self._bind(standings.steps[step], place), Shell(known.mitigation))
        except UnboundReference as missing:  # what it captured from went with the process that this run began in
            attempt = Attempt(NotStarted("bad-value", str(missing)), 0.0)
        else:
            order = StepOrder(self._run, instead, rounds, n, timeout_s, purpose="mitigation")
            attempt = await self._executor.execute(order)
        self._stream.publish(_mitigated(known.pattern, attempt))
        for incident in attempt.incidents:
            self._stream.publish(IncidentHappened(*incident._replace(gate=step.gate, step=step.step)))
        return await self._read_again(tree, "mitigation")

    async def call_fixer(self, tree: Tree, ends_at: float) -> Tree:
        """Call the fixer once."""
        fixer, policy = self._helpers.fixer, self._course.policy
        assert fixer is not None
        assert policy.fixer is not None
        number = self._course.helps.calls + 1
        await fixer.call(
            number,
            tree,
            left_s=self._left(ends_at),
            rounds_left=policy.rounds - self._course.rounds,
            calls_left=policy.fixer.calls - number,
        )
        return await self._read_again(tree, "fixer")

    async def wait_for_change(self, tree: Tree, ends_at: float) -> Tree | None:
        """Wait until somebody changes the tree; None when there is no time left for that, or a stop was asked for."""
        from gatekeeper.engine.watching import changed

        rounds_left = self._course.policy.rounds - self._course.rounds
        self._stream.publish(ChangeAwaited(tree.digest, rounds_left, round(self._left(ends_at), 3)))
        after = await changed(self._trees, tree, clock=self._clock, stop=self._stop, ends_at=ends_at)
        if after is not None:
            await self._watch.tell_between(tree, after)
        return after

    def open_breaker(self, tree: Tree) -> None:
        """Tell that going on would be going in circles."""
        helps, failed = self._course.helps, self._course.failed
        signature = failure_signature(failed)
        names = ", ".join(str(result.step) for result in failed) or ", ".join(helps.violating)
        if helps.came_back:
            message = f"the same failure met the same tree again after a call of the fixer: {names}"
        else:
            message = f"the fixer changed nothing in {helps.idle} calls in a row: {names}"
        self._stream.publish(BreakerOpened("no-progress", signature, tree.digest, message))

    async def _read_again(self, before: Tree, by: By) -> Tree:
        after = await self._trees.read()
        await self._watch.tell_between(before, after, by)
        return after

    def _left(self, ends_at: float) -> float:
        return max(0.0, ends_at - self._clock.monotonic())


def _mitigated(pattern: str, attempt: Attempt) -> MitigationFinished:
    told = MitigationFinished(pattern, None, round(attempt.duration_s, 4))
    match attempt.outcome:
        case Exited(code):
            told = told._replace(exit_code=code)
        case Signalled(number):
            told = told._replace(problem=f"it died of signal {number}")
        case TimedOut(after_s=after_s):
            told = told._replace(problem=f"it was ended after {after_s:.1f} s")
        case NotStarted(detail=detail):
            told = told._replace(problem=f"it was not started: {detail}")
        case Cancelled():
            told = told._replace(problem="it was stopped with the run")
        case _:
            told = told._replace(problem="it did not end by itself")
    if attempt.output is not None:
        told = told._replace(output=attempt.output.path, output_digest=attempt.output.digest)
    return told
