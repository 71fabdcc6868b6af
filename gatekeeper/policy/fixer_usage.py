"""Owns what a fixer states of its usage: exact numbers or nothing. Never guesses, never takes unknown for 0."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from gatekeeper.model.help_events import Usage
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.verdict import Finding

LARGEST = 64 << 10
"""How many bytes such a file may have."""

_KEYS = ("input_tokens", "output_tokens", "total_tokens", "cost", "source")
_MOST_TOKENS = 1 << 53
_LONGEST_SOURCE = 200


class Stated(NamedTuple):
    """What a call states, and what is wrong with how it states it."""

    usage: Usage = Usage()
    findings: tuple[Finding, ...] = ()


def read_usage(content: bytes | None) -> Stated:
    """What the file that a call was to write says; None where there is none, which says nothing and is no fault."""
    if content is None or not content.strip():
        return Stated()
    if len(content) > LARGEST:
        return _garbage(f"it has more than {LARGEST >> 10} KiB")
    try:
        found = json.loads(content, parse_float=Decimal, parse_constant=str)
    except (ValueError, RecursionError, InvalidOperation):
        return _garbage("it is no JSON")
    if not isinstance(found, dict):
        return _garbage("it is no JSON object")
    wrong: list[str] = []
    tokens = {key: _count(key, found.get(key), wrong) for key in _KEYS[:3]}
    total, parts = tokens["total_tokens"], (tokens["input_tokens"], tokens["output_tokens"])
    if found.get("total_tokens") is None:
        total = _sum(parts)
    usage = Usage(*parts, total, _cost(found.get("cost"), wrong), _source(found.get("source"), wrong))
    findings = (_finding("; ".join(wrong)),) if wrong else ()
    return Stated(usage, findings)


def summed(usages: Iterable[Usage]) -> Usage:
    """What several calls used together: each number only where every call states it."""
    every = tuple(usages)
    if not every:
        return Usage()
    costs = [Decimal(repr(usage.cost)) for usage in every if usage.cost is not None]
    sources = {usage.source for usage in every}
    # Cents that are added as binary fractions would not be exact any more.
    cost = float(sum(costs, Decimal(0))) if len(costs) == len(every) else None
    return Usage(
        _sum(usage.input_tokens for usage in every),
        _sum(usage.output_tokens for usage in every),
        _sum(usage.total_tokens for usage in every),
        cost if len(sources) == 1 else None,
        sources.pop() if len(sources) == 1 else None,
    )


def _sum(parts: Iterable[int | None]) -> int | None:
    total = 0
    for part in parts:
        if part is None:
            return None
        total += part
    return total


def _count(key: str, value: object, wrong: list[str]) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST_TOKENS:
        wrong.append(f"`{key}` is no whole number of tokens")
        return None
    return value


def _cost(value: object, wrong: list[str]) -> float | None:
    if value is None:
        return None
    if not isinstance(value, int | Decimal) or isinstance(value, bool):
        wrong.append("`cost` is no number")
        return None
    cost = float(Decimal(value))
    if not math.isfinite(cost) or cost < 0:
        wrong.append("`cost` is no amount that can be")
        return None
    return cost


def _source(value: object, wrong: list[str]) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        wrong.append("`source` is no text")
        return None
    return value[:_LONGEST_SOURCE]


def _garbage(why: str) -> Stated:
    return Stated(Usage(), (_finding(why),))


def _finding(why: str) -> Finding:
    return Finding("fixer-usage", f"its usage is not known, because of how it states it: {why}", blocks=False)
