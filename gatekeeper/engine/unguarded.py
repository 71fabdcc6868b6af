"""Owns what changes of what judges come to where nobody watches: nothing."""

from gatekeeper.model.demands import IntegritySpec
from gatekeeper.model.event_parts import FileDiff
from gatekeeper.model.evidence_events import IntegrityCompared
from gatekeeper.model.integrity import IntegrityChange
from gatekeeper.model.tree import Tree


class NothingGuarded:
    """A run that nobody watches the judges of (port `Integrity`)."""

    spec = IntegritySpec()

    def begin(self, tree: Tree) -> None:
        """Keeps nothing."""

    async def changes(self, _before: Tree, _after: Tree) -> tuple[IntegrityChange, ...]:
        """Always none."""
        return ()

    async def essence(self, _before: Tree, _after: Tree) -> tuple[FileDiff, ...]:
        """Always none."""
        return ()

    async def outside(self) -> tuple[IntegrityChange, ...]:
        """Always none."""
        return ()

    async def beside_base(self, _first: Tree) -> IntegrityCompared | None:
        """Always None."""
        return None
