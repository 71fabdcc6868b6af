"""Owns what came of trying to tell somebody once."""

from __future__ import annotations

from gatekeeper.model.record import NamedTuple


class Tried(NamedTuple):
    """A `problem` in words, or nothing; whether it may be tried `again`, and in how many seconds if that was said."""

    problem: str
    again: bool = False
    after_s: float | None = None
