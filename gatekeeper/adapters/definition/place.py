"""Owns how the path of a key is held and written. Knows nothing else."""

from __future__ import annotations

from typing import TypeAlias

Place: TypeAlias = tuple[str | int, ...]
"""A key's path: names of mappings' keys and, from 0, numbers of lists' items."""


def dotted(place: Place) -> str:
    """A place as people read it: ``gates.smoke.steps.auth.timeout``, ``notify[0].on``."""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text
