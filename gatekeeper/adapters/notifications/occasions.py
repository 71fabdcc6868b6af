"""Owns which endings are told to whom. Pure; knows no target."""

from __future__ import annotations

from collections.abc import Iterable

OCCASIONS = ("green", "red", "flaky", "inconclusive", "aborted", "recovered", "always")
"""What ``on:`` may hold. ``green`` means green-after-fix too; ``recovered`` a green after anything else."""

_GREEN = {"green", "green-after-fix"}


def is_wanted(on: Iterable[str], verdict: str, previous: str | None) -> bool:
    """Whether a run that ended as `verdict` is to be told; `previous` is the cycle's verdict before it, or None."""
    green = verdict in _GREEN
    recovered = green and previous is not None and previous not in _GREEN
    occasions = {"green" if green else verdict, "always"} | ({"recovered"} if recovered else set())
    return not occasions.isdisjoint(on)
