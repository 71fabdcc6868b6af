"""Owns who may leave quarantine or lose its xfail mark: what passed run after run. Knows no run but by its tests."""

from __future__ import annotations

from collections.abc import Sequence

RUNS = 5
"""How many runs, one after the other, a test must have passed in although nobody expected it to."""


def graduates(listed: Sequence[Sequence[str]], runs: int = RUNS) -> tuple[str, ...]:
    """The tests that each of the newest `runs` runs lists as a graduate, sorted; newest run first.

    Nobody where there were fewer runs: what is not known is no proof.
    """
    if len(listed) < runs:
        return ()
    return tuple(sorted(set.intersection(*map(set, listed[:runs]))))
