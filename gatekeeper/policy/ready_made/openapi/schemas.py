"""Owns which changes of a schema break somebody: what is sent may not be narrowed, what is received not be widened.

A pair of schemas is looked at once, by itself; what else it leads to is walked for every place that uses it, the
nearest first, and never in a circle.
"""

from __future__ import annotations

import json
from collections import deque
from typing import Literal, TypeAlias

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.ready_made.openapi.contract import Contract, Node, Unfit, name_of
from gatekeeper.policy.ready_made.openapi.shape import Shape, Shapes

Side: TypeAlias = Literal["request", "response"]
_Key: TypeAlias = tuple[int, int, Side]
_Choices: TypeAlias = tuple[tuple[Node, ...], ...]
_MOST_PAIRS = 200_000
_WIDER_FORMATS = frozenset({("int32", "int64"), ("float", "double")})


class Changes:
    """What was found between two schemas: `faults` break somebody, `warnings` may."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.warnings: list[str] = []

    def __bool__(self) -> bool:
        return bool(self.faults or self.warnings)


class _Next(NamedTuple):
    """A pair of schemas that a pair leads to, by `suffix`: the property's name, the items."""

    suffix: str
    key: _Key
    base: Node
    head: Node


class _Pair:
    """What one pair of schemas says by itself, each with the suffix of its place, and where it leads."""

    def __init__(self) -> None:
        self.faults: list[tuple[str, str]] = []
        self.warnings: list[tuple[str, str]] = []
        self.following: list[_Next] = []


class Schemas:
    """Compares schemas of two versions of one API, from the side of who calls it."""

    def __init__(self, base: Contract, head: Contract) -> None:
        self._base = Shapes(base)
        self._head = Shapes(head)
        self._pairs: dict[_Key, _Pair] = {}
        self._alike: set[_Key] = set()

    def compare(self, base: Node, head: Node, side: Side, where: str) -> Changes:
        """What changed from `base` to `head`, which is said of `where`.

        Raises:
            Unfit: a reference leads nowhere, or there are more pairs of schemas than are compared.
        """
        changes, seen = self._walked(base, head, side, where)
        if not changes:
            self._alike |= seen
        return changes

    def _walked(self, base: Node, head: Node, side: Side, where: str) -> tuple[Changes, set[_Key]]:
        """The changes, and all pairs that were seen on the way to them."""
        changes = Changes()
        first = self._next(where, base, head, side)
        if first.key in self._alike:
            return changes, set()
        seen = {first.key}
        pending = deque([first])
        while pending:
            place, key, old, new = pending.popleft()
            pair = self._pairs.get(key) or self._pair(key, old, new)
            changes.faults += [f"{place}{suffix}: {text}" for suffix, text in pair.faults]
            changes.warnings += [f"{place}{suffix}: {text}" for suffix, text in pair.warnings]
            for step in pair.following:
                if step.key not in seen and step.key not in self._alike:
                    seen.add(step.key)
                    pending.append(step._replace(suffix=f"{place}{step.suffix}"))
        return changes, seen

    def _next(self, suffix: str, base: Node, head: Node, side: Side) -> _Next:
        key = (id(self._base.target(base)), id(self._head.target(head)), side)
        return _Next(suffix, key, base, head)

    def _pair(self, key: _Key, base: Node, head: Node) -> _Pair:
        side = key[2]
        if len(self._pairs) >= _MOST_PAIRS:
            raise Unfit("the two documents have more pairs of schemas than our own check compares")
        # Known before it is whole: alternatives that hold it again find nothing in it yet.
        out = self._pairs[key] = _Pair()
        old, new = self._base.of(base), self._head.of(head)
        _types(old, new, side, out)
        _values(old, new, side, out)
        self._properties(old, new, side, out)
        if old.items is not None and new.items is not None:
            out.following.append(self._next("[]", old.items, new.items, side))
        self._choices(old.choices or ((base,),), new.choices or ((head,),), side, out)
        for keyword in old.unread.keys() | new.unread.keys():
            if old.unread.get(keyword) != new.unread.get(keyword):
                out.warnings.append(("", f"`{keyword}` changed, and our own check does not compare it"))
        return out

    def _properties(self, old: Shape, new: Shape, side: Side, out: _Pair) -> None:
        for name, schema in old.properties.items():
            here = f".{name}"
            if not _counts(self._base.of(schema), side):
                continue
            if name in new.properties:
                out.following.append(self._next(here, schema, new.properties[name], side))
            elif side == "response":
                out.faults.append((here, "the property is gone"))
            elif new.closed:
                out.faults.append((here, "the property is gone, and who sends it is refused"))
            else:
                out.warnings.append((here, "the property is gone, and what is sent in it is ignored"))
        if side == "request":
            for name in sorted(new.required - old.required):
                if name not in new.properties or _counts(self._head.of(new.properties[name]), side):
                    what = "is required now" if name in old.properties else "is new and required"
                    out.faults.append((f".{name}", f"the property {what}"))
            if new.closed and not old.closed:
                out.faults.append(("", "other properties are refused now"))
        else:
            for name in sorted((old.required - new.required) & new.properties.keys()):
                if _counts(self._head.of(new.properties[name]), side):
                    out.faults.append((f".{name}", "the property may be missing now"))
        if old.additional is not None and new.additional is not None:
            out.following.append(self._next(".*", old.additional, new.additional, side))

    def _choices(self, old: _Choices, new: _Choices, side: Side, out: _Pair) -> None:
        """Each alternative that may be sent must fit one that is taken."""
        if len(old) > 1 or len(new) > 1:
            message = "several anyOf or oneOf at one place; our own check does not compare them"
            out.warnings.append(("", message))
            return
        sent, taken = (old[0], new[0]) if side == "request" else (new[0], old[0])
        if len(sent) == len(taken) == 1:
            return
        for index, option in enumerate(sent):
            name = name_of(option)
            twin = next((other for other in taken if name and name_of(other) == name), None)
            if twin is not None:
                out.following.append(self._next(f"({name})", *_ordered(option, twin, side), side))
            elif not any(self._fits(option, other, side) for other in taken):
                said = name or f"alternative {index + 1}"
                if side == "request":
                    out.faults.append(("", f"{said} is not taken any more"))
                else:
                    out.warnings.append(("", f"{said} may come now, and did not before"))

    def _fits(self, sent: Node, taken: Node, side: Side) -> bool:
        """Whether one alternative is all right where the other is expected."""
        # What is seen here may not be whole yet, and so is not known to be alike.
        changes, _ = self._walked(*_ordered(sent, taken, side), side, "")
        return not changes.faults and not (changes.warnings and side == "response")


def _ordered(sent: Node, taken: Node, side: Side) -> tuple[Node, Node]:
    return (sent, taken) if side == "request" else (taken, sent)


def _counts(shape: Shape, side: Side) -> bool:
    return not (shape.read_only if side == "request" else shape.write_only)


def _types(old: Shape, new: Shape, side: Side, out: _Pair) -> None:
    sent, taken = (old, new) if side == "request" else (new, old)
    # Of alternatives each is compared by itself.
    several = bool(old.choices and new.choices)
    if not several and taken.types is not None and (sent.types is None or not _fit(sent.types, taken.types)):
        out.faults.append(("", f"the type is {_said(new)} and was {_said(old)}"))
    elif sent.nullable and not taken.nullable and sent.types is not None:
        out.faults.append(("", "null is not allowed any more" if side == "request" else "it may be null now"))
    before, after = sent.format or "", taken.format or ""
    if before == after or (before, after) in _WIDER_FORMATS or (sent.types and sent.types != taken.types):
        return
    if after:
        message = f"the format is {new.format or 'none'} and was {old.format or 'none'}"
        (out.faults if before or side == "request" else out.warnings).append(("", message))


def _values(old: Shape, new: Shape, side: Side, out: _Pair) -> None:
    if side == "response":
        if old.enum is not None and new.enum is None:
            out.warnings.append(("", f"any value may come now, and before only {_listed(old.enum)}"))
        elif old.enum is not None and new.enum is not None and new.enum - old.enum:
            out.warnings.append(("", f"{_listed(new.enum - old.enum)} may come now, and did not before"))
        return
    if new.enum is not None and old.enum is None:
        out.faults.append(("", f"only {_listed(new.enum)} is taken now, and before any value"))
    elif new.enum is not None and old.enum is not None and old.enum - new.enum:
        out.faults.append(("", f"{_listed(old.enum - new.enum)} is not taken any more"))
    for keyword, bound in new.lower.items():
        if keyword not in old.lower or old.lower[keyword] < bound:
            out.faults.append(("", f"`{keyword}` is {bound:g} and was {_bound(old.lower.get(keyword))}"))
    for keyword, bound in new.upper.items():
        if keyword not in old.upper or old.upper[keyword] > bound:
            out.faults.append(("", f"`{keyword}` is {bound:g} and was {_bound(old.upper.get(keyword))}"))
    out.faults += [("", f"must match {pattern!r} now") for pattern in sorted(new.patterns - old.patterns)]
    if new.multiple is not None and (old.multiple is None or old.multiple % new.multiple):
        out.faults.append(("", f"must be a multiple of {new.multiple:g} now"))
    if new.unique and not old.unique:
        out.faults.append(("", "the items must differ now"))


def _fit(sent: frozenset[str], taken: frozenset[str]) -> bool:
    return all(one in taken or (one == "integer" and "number" in taken) for one in sent)


def _said(shape: Shape) -> str:
    return " or ".join(sorted(shape.types)) if shape.types is not None else "any"


def _listed(values: frozenset[str]) -> str:
    shown = sorted(values)[:6]
    more = f" and {len(values) - 6} more" if len(values) > 6 else ""
    return ", ".join(str(json.loads(value)) if value.startswith('"') else value for value in shown) + more


def _bound(bound: float | None) -> str:
    return "none" if bound is None else f"{bound:g}"
