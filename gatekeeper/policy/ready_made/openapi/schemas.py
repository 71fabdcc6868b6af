"""Owns which changes of a schema break somebody: what is sent may not be narrowed, what is received not be widened."""

from __future__ import annotations

import json
from typing import Literal, TypeAlias

from gatekeeper.policy.ready_made.openapi.contract import Contract, Node, Unfit, name_of
from gatekeeper.policy.ready_made.openapi.shape import Shape, Shapes

Side: TypeAlias = Literal["request", "response"]
_Choices: TypeAlias = tuple[tuple[Node, ...], ...]
_MOST_COMPARISONS = 500_000
_WIDER_FORMATS = frozenset({("int32", "int64"), ("float", "double")})


class Changes:
    """What was found between two schemas: `faults` break somebody, `warnings` may."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.warnings: list[str] = []

    def __bool__(self) -> bool:
        return bool(self.faults or self.warnings)


class Schemas:
    """Compares schemas of two versions of one API, from the side of who calls it.

    A pair that is met again while it is compared (a schema that holds itself) adds nothing; a pair that had no change
    is not compared again.
    """

    def __init__(self, base: Contract, head: Contract) -> None:
        self._base = Shapes(base)
        self._head = Shapes(head)
        self._alike: set[tuple[int, int, Side]] = set()
        self._seen: set[tuple[int, int, Side]] = set()
        self._left = _MOST_COMPARISONS

    def compare(self, base: Node, head: Node, side: Side, where: str) -> Changes:
        """What changed from `base` to `head`, which is said of `where`.

        Raises:
            Unfit: a reference leads nowhere, or the schemas have more alternatives than can be tried.
        """
        self._seen = set()
        changes = Changes()
        try:
            self._schema(base, head, side, where, changes)
        except RecursionError:
            raise Unfit(f"{where}: the schemas are nested too deeply for our own check") from None
        if not changes:
            self._alike |= self._seen
        return changes

    def _schema(self, base: Node, head: Node, side: Side, where: str, out: Changes) -> None:
        key = (id(self._base.target(base)), id(self._head.target(head)), side)
        if key in self._seen or key in self._alike:
            return
        self._seen.add(key)
        self._left -= 1
        if self._left < 0:
            raise Unfit("the two documents have more schemas and alternatives than our own check compares")
        old, new = self._base.of(base), self._head.of(head)
        self._types(old, new, side, where, out)
        self._values(old, new, side, where, out)
        self._properties(old, new, side, where, out)
        if old.items is not None and new.items is not None:
            self._schema(old.items, new.items, side, f"{where}[]", out)
        self._choices(old.choices or ((base,),), new.choices or ((head,),), side, where, out)
        for keyword in old.unread.keys() | new.unread.keys():
            if old.unread.get(keyword) != new.unread.get(keyword):
                out.warnings.append(f"{where}: `{keyword}` changed, and our own check does not compare it")

    def _types(self, old: Shape, new: Shape, side: Side, where: str, out: Changes) -> None:
        sent, taken = (old, new) if side == "request" else (new, old)
        # Of alternatives each is compared by itself.
        several = bool(old.choices and new.choices)
        if not several and taken.types is not None and (sent.types is None or not _fit(sent.types, taken.types)):
            out.faults.append(f"{where}: the type is {_types(new)} and was {_types(old)}")
        elif sent.nullable and not taken.nullable and sent.types is not None:
            what = "null is not allowed any more" if side == "request" else "it may be null now"
            out.faults.append(f"{where}: {what}")
        before, after = sent.format or "", taken.format or ""
        if before == after or (before, after) in _WIDER_FORMATS or (sent.types and sent.types != taken.types):
            return
        said = f"{where}: the format is {new.format or 'none'} and was {old.format or 'none'}"
        if after:
            (out.faults if before or side == "request" else out.warnings).append(said)

    def _values(self, old: Shape, new: Shape, side: Side, where: str, out: Changes) -> None:
        if side == "response":
            if old.enum is not None and new.enum is None:
                out.warnings.append(f"{where}: any value may come now, and before only {_listed(old.enum)}")
            elif old.enum is not None and new.enum is not None and new.enum - old.enum:
                out.warnings.append(f"{where}: {_listed(new.enum - old.enum)} may come now, and did not before")
            return
        if new.enum is not None and old.enum is None:
            out.faults.append(f"{where}: only {_listed(new.enum)} is taken now, and before any value")
        elif new.enum is not None and old.enum is not None and old.enum - new.enum:
            out.faults.append(f"{where}: {_listed(old.enum - new.enum)} is not taken any more")
        for keyword, bound in new.lower.items():
            if keyword not in old.lower or old.lower[keyword] < bound:
                out.faults.append(f"{where}: `{keyword}` is {bound:g} and was {_bound(old.lower.get(keyword))}")
        for keyword, bound in new.upper.items():
            if keyword not in old.upper or old.upper[keyword] > bound:
                out.faults.append(f"{where}: `{keyword}` is {bound:g} and was {_bound(old.upper.get(keyword))}")
        out.faults += [f"{where}: must match {pattern!r} now" for pattern in sorted(new.patterns - old.patterns)]
        if new.multiple is not None and (old.multiple is None or old.multiple % new.multiple):
            out.faults.append(f"{where}: must be a multiple of {new.multiple:g} now")
        if new.unique and not old.unique:
            out.faults.append(f"{where}: the items must differ now")

    def _properties(self, old: Shape, new: Shape, side: Side, where: str, out: Changes) -> None:
        for name, schema in old.properties.items():
            here = f"{where}.{name}"
            if not self._counts(self._base.of(schema), side):
                continue
            if name in new.properties:
                self._schema(schema, new.properties[name], side, here, out)
            elif side == "response":
                out.faults.append(f"{here}: the property is gone")
            elif new.closed:
                out.faults.append(f"{here}: the property is gone, and who sends it is refused")
            else:
                out.warnings.append(f"{here}: the property is gone, and what is sent in it is ignored")
        if side == "request":
            for name in sorted(new.required - old.required):
                if name not in new.properties or self._counts(self._head.of(new.properties[name]), side):
                    what = "is required now" if name in old.properties else "is new and required"
                    out.faults.append(f"{where}.{name}: the property {what}")
            if new.closed and not old.closed:
                out.faults.append(f"{where}: other properties are refused now")
        else:
            for name in sorted((old.required - new.required) & new.properties.keys()):
                if self._counts(self._head.of(new.properties[name]), side):
                    out.faults.append(f"{where}.{name}: the property may be missing now")
        if old.additional is not None and new.additional is not None:
            self._schema(old.additional, new.additional, side, f"{where}.*", out)

    @staticmethod
    def _counts(shape: Shape, side: Side) -> bool:
        return not (shape.read_only if side == "request" else shape.write_only)

    def _choices(self, old: _Choices, new: _Choices, side: Side, where: str, out: Changes) -> None:
        """Each alternative that may be sent must fit one that is taken."""
        if len(old) > 1 or len(new) > 1:
            out.warnings.append(f"{where}: several anyOf or oneOf at one place; our own check does not compare them")
            return
        sent, taken = (old[0], new[0]) if side == "request" else (new[0], old[0])
        if len(sent) == len(taken) == 1:
            return
        for index, option in enumerate(sent):
            name = name_of(option)
            twin = next((other for other in taken if name and name_of(other) == name), None)
            if twin is not None:
                self._schema(*self._ordered(option, twin, side), side, f"{where}({name})", out)
            elif not any(self._fits(option, other, side, where) for other in taken):
                said = name or f"alternative {index + 1}"
                if side == "request":
                    out.faults.append(f"{where}: {said} is not taken any more")
                else:
                    out.warnings.append(f"{where}: {said} may come now, and did not before")

    def _fits(self, sent: Node, taken: Node, side: Side, where: str) -> bool:
        """Whether one alternative is all right where the other is expected. What was tried in vain leaves no trace."""
        seen, trial = set(self._seen), Changes()
        self._schema(*self._ordered(sent, taken, side), side, where, trial)
        fits = not trial.faults and not (trial.warnings and side == "response")
        if not fits:
            self._seen = seen
        return fits

    @staticmethod
    def _ordered(sent: Node, taken: Node, side: Side) -> tuple[Node, Node]:
        return (sent, taken) if side == "request" else (taken, sent)


def _fit(sent: frozenset[str], taken: frozenset[str]) -> bool:
    return all(one in taken or (one == "integer" and "number" in taken) for one in sent)


def _types(shape: Shape) -> str:
    return " or ".join(sorted(shape.types)) if shape.types is not None else "any"


def _listed(values: frozenset[str]) -> str:
    shown = sorted(values)[:6]
    more = f" and {len(values) - 6} more" if len(values) > 6 else ""
    return ", ".join(str(json.loads(value)) if value.startswith('"') else value for value in shown) + more


def _bound(bound: float | None) -> str:
    return "none" if bound is None else f"{bound:g}"
