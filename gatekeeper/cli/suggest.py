"""Owns "did you mean". Knows the names it is given, and nothing of what they stand for."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from gatekeeper.model.errors import UsageError


def did_you_mean(wrong: str, names: Iterable[str]) -> str:
    """A half-sentence naming what is near, or what there is; empty where there is nothing."""
    known = sorted(names)
    near = get_close_matches(wrong, known, n=3, cutoff=0.5)
    if near:
        return f"; did you mean {' or '.join(near)}?"
    return f"; there is {', '.join(known[:8])}" if known else ""


def unknown_command(name: str, commands: Iterable[str]) -> UsageError:
    """The error for a command that does not exist."""
    return UsageError(f"there is no command {name!r}{did_you_mean(name, commands)}\n  try: gatekeeper --help")


def unknown_cycle(name: str, cycles: Iterable[str]) -> UsageError:
    """The error for a cycle that has no definition."""
    return UsageError(f"there is no cycle {name!r} in gates/{did_you_mean(name, cycles)}")
