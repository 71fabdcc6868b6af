"""Owns what a schema says in one normal form: types, bounds, properties, alternatives; parts put together by allOf.

OpenAPI 3.0 and 3.1 say the same things in different words (`nullable` and ``type: null``, two forms of exclusive
bounds, `enum` and `const`); here they are one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.ready_made.openapi.contract import Contract, Node, Unfit, listed

_LOWER = ("minLength", "minItems", "minProperties", "minimum", "exclusiveMinimum")
_UPPER = ("maxLength", "maxItems", "maxProperties", "maximum", "exclusiveMaximum")
_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
_UNREAD = (
    *("not", "if", "then", "else", "contains"),
    *("patternProperties", "propertyNames", "dependentSchemas", "prefixItems"),
)
_DEEPEST = 40


class Shape(NamedTuple):
    """What a value must be. None says nothing of it: any type, any value, any format.

    `types` are without null, which `nullable` stands for. `lower` and `upper` are bounds by their keyword; `choices`
    are the alternatives of each anyOf and oneOf. `unread` is what our comparison knows nothing of.
    """

    types: frozenset[str] | None = None
    nullable: bool = True
    enum: frozenset[str] | None = None
    format: str | None = None
    properties: Mapping[str, Node] = {}
    required: frozenset[str] = frozenset()
    closed: bool = False
    additional: Node = None
    items: Node = None
    lower: Mapping[str, float] = {}
    upper: Mapping[str, float] = {}
    patterns: frozenset[str] = frozenset()
    multiple: float | None = None
    unique: bool = False
    choices: tuple[tuple[Node, ...], ...] = ()
    read_only: bool = False
    write_only: bool = False
    unread: Mapping[str, str] = {}


class Shapes:
    """The shapes of one contract's schemas, each made once."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._made: dict[int, Shape] = {}
        self._joined: dict[tuple[int, int], Node] = {}

    def target(self, node: Node) -> Node:
        """The schema that `node` leads to; of a reference with neighbours the reference itself."""
        while isinstance(node, dict) and set(node) == {"$ref"}:
            node = self._contract.resolved(node)
        return node

    def of(self, node: Node, deep: int = 0) -> Shape:
        """The shape of the schema that `node` is or leads to. Raises `Unfit` where it can't be made out."""
        node = self.target(node)
        if not isinstance(node, dict):
            return Shape()
        made = self._made.get(id(node))
        if made is None:
            if deep > _DEEPEST:
                raise Unfit(f"{self._contract.root}: schemas are put together of each other without end")
            made = self._make(node, deep)
            self._made[id(node)] = made
        return made

    def _make(self, node: dict[str, Node], deep: int) -> Shape:
        shape = _own(node)
        parts = [self.of(part, deep + 1) for part in listed(node.get("allOf")) if isinstance(part, dict)]
        if "$ref" in node:
            parts.append(self.of(self._contract.resolved(node), deep + 1))
        for keyword in ("oneOf", "anyOf"):
            options = tuple(listed(node.get(keyword)))
            left = tuple(option for option in options if not _is_null(self.target(option)))
            if not left:
                continue
            found = [self.of(option, deep + 1) for option in left]
            nullable = len(left) < len(options) or any(option.nullable for option in found)
            if len(left) == 1:
                parts.append(found[0]._replace(nullable=nullable))
            else:
                parts.append(Shape(types=_union(found), nullable=nullable, choices=(left,)))
        for part in parts:
            shape = self._and(shape, part)
        return shape._replace(nullable=True) if node.get("nullable") is True else shape

    def _and(self, one: Shape, other: Shape) -> Shape:
        properties = dict(one.properties)
        for name, schema in other.properties.items():
            properties[name] = self._join(properties[name], schema) if name in properties else schema
        return Shape(
            types=_both(one.types, other.types),
            nullable=one.nullable and other.nullable,
            enum=one.enum if other.enum is None else other.enum if one.enum is None else one.enum & other.enum,
            format=one.format or other.format,
            properties=properties,
            required=one.required | other.required,
            closed=one.closed or other.closed,
            additional=one.additional if other.additional is None else other.additional,
            items=self._join(one.items, other.items) if one.items and other.items else one.items or other.items,
            lower={**other.lower, **{key: max(value, other.lower.get(key, value)) for key, value in one.lower.items()}},
            upper={**other.upper, **{key: min(value, other.upper.get(key, value)) for key, value in one.upper.items()}},
            patterns=one.patterns | other.patterns,
            multiple=one.multiple if other.multiple is None else other.multiple,
            unique=one.unique or other.unique,
            choices=one.choices + other.choices,
            read_only=one.read_only or other.read_only,
            write_only=one.write_only or other.write_only,
            unread={**one.unread, **other.unread},
        )

    def _join(self, one: Node, other: Node) -> Node:
        # Made once a pair: a schema that contains itself must come back to the same node.
        return self._joined.setdefault((id(one), id(other)), {"allOf": [one, other]})


def _own(node: dict[str, Node]) -> Shape:
    """What the schema says by itself."""
    written = node.get("type")
    types = frozenset([written]) if isinstance(written, str) else frozenset(map(str, listed(written))) or None
    values = [node["const"]] if "const" in node else node.get("enum")
    if types is None:
        types = _implied(node, values)
    nullable = types is None or "null" in types or node.get("nullable") is True
    additional = node.get("additionalProperties")
    return Shape(
        types=None if types is None else types - {"null"},
        nullable=nullable,
        enum=_values(values) if isinstance(values, list) else None,
        format=node["format"] if isinstance(node.get("format"), str) else None,
        properties=node["properties"] if isinstance(node.get("properties"), dict) else {},
        required=frozenset(map(str, node["required"])) if isinstance(node.get("required"), list) else frozenset(),
        closed=additional is False or node.get("unevaluatedProperties") is False,
        additional=additional if isinstance(additional, dict) and additional else None,
        items=node["items"] if isinstance(node.get("items"), dict) else None,
        lower=_bounds(node, _LOWER),
        upper=_bounds(node, _UPPER),
        patterns=frozenset([node["pattern"]]) if isinstance(node.get("pattern"), str) else frozenset(),
        multiple=float(node["multipleOf"]) if _is_number(node.get("multipleOf")) else None,
        unique=node.get("uniqueItems") is True,
        read_only=node.get("readOnly") is True,
        write_only=node.get("writeOnly") is True,
        unread={key: json.dumps(node[key], sort_keys=True) for key in _UNREAD if key in node},
    )


def _values(values: list[Node]) -> frozenset[str]:
    return frozenset(json.dumps(value, sort_keys=True) for value in values if value is not None)


def _implied(node: dict[str, Node], values: Node) -> frozenset[str] | None:
    """The types that a schema without `type` means all the same."""
    if isinstance(values, list) and values:
        return frozenset("null" if value is None else _TYPES.get(type(value), "string") for value in values)
    if "properties" in node or "additionalProperties" in node:
        return frozenset({"object"})
    return frozenset({"array"}) if "items" in node else None


def _bounds(node: dict[str, Node], keywords: tuple[str, ...]) -> dict[str, float]:
    found = {keyword: float(node[keyword]) for keyword in keywords if _is_number(node.get(keyword))}
    for plain, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if node.get(exclusive) is True and plain in found:  # as OpenAPI 3.0 says it
            found[exclusive] = found.pop(plain)
    return found


def _union(options: list[Shape]) -> frozenset[str] | None:
    """All types of the alternatives, where each one says its own."""
    found = [option.types for option in options if option.types is not None]
    return frozenset().union(*found) if len(found) == len(options) else None


def _both(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    if one is None or other is None:
        return other if one is None else one
    both = one & other
    if ("number" in one and "integer" in other) or ("integer" in one and "number" in other):
        both |= {"integer"}
    return both


def _is_null(node: Node) -> bool:
    return isinstance(node, dict) and (node.get("type") == "null" or ("const" in node and node["const"] is None))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
