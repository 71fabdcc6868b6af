"""Owns telling what a call of the fixer did: seen in the repos, undone where the cycle says so. Calls nobody."""

from __future__ import annotations

from collections.abc import Mapping

from gatekeeper.engine.fixer_ports import Desk, Workplace
from gatekeeper.engine.stream import EventStream
from gatekeeper.model.fixing import Deeds, FileChange, Sight
from gatekeeper.model.help_events import FixerFinished
from gatekeeper.model.plan import Pairs
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.tree import Tree
from gatekeeper.model.verdict import Finding
from gatekeeper.policy.fixer_notes import read_notes
from gatekeeper.policy.fixer_rules import Allowed, changes_not_held, diffstat, findings_of, violations
from gatekeeper.policy.fixer_usage import read_usage

_CHANGED_NAMED = 200


class Seen(NamedTuple):
    """The repos before a call, after it, and before the first call of the run (`first`).

    The trees are readings at the same times, for what no snapshot holds; None where there was none.
    """

    before: Sight
    after: Sight
    first: Pairs
    tree_before: Tree | None = None
    tree_after: Tree | None = None
    first_tree: Tree | None = None


class Aftermath(NamedTuple):
    """Sees what calls did; with `undo`, what they may not change is put back as it was before the first one."""

    stream: EventStream
    workplace: Workplace
    desk: Desk
    allowed: Allowed
    undo: bool

    async def tell(self, ended: FixerFinished, seen: Seen) -> None:
        """Publish the end of a call, `ended`, with all that is seen of what it did."""
        found = await self.workplace.deeds(seen.before, seen.after)
        deeds = found._replace(changes=self._all(found.changes, seen.tree_before, seen.tree_after))
        findings = findings_of(seen.before, seen.after, deeds, self.allowed)
        since_first = await self.workplace.compare(seen.first, seen.after.snapshot)
        violating = violations(self._all(since_first.changes, seen.first_tree, seen.tree_after), self.allowed)
        hidden = self.allowed.hidden(since_first.unknown, seen.first)
        usage, notes = read_usage(self.desk.usage(ended.call)), read_notes(self.desk.notes(ended.call))
        told = ended._replace(
            commits=tuple(f"{each.repo}: {each.id} {each.subject}" for each in deeds.commits),
            findings=(*ended.findings, *findings, *usage.findings, *notes.findings),
            usage=usage.usage,
        )
        told = _with_changes(told, deeds.changes, violating)
        if violating and self.undo:
            told = await self._undo(told, seen.first, deeds, violating)
        told = told._replace(violating=(*told.violating, *hidden))
        for note in notes.notes:
            self.stream.publish(note)
        self.stream.publish(told)

    async def _undo(
        self, told: FixerFinished, first: Pairs, deeds: Deeds, violating: tuple[FileChange, ...]
    ) -> FixerFinished:
        failed = await self.workplace.put_back(first, violating, self.desk.undoing(told.call))
        undone = tuple(change.name for change in violating if change.name not in failed)
        left = tuple(change for change in deeds.changes if change.name not in undone)
        told = _with_changes(told, left, tuple(change for change in violating if change.name in failed))
        findings = (*told.findings, *_undone(undone, failed, committed=bool(deeds.commits)))
        return told._replace(undone=undone, findings=findings)

    def _all(self, held: tuple[FileChange, ...], before: Tree | None, after: Tree | None) -> tuple[FileChange, ...]:
        """What snapshots tell of, and what only the readings of the trees do."""
        if before is None or after is None:
            return held
        return (*held, *changes_not_held(before, after, held, self.allowed.paths))


def _with_changes(
    told: FixerFinished, changes: tuple[FileChange, ...], violating: tuple[FileChange, ...]
) -> FixerFinished:
    return told._replace(
        changed=tuple(change.name for change in changes[:_CHANGED_NAMED]),
        diffstat=diffstat(changes[:_CHANGED_NAMED]),
        violating=tuple(change.name for change in violating),
    )


def _undone(undone: tuple[str, ...], failed: Mapping[str, str], *, committed: bool) -> tuple[Finding, ...]:
    found = []
    if undone:
        still = "; what it committed holds them still, the working tree does not" if committed else ""
        found.append(Finding("fixer-undone", f"put back: {', '.join(undone)}{still}", blocks=False))
    if failed:
        why = "; ".join(f"{name}: {reason}" for name, reason in failed.items())
        found.append(Finding("fixer-not-undone", f"could not be put back: {why}"))
    return tuple(found)
