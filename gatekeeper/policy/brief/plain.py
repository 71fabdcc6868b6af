"""Owns making facts fit to be shown: no secret in any text, nothing that a terminal obeys, no text too long."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from gatekeeper.policy.brief.facts import BriefFacts
from gatekeeper.policy.masking import Masker
from gatekeeper.policy.terminal_text import settled

_Facts = TypeVar("_Facts")


def presentable(facts: BriefFacts, masker: Masker) -> BriefFacts:
    """`facts` with every secret in every text masked, before anything is cut: half a secret cannot be told."""

    def clean(text: str) -> str:
        # Once more when colours are gone: they may stand in the middle of a secret.
        return masker.mask(settled(masker.mask(text), "\N{REPLACEMENT CHARACTER}"))

    return each_text(facts, clean)


def clipped(facts: BriefFacts, most: int) -> BriefFacts:
    """`facts` with no text of more than `most` bytes."""
    return each_text(facts, lambda text: clip(text, most))


def clip(text: str, most: int) -> str:
    """`text`, of no more than `most` bytes (at least 4) of UTF-8; where it was cut, it ends in dots."""
    raw = text.encode("utf-8", "replace")
    return text if len(raw) <= most else raw[: most - 3].decode("utf-8", "ignore") + "…"


def each_text(value: _Facts, change: Callable[[str], str]) -> _Facts:
    """A record like `value`, with every text in it, however deep, changed."""
    return cast("_Facts", _changed(value, change))


def _changed(value: object, change: Callable[[str], str]) -> object:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, tuple):
        make = getattr(value, "_make", tuple)  # a record stays one of its kind
        return make(_changed(part, change) for part in value)
    return value
