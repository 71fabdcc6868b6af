"""Owns what a rule of `gatekeeper check` says: its name, a place in the definition, what, and what to do."""

from __future__ import annotations

from gatekeeper.adapters.definition.place import Place
from gatekeeper.model.record import NamedTuple


class Found(NamedTuple):
    """Something dangerous at `place`; `line` counts from 0 inside a text of several lines."""

    rule: str
    place: Place
    line: int
    message: str
    hint: str = ""


def short(words: tuple[str, ...]) -> str:
    """The beginning of a command, for a message."""
    text = " ".join(words[:4])
    return f"{text[:48]}…" if len(text) > 48 or len(words) > 4 else text
