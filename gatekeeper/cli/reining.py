"""Owns that what a run reads of its repos takes no longer than the run has. Knows no git and no signal."""

from __future__ import annotations

from gatekeeper.adapters.repos.bounds import REINS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from gatekeeper.model.events import Entry

_CLOSING_S = 5.0
"""How long each thing that is read for the record may take when the run's own time is over."""


def limit_readings(within_s: float, before: Iterable[Entry]) -> None:
    """From now on the run has `within_s` seconds, without those that it had `before` somebody resumed it."""
    spent = 0.0
    if before:
        from gatekeeper.policy.spent import spent_s

        spent = spent_s(before)
    REINS.run_ends(max(0.0, within_s - spent), _CLOSING_S)
