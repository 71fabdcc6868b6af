"""Owns how the path of a key is held and written."""

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


def in_file(place: Place, data: object) -> Place:
    """`place` as it is in the file: where one value stands for a list of one, it has no number."""
    found: list[str | int] = []
    here = data
    for part in place:
        if isinstance(part, int) and not isinstance(here, list):
            continue
        found.append(part)
        if isinstance(here, dict):
            here = here.get(part)
        elif isinstance(here, list) and isinstance(part, int) and part < len(here):
            here = here[part]
    return tuple(found)
