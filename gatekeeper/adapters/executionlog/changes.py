"""Owns the words for who changed a tree. Knows no round."""

from __future__ import annotations

from gatekeeper.adapters.executionlog.text import prose
from gatekeeper.model.help_events import TreeChanged


def changed_by(change: TreeChanged) -> str:
    """Who changed the tree, as far as that is known."""
    return "a person or another program" if change.by == "unknown" else f"a {prose(change.by)}"
