"""Owns a call of the fixer: its brief, its counter, its command; also one that was cut off. Decides nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from gatekeeper.engine.fixer_aftermath import Aftermath, Seen
from gatekeeper.engine.fixer_ports import Desk, Workplace
from gatekeeper.engine.ports import StepExecutor, Trees
from gatekeeper.engine.stop import Stop
from gatekeeper.engine.stream import EventStream
from gatekeeper.model.containment import Containment
from gatekeeper.model.errors import EnvironmentFault
from gatekeeper.model.events import IncidentHappened
from gatekeeper.model.fixing import Sight
from gatekeeper.model.help_events import FixerFinished, FixerStarted
from gatekeeper.model.outcome import Attempt, Exited, StepOrder
from gatekeeper.model.plan import FixerSpec, Pairs
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.tree import Tree
from gatekeeper.model.verdict import StepResult
from gatekeeper.policy.binding import Context, UnboundReference
from gatekeeper.policy.brief.facts import Limits, Remaining
from gatekeeper.policy.brief.gathering import facts_of, failing_steps
from gatekeeper.policy.brief.making import Brief, make_brief
from gatekeeper.policy.describe import command_line
from gatekeeper.policy.fixer_order import Ordered, fed, fixer_step, ordered
from gatekeeper.policy.fixer_rules import Allowed
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.judge import judge
from gatekeeper.policy.masking import Masker

_NO_COMMAND = (126, 127)
_CUT_OFF = "gatekeeper died while it ran: how it ended was not seen, nor all that it did with git"


class FixingOrder(NamedTuple):
    """The fixer of one run, called `provider`. `allowed` says what it may change, `folder` is the repo it works in."""

    run: str
    provider: str
    spec: FixerSpec
    context: Context
    containment: Containment
    allowed: Allowed
    folder: str
    masker: Masker


class Fixing:
    """Calls the fixer of a run. `record` gives what the run's journal says by now."""

    def __init__(
        self,
        order: FixingOrder,
        *,
        executor: StepExecutor,
        stream: EventStream,
        stop: Stop,
        trees: Trees,
        workplace: Workplace,
        desk: Desk,
        record: Callable[[], Awaitable[RunRecord]],
    ) -> None:
        self._order = order
        self._executor = executor
        self._stream = stream
        self._stop = stop
        self._trees = trees
        self._workplace = workplace
        self._desk = desk
        self._record = record
        self._aftermath = Aftermath(stream, workplace, desk, order.allowed, order.spec.undo)
        self._first: Pairs = ()
        self._first_tree: Tree | None = None

    async def call(self, number: int, tree: Tree, *, left_s: float, rounds_left: int, calls_left: int) -> None:
        """Call it for the `number`-th time, on `tree`, and tell what it did; nothing begins once a stop was requested.

        `left_s` is what is left of the run, `calls_left` are the calls that may follow this one.
        Raises `JournalError` only.
        """
        spec = self._order.spec
        record = await self._record()
        before = await self._workplace.look()
        if not self._first:
            kept = _kept_before(record)
            # In a run that was resumed there is no reading of the trees that belongs to what was kept then.
            self._first, self._first_tree = (kept, None) if kept else (before.snapshot, tree)
        timeout_s = round(min(spec.timeout_s, left_s), 3)
        told = FixerStarted(number, self._order.provider, "", tree.digest, command_line(spec.command) or "", timeout_s)
        try:
            now = ordered(spec, self._order.context._replace(facts=self._facts(number, record)))
        except UnboundReference as missing:
            self._not_started(told, str(missing))
            return
        brief = await self._brief(number, record, now, Remaining(calls_left, rounds_left, timeout_s, left_s))
        if self._stop.requested:
            return
        try:
            laid = self._desk.lay(number, brief)
        except EnvironmentFault as fault:
            self._not_started(told, str(fault))
            return
        command = command_line(now.step.work) or ""
        # Before it starts: whatever happens to us now, this call is counted.
        self._stream.publish(told._replace(brief=laid.brief_digest, command=command, brief_file=laid.brief_file))
        step = fed(now.step, laid.environment)
        order = StepOrder(self._order.run, step, len(record.rounds), number, timeout_s, purpose="fixer")
        attempt = await self._executor.execute(order if spec.timeout_s <= left_s else order._replace(limit="run"))
        await self._conclude(number, attempt, tree, before)

    async def _brief(self, number: int, record: RunRecord, now: Ordered, remaining: Remaining) -> Brief:
        order, spec = self._order, self._order.spec
        facts = facts_of(
            record,
            call=number,
            goal=now.goal,
            limits=Limits(order.allowed.home, order.folder, spec.scope, spec.protected, spec.undo),
            remaining=remaining,
            seen=await self._desk.seen(failing_steps(record)),
        )
        return make_brief(facts, spec.brief_size, order.masker)

    async def look_back(self, number: int) -> None:
        """Tell what the `number`-th call did, of which nobody saw the end: gatekeeper died while it ran.

        Raises `JournalError` only.
        """
        record, after = await self._record(), await self._workplace.look()
        kept = _kept_before(record, number) or after.snapshot
        self._first = _kept_before(record) or kept
        before = await self._workplace.looking_back(kept, after)
        await self._aftermath.tell(FixerFinished(number, None, problem=_CUT_OFF), Seen(before, after, self._first))

    async def _conclude(self, number: int, attempt: Attempt, tree: Tree, before: Sight) -> None:
        after = await self._workplace.look()
        seen = Seen(before, after, self._first, tree, await self._trees.read(), self._first_tree)
        result = judge(fixer_step(self._order.spec), attempt, self._order.containment)
        exit_code, problem = _end(attempt, result)
        ended = FixerFinished(number, exit_code, round(attempt.duration_s, 3), problem=problem)
        if attempt.output is not None:
            ended = ended._replace(output=attempt.output.path, output_digest=attempt.output.digest)
        await self._aftermath.tell(ended, seen)
        for incident in result.incidents:
            self._stream.publish(IncidentHappened(incident.kind, f"the fixer: {incident.message}"))

    def _not_started(self, told: FixerStarted, why: str) -> None:
        self._stream.publish(told)
        self._stream.publish(FixerFinished(told.call, None, problem=f"not started: {why}"))

    def _facts(self, number: int, record: RunRecord) -> Mapping[str, str]:
        here = {"run.round": str(len(record.rounds)), "run.attempt": str(number)}
        return {**self._order.context.facts, **here}


def _kept_before(record: RunRecord, call: int = 0) -> Pairs:
    """The snapshot at the end of the round before a call of the fixer; without one, before the first."""
    for each in record.rounds:
        calls = [event.call for event in each.help if isinstance(event, FixerStarted)]
        if call in calls or (calls and not call):
            return each.finished.snapshot if each.finished is not None else ()
    return ()


def _end(attempt: Attempt, result: StepResult) -> tuple[int | None, str]:
    """Its exit code, where it came to its end, and else why not; both where its command was not there."""
    why = result.findings[0].message if result.findings else "it was stopped with the run"
    match attempt.outcome:
        case Exited(code):
            return code, why if code in _NO_COMMAND else ""
        case _:
            return None, why
