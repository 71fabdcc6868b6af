"""Owns telling of a tree that is not what it was: who may have changed it, and what of it judges. Reads nothing."""

from __future__ import annotations

from collections.abc import Iterable

from gatekeeper.engine.stream import EventStream
from gatekeeper.model.events import IncidentHappened, TreeChanged
from gatekeeper.model.incident import IncidentKind
from gatekeeper.model.plan import Step
from gatekeeper.model.tree import Tree
from gatekeeper.policy.drift import changed_files, outside

_FILES_NAMED = 20


class TreeWatch:
    """Publishes what changed between two readings."""

    def __init__(self, stream: EventStream) -> None:
        self._stream = stream

    async def tell_round(self, before: Tree, after: Tree, ran: Iterable[Step], number: int) -> None:
        """Tell what changed while the steps `ran` in round `number`; what none of them may change is a drift."""
        if before.digest == after.digest:
            return
        files, ran = changed_files(before, after), tuple(ran)
        unexpected = outside(files, (pattern for step in ran for pattern in step.mutates))
        self._stream.publish(TreeChanged("unknown" if unexpected else "step", files[:_FILES_NAMED]))
        if unexpected:
            names = ", ".join(unexpected[:5]) + (f" and {len(unexpected) - 5} more" if len(unexpected) > 5 else "")
            steps = ", ".join(str(step.id) for step in ran[:5]) + (" …" if len(ran) > 5 else "")
            message = f"the tree changed while round {number} ran ({steps}): {names}"
            self._stream.publish(IncidentHappened(IncidentKind.DRIFT, message))

    async def tell_between(self, before: Tree, after: Tree) -> None:
        """Tell what changed while nothing of the cycle ran."""
        if before.digest != after.digest:
            self._stream.publish(TreeChanged("unknown", changed_files(before, after)[:_FILES_NAMED]))
