"""Owns telling of a tree that is not what it was: who may have changed it, and what of it judges. Reads nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

import anyio

from gatekeeper.engine.ports import Integrity
from gatekeeper.engine.stream import EventStream
from gatekeeper.model.events import Event, IncidentHappened
from gatekeeper.model.evidence_events import IntegrityCompared
from gatekeeper.model.help_events import TreeChanged
from gatekeeper.model.incident import IncidentKind
from gatekeeper.model.integrity import IntegrityChange
from gatekeeper.model.plan import Step
from gatekeeper.model.tree import Tree
from gatekeeper.policy.drift import changed_files, outside
from gatekeeper.policy.integrity.weight import blocking

By: TypeAlias = Literal["fixer", "mitigation", "step", "unknown"]
"""Who changed a tree."""

_HELPING = frozenset({"fixer", "mitigation"})
_FILES_NAMED = 20


class TreeWatch:
    """Publishes what changed between two readings, and what judges beside the base.

    `changed` is how what judges at the end differs from the start, known after `last_look`.
    """

    def __init__(self, stream: EventStream, integrity: Integrity) -> None:
        self._stream = stream
        self._integrity = integrity
        self._beside_base: tuple[IntegrityChange, ...] = ()
        self._compared = anyio.Event()
        self._by_helper: set[str] = set()
        self._outside: tuple[IntegrityChange, ...] = ()
        self._told: tuple[IntegrityChange, ...] = ()
        self._former: dict[str, IntegrityChange] = {}
        self.changed: tuple[IntegrityChange, ...] = ()

    async def compare_with_base(self, first: Tree) -> None:
        """Keep what `first` holds, and tell what judges in it beside the base. To run beside the first steps."""
        self._integrity.begin(first)
        compared = await self._integrity.beside_base(first)
        if compared is not None:
            self._beside_base = compared.changes
            self._stream.publish(compared)
        self._compared.set()

    def give_up(self) -> None:
        """Let nobody wait for the comparison any longer: the run was told to stop."""
        self._compared.set()

    async def tell_round(self, before: Tree, after: Tree, ran: Iterable[Step], number: int) -> None:
        """Tell what changed while the steps `ran` in round `number`; what none of them may change is a drift."""
        if before.digest == after.digest:
            return
        files, ran = changed_files(before, after), tuple(ran)
        unexpected = outside(files, (pattern for step in ran for pattern in step.mutates))
        await self._tell("unknown" if unexpected else "step", before, after)
        if unexpected:
            names = ", ".join(unexpected[:5]) + (f" and {len(unexpected) - 5} more" if len(unexpected) > 5 else "")
            steps = ", ".join(str(step.id) for step in ran[:5]) + (" …" if len(ran) > 5 else "")
            message = f"the tree changed while round {number} ran ({steps}): {names}"
            self._stream.publish(IncidentHappened(IncidentKind.DRIFT, message))

    async def tell_between(self, before: Tree, after: Tree, by: By = "unknown") -> None:
        """Tell what changed while no step ran, and by whom; of who helps also what lies outside of the tree."""
        # Services may still write: of evidence, only the last look knows.
        aside = [each for each in await self._news() if each.kind != "evidence"] if by in _HELPING else []
        if before.digest != after.digest or aside:
            await self._tell(by, before, after, tuple(aside))

    def recall(self, event: Event) -> None:
        """Take in what was told before this process, in the same run."""
        match event:
            case IntegrityCompared(changes=changes):
                self._beside_base = changes
            case TreeChanged(by=by, integrity=changes):
                self._former |= {change.file: change for change in changes}
                self._by_helper |= {change.file for change in changes if by in _HELPING}
            case _:
                pass

    async def tell_after_death(self, before: Tree, after: Tree, by: By) -> None:
        """Tell what changed since the process before died; of `before` only its commits are known for certain."""
        if before.digest != after.digest:
            changes = await self._tell(by, before, after, shown=False)
            self._former |= {change.file: change for change in changes}

    async def last_look(self, first: Tree, last: Tree) -> None:
        """Wait for the comparison with the base, and see what of what judges is not what it was at the start."""
        await self._compared.wait()
        if aside := await self._news():
            names = tuple(change.file for change in aside[:_FILES_NAMED])
            self._stream.publish(TreeChanged("unknown", names, aside))
        since = (*await self._integrity.changes(first, last), *self._outside)
        known = {change.file for change in since}
        self.changed = (*since, *(change for file, change in self._former.items() if file not in known))

    @property
    def weakened(self) -> bool:
        """Whether something became weaker that the run may not be green with."""
        spec = self._integrity.spec
        return bool(blocking(self._beside_base, spec) or blocking(self.changed, spec, frozenset(self._by_helper)))

    async def _news(self) -> tuple[IntegrityChange, ...]:
        """What lies outside of the tree, is not as it was at the start, and was not told so yet."""
        self._outside = await self._integrity.outside()
        return tuple(change for change in self._outside if change not in self._told)

    async def _tell(
        self, by: By, before: Tree, after: Tree, aside: tuple[IntegrityChange, ...] = (), *, shown: bool = True
    ) -> tuple[IntegrityChange, ...]:
        changes = (*await self._integrity.changes(before, after), *aside)
        self._told += aside
        if by in _HELPING:
            self._by_helper |= {change.file for change in changes}
        files = (*changed_files(before, after), *(change.file for change in aside))
        # What a step may change is generated.
        diffs = await self._integrity.essence(before, after) if shown and by != "step" else ()
        self._stream.publish(TreeChanged(by, files[:_FILES_NAMED], changes, after.digest, diffs))
        return changes
