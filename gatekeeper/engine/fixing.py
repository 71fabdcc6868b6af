"""Owns a call of the fixer: its brief, its counter, its command, and what is seen of what it did. Decides nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from gatekeeper.engine.ports import StepExecutor, Trees
from gatekeeper.engine.stop import Stop
from gatekeeper.engine.stream import EventStream
from gatekeeper.model.containment import Containment
from gatekeeper.model.errors import EnvironmentFault
from gatekeeper.model.events import IncidentHappened, StepFinished
from gatekeeper.model.fixing import Deeds, FileChange, Sight
from gatekeeper.model.help_events import FixerFinished, FixerStarted
from gatekeeper.model.outcome import Attempt, Exited, StepOrder
from gatekeeper.model.plan import FixerSpec, Pairs, StepId
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.tree import Tree
from gatekeeper.model.verdict import Finding, StepResult
from gatekeeper.policy.binding import Context, UnboundReference
from gatekeeper.policy.brief.facts import Limits, Remaining
from gatekeeper.policy.brief.gathering import SeenOutput, facts_of, failing_steps
from gatekeeper.policy.brief.making import Brief, make_brief
from gatekeeper.policy.describe import command_line
from gatekeeper.policy.fixer_notes import read_notes
from gatekeeper.policy.fixer_order import Ordered, fed, fixer_step, ordered
from gatekeeper.policy.fixer_rules import Allowed, changes_unkept, diffstat, findings_of, violations
from gatekeeper.policy.fixer_usage import read_usage
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.judge import judge
from gatekeeper.policy.masking import Masker

_CHANGED_NAMED = 200
_NO_COMMAND = (126, 127)


class Workplace(Protocol):
    """Looks at the repos, before and after somebody works in them. Nothing here raises: `problem` tells."""

    async def look(self) -> Sight:
        """Keep what all repos hold, and see where each stands."""
        ...

    async def deeds(self, before: Sight, after: Sight) -> Deeds:
        """What was done between two looks."""
        ...

    async def changes(self, before: Pairs, after: Pairs) -> tuple[FileChange, ...]:
        """The files that differ between two snapshots."""
        ...

    async def put_back(self, snapshot: Pairs, changes: tuple[FileChange, ...]) -> Mapping[str, str]:
        """Make these files hold what they held in a snapshot; why some could not be, by their `name`."""
        ...


class Laid(NamedTuple):
    """Where the papers of a call lie. `environment` names them for the fixer, `brief_file` is in the run's folder."""

    environment: Pairs
    brief_file: str
    brief_digest: str


class Desk(Protocol):
    """Lays out what the fixer reads, and takes in what it leaves. Raises `EnvironmentFault` where it cannot lay out."""

    async def seen(self, failing: tuple[StepFinished, ...]) -> Mapping[StepId, SeenOutput]:
        """What matters of the outputs and dossiers of failing steps."""
        ...

    def lay(self, call: int, brief: Brief) -> Laid:
        """Write the papers of a call."""
        ...

    def usage(self, call: int) -> bytes | None:
        """What it wrote of its usage; None where there is nothing."""
        ...

    def notes(self, call: int) -> tuple[tuple[str, bytes | None], ...]:
        """The notes that it left: names with contents, None for what cannot be read."""
        ...


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
        self._first: Pairs = ()

    async def call(self, number: int, tree: Tree, *, left_s: float, rounds_left: int, calls_left: int) -> None:
        """Call it for the `number`-th time, on `tree`, and tell what it did; nothing begins once a stop was requested.

        `left_s` is what is left of the run, `calls_left` are the calls that may follow this one.
        Raises `JournalError` only.
        """
        spec = self._order.spec
        record = await self._record()
        before = await self._workplace.look()
        self._first = self._first or _kept_before_first_call(record) or before.snapshot
        timeout_s = min(spec.timeout_s, left_s)
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
        self._stream.publish(
            FixerStarted(
                number,
                self._order.provider,
                laid.brief_digest,
                tree.digest,
                command,
                round(timeout_s, 3),
                laid.brief_file,
            )
        )
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

    async def _conclude(self, number: int, attempt: Attempt, tree: Tree, before: Sight) -> None:
        allowed, after = self._order.allowed, await self._workplace.look()
        deeds = await self._workplace.deeds(before, after)
        unkept = changes_unkept(tree, await self._trees.read(), after)
        deeds = deeds._replace(changes=(*deeds.changes, *unkept))
        findings = findings_of(before, after, deeds, allowed)
        violating = violations(await self._workplace.changes(self._first, after.snapshot), allowed)
        changes, undone = deeds.changes, tuple[str, ...]()
        if violating and self._order.spec.undo:
            failed = await self._workplace.put_back(self._first, violating)
            undone = tuple(change.name for change in violating if change.name not in failed)
            findings += _undone(undone, failed, committed=bool(deeds.commits))
            violating = tuple(change for change in violating if change.name in failed)
            last = await self._workplace.look()
            changes = (*await self._workplace.changes(before.snapshot, last.snapshot), *unkept)
        usage, notes = read_usage(self._desk.usage(number)), read_notes(self._desk.notes(number))
        for note in notes.notes:
            self._stream.publish(note)
        result = judge(fixer_step(self._order.spec), attempt, self._order.containment)
        exit_code, problem = _end(attempt, result)
        self._stream.publish(
            FixerFinished(
                number,
                exit_code,
                duration_s=round(attempt.duration_s, 3),
                changed=tuple(change.name for change in changes)[:_CHANGED_NAMED],
                commits=tuple(f"{each.repo}: {each.id} {each.subject}" for each in deeds.commits),
                findings=(*findings, *usage.findings, *notes.findings),
                usage=usage.usage,
                diffstat=diffstat(changes)[:_CHANGED_NAMED],
                violating=tuple(change.name for change in violating),
                undone=undone,
                output=attempt.output.path if attempt.output else None,
                output_digest=attempt.output.digest if attempt.output else None,
                problem=problem,
            )
        )
        for incident in result.incidents:
            self._stream.publish(IncidentHappened(incident.kind, f"the fixer: {incident.message}"))

    def _not_started(self, told: FixerStarted, why: str) -> None:
        self._stream.publish(told)
        self._stream.publish(FixerFinished(told.call, None, problem=f"not started: {why}"))

    def _facts(self, number: int, record: RunRecord) -> Mapping[str, str]:
        here = {"run.round": str(len(record.rounds)), "run.attempt": str(number)}
        return {**self._order.context.facts, **here}


def _kept_before_first_call(record: RunRecord) -> Pairs:
    """The snapshot that was made before the fixer was first called in this run, where that was before a resume."""
    for each in record.rounds:
        if any(isinstance(event, FixerStarted) for event in each.help):
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


def _undone(undone: tuple[str, ...], failed: Mapping[str, str], *, committed: bool) -> tuple[Finding, ...]:
    found = []
    if undone:
        still = "; what it committed holds them still, the working tree does not" if committed else ""
        found.append(Finding("fixer-undone", f"put back: {', '.join(undone)}{still}", blocks=False))
    if failed:
        why = "; ".join(f"{name}: {reason}" for name, reason in failed.items())
        found.append(Finding("fixer-not-undone", f"could not be put back: {why}"))
    return tuple(found)
