"""Owns changes of what a run is judged by, as they are told. Knows no file system and no rule."""

from typing import Literal, TypeAlias

from gatekeeper.model.record import NamedTuple

GuardedKind: TypeAlias = Literal[
    "definition",
    "baseline",
    "quarantine",
    "pattern",
    "script",
    "test",
    "test-config",
    "ci",
    "hook",
    "lock",
    "evidence",
    "other",
]
Effect: TypeAlias = Literal["strengthening", "neutral", "weakening"]


class IntegrityChange(NamedTuple):
    """A change of one file (relative to its repo's root, or absolute outside of all).

    `reasons` say in words what makes it weaker or stronger, the weightiest first; `diff` is a unified diff, cut.
    """

    file: str
    kind: GuardedKind
    effect: Effect
    reasons: tuple[str, ...] = ()
    diff: str = ""
