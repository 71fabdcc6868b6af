"""Owns what a drafted definition is: keys with values, where each comes from and how surely, and what found no place.

Knows no YAML, and not whether a plan or a tree was read.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from gatekeeper.model.record import NamedTuple


class Sure(StrEnum):
    """How surely the source says what a key says."""

    HIGH = "high"
    """It says so in so many words."""
    MEDIUM = "medium"
    """It follows from where or how it says it."""
    LOW = "low"
    """It does not say so; something else that it says makes it likely."""


class Said(NamedTuple):
    """Where it is said, how surely, and, where that is not plain, why.

    `line` counts from 1; 0 stands for a file as a whole. `file` is empty where there is but one source.
    """

    line: int
    sure: Sure
    why: str = ""
    file: str = ""


class Plain(NamedTuple):
    """A value that is written as it is and is not a text: a number."""

    written: str


class Entry(NamedTuple):
    """A key with its value; `above` are comments that stand over it. In a list the key counts for nothing.

    With a `doubt` all of it is written as a comment, under that reason.
    """

    key: str
    value: Value
    said: Said | None = None
    above: tuple[str, ...] = ()
    doubt: str = ""


class Items(NamedTuple):
    """A list of values."""

    entries: tuple[Entry, ...]


class Keys(NamedTuple):
    """A mapping; `inline` where it fits on one line, and none of its entries has a comment."""

    entries: tuple[Entry, ...]
    inline: bool = False


Value: TypeAlias = "str | Plain | Items | Keys"


class Unplaced(NamedTuple):
    """What was said and no key took, and why; `file` is empty where there is but one source."""

    line: int
    text: str
    why: str
    file: str = ""


class Draft(NamedTuple):
    """A definition as far as it was told; `cycle` is its name."""

    cycle: str
    entries: tuple[Entry, ...]
    to_fill: tuple[str, ...]
    """Variables of the environment that have to be given a value, because nothing tells it."""
    unplaced: tuple[Unplaced, ...]


class NotAPlan(NamedTuple):
    """The document says nothing that could be run."""

    looked_for: tuple[str, ...]
