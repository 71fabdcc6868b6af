"""Owns what steps are held against where nobody says anything else: nothing."""

from gatekeeper.model.baseline import NO_STANDARD, Standard
from gatekeeper.model.plan import Step


class NoStandards:
    """A cycle whose steps are compared with nothing."""

    async def of(self, _step: Step) -> Standard:
        """Always `NO_STANDARD`."""
        return NO_STANDARD
