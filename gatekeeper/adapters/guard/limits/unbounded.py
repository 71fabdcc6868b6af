"""Owns what a command's limits are asked during its life, and the answers for one that has none. Costs nothing."""

from __future__ import annotations

import math


class Unbounded:
    """The limits of a command without any; `gatekeeper.adapters.guard.limits.bounds.Bounds` are those of one with some.

    `restraints` is what its leader must do before it becomes the command, `next_look` when to look the next time.
    `held_by` tells of each limit, by its name, what holds it.
    """

    __slots__ = ("held_by", "next_look", "restraints")

    def __init__(self) -> None:
        self.restraints: tuple[object, ...] = ()
        self.next_look = math.inf
        self.held_by: tuple[tuple[str, str], ...] = ()

    def look(self, now: float) -> str:
        """The name of the limit for which the command must be ended now, or empty."""
        del now
        return ""

    def look_at_last(self) -> None:
        """Look once more, at what its leader left when it ended."""

    def exceeded(self) -> tuple[tuple[str, str], ...]:
        """Each limit that the command ran into so far, by its name and in words."""
        return ()

    def close(self, within_s: float) -> None:
        """Take away what was made to hold it. Everything of the command is dead by then."""


def bounds_of(limits: tuple[float | None, ...], leaf: str, name: str) -> Unbounded:
    """What holds a command to `limits` (as in a `SpawnOrder`); `leaf` and `name` as for `Bounds`."""
    if not any(limits[1:]):
        return Unbounded()
    from gatekeeper.adapters.guard.limits.bounds import Bounds

    return Bounds(limits, leaf, name)
