"""Owns what comes of looking at a run again: one record a thing that was looked at. Decides nothing."""

from enum import StrEnum

from gatekeeper.model.record import NamedTuple


class Proof(StrEnum):
    """What can be said of one thing.

    ``altered`` is not what was written, ``contradictory`` does not follow from the rest, ``open`` was cut short or goes
    on. ``unproven`` and ``note`` are told, and speak against nothing: no digest was kept of it, or nobody names it.
    """

    OK = "ok"
    ALTERED = "altered"
    CONTRADICTORY = "contradictory"
    OPEN = "open"
    UNPROVEN = "unproven"
    NOTE = "note"


SPEAKS_AGAINST = frozenset({Proof.ALTERED, Proof.CONTRADICTORY, Proof.OPEN})
"""With one of these a run is not whole."""


class Checked(NamedTuple):
    """One thing that was looked at: `place` is a file of the run's folder, a step, or what else it is about.

    `line` is the journal's that speaks of it, from 1, or 0. `expected` and `found` are what the two sides say, where
    there are two.
    """

    proof: Proof
    place: str
    message: str
    line: int = 0
    expected: str = ""
    found: str = ""


class Contradiction(NamedTuple):
    """What does not follow from the rest of a journal, and the line (from 1) that says it."""

    line: int
    message: str


class NamedFile(NamedTuple):
    """A file of the run's folder as its journal names it. `size` is None where it was not told."""

    path: str
    digest: str
    line: int
    size: int | None = None
