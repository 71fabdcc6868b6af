"""Owns saying many names in a few words. Knows no name."""

from __future__ import annotations

from collections.abc import Sequence


def few(names: Sequence[str], most: int, between: str = ", ") -> str:
    """``a, b and 3 more``: the first of `names`, `most` at most, and how many there are beside them."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return between.join(names[:most]) + more
