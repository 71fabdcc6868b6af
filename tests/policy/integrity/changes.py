"""Owns putting texts to the rules as changes, and reading the answer by rule names."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent

from gatekeeper.model.integrity import IntegrityChange
from gatekeeper.policy.integrity.change import FileChange
from gatekeeper.policy.integrity.classify import Plans, classify
from gatekeeper.policy.integrity.guarded import kind_of

Files = Mapping[str, str | None]


def told(before: Files, after: Files, plans: Plans | None = None) -> tuple[IntegrityChange, ...]:
    """What is said where the guarded files of `before` became those of `after`; a file in neither was not there."""
    changes = []
    for path in sorted({*before, *after}):
        was, now = before.get(path), after.get(path)
        kind = kind_of(path, frozenset({"run.sh"}))
        if was != now and kind is not None:
            changes.append(FileChange(path, kind, _dedented(was), _dedented(now)))
    return classify(changes, plans)


def rules_of(changes: tuple[IntegrityChange, ...]) -> set[str]:
    """The names of all rules that said something."""
    return {reason.partition(":")[0] for change in changes for reason in change.reasons}


def worst(changes: tuple[IntegrityChange, ...]) -> str:
    """The weightiest effect."""
    return min((change.effect for change in changes), key=("weakening", "strengthening", "neutral").index)


def _dedented(text: str | None) -> str | None:
    return None if text is None else dedent(text).lstrip("\n")
