"""Owns what changes of what judges mean for the verdict of a run. Knows no rule of change."""

from __future__ import annotations

from collections.abc import Iterable

from gatekeeper.model.demands import IntegritySpec, Severity
from gatekeeper.model.integrity import IntegrityChange


def blocking(
    changes: Iterable[IntegrityChange], spec: IntegritySpec, by_fixer: frozenset[str] = frozenset()
) -> tuple[IntegrityChange, ...]:
    """Those of `changes` that a run may not be green with. `by_fixer` are the files that the fixer changed.

    Evidence that somebody altered blocks whatever the cycle says: nothing is left to believe.
    """
    return tuple(
        change
        for change in changes
        if change.effect == "weakening"
        and (change.kind == "evidence" or (spec.fixer if change.file in by_fixer else spec.others) == "fail")
    )


def stricter(one: IntegritySpec, other: IntegritySpec) -> IntegritySpec:
    """`one`, with the harder of both for each severity."""
    return one._replace(fixer=_harder(one.fixer, other.fixer), others=_harder(one.others, other.others))


def _harder(one: Severity, other: Severity) -> Severity:
    return "fail" if "fail" in {one, other} else "warn"
