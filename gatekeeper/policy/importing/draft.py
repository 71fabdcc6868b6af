"""Owns what an import comes to: keys with values, who said each and how surely, and what found no place.

Knows no YAML.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from gatekeeper.model.record import NamedTuple


class Sure(StrEnum):
    """How surely the plan says what a key says."""

    HIGH = "high"
    """The plan says it in so many words."""
    MEDIUM = "medium"
    """It follows from where or how the plan says it."""
    LOW = "low"
    """The plan does not say it; something else that it says makes it likely."""


class Said(NamedTuple):
    """Where the plan says it, how surely, and, where that is not plain, why."""

    line: int
    sure: Sure
    why: str = ""


class Plain(NamedTuple):
    """A value that is written as it is and is not a text: a number."""

    written: str


class Entry(NamedTuple):
    """A key with its value; `above` are comments that stand over it. In a list the key counts for nothing."""

    key: str
    value: Value
    said: Said | None = None
    above: tuple[str, ...] = ()


class Items(NamedTuple):
    """A list of values."""

    entries: tuple[Entry, ...]


class Keys(NamedTuple):
    """A mapping."""

    entries: tuple[Entry, ...]


Value: TypeAlias = "str | Plain | Items | Keys"


class Unplaced(NamedTuple):
    """What the plan says and no key took, and why."""

    line: int
    text: str
    why: str


class Draft(NamedTuple):
    """A definition as far as the plan tells it; `cycle` is its name."""

    cycle: str
    entries: tuple[Entry, ...]
    to_fill: tuple[str, ...]
    """Variables of the environment that have to be given a value, because the plan does not tell it."""
    unplaced: tuple[Unplaced, ...]


class NotAPlan(NamedTuple):
    """The document says nothing that could be run."""

    looked_for: tuple[str, ...]
