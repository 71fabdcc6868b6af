"""Owns how events become the journal's JSON and back: a stored format (``v`` 1). Knows no file and no chain.

Everything follows from the records themselves: a record is an object, a tuple a list, a tuple of (text, value) pairs
an object, an enum its value, and a trailing underscore is dropped from a name. The way of each class is worked out
once, at its first use, because an event costs its run time. Fields that hold their default are left out, save those
that the format promises (`_PROMISED`); on the way back, missing optional fields take their default and unknown ones
are ignored, so that older and newer journals of the same ``v`` can be read.
"""

import types
import typing
from collections.abc import Callable
from enum import Enum
from functools import cache
from typing import Any, TypeAlias

from gatekeeper.model.events import (
    EVENTS,
    NAMES,
    Event,
    IncidentHappened,
    NoteAdded,
    RoundFinished,
    RunFinished,
    RunStarted,
    StepFinished,
)
from gatekeeper.model.help_events import BreakerOpened, FixerFinished, TreeChanged, Usage
from gatekeeper.model.outcome import CheckResult, ProbeResult, Received
from gatekeeper.model.record import NamedTuple

VERSION = 1
"""The ``v`` that this code writes, and the newest that it reads."""

Mask: TypeAlias = Callable[[str], str]
Value: TypeAlias = Any
"""What a field of a record, or a place in its JSON, may hold: the types are checked here, at run time."""

_PROMISED: dict[type, tuple[str, ...]] = {
    RunStarted: ("switches",),
    RoundFinished: ("signature",),
    StepFinished: ("duration_s", "findings", "strays"),
    TreeChanged: ("integrity",),
    FixerFinished: ("duration_s", "changed", "commits", "findings", "usage"),
    Usage: ("input_tokens", "output_tokens", "total_tokens", "cost", "source"),
    IncidentHappened: ("gate", "step"),
    NoteAdded: ("domain",),
    RunFinished: ("log", "steps", "incidents"),
}
# Digests and closed vocabularies never hold a secret, and a short secret must not be able to mangle them.
_NEVER_SECRET = frozenset(
    {
        *("verdict", "tier", "how", "by", "kind", "tree", "definition", "commit", "signature"),
        *("digest", "output_digest", "dossier_digest", "before", "after", "report_format"),
        *("snapshot", "brief", "inputs", "class_", "pattern", "outcome", "committed"),
    }
)
_MAY_BE_SECRET = frozenset({(BreakerOpened, "signature")})
"""What is called like a digest, and may be a name that somebody's output said."""


class Undecodable(ValueError):
    """Data that is not a stored form of its event; the text says what was found."""


class _Unknown(Undecodable):
    """A member of a closed list that a later version must have added."""


class _Way(NamedTuple):
    """How values of one type are written, read, and freed of secrets; None where they stay as they are."""

    encode: Callable[[Value], Value] | None
    decode: Callable[[Value], Value]
    mask: Callable[[Value, Mask], Value] | None


class _Field(NamedTuple):
    position: int
    key: str
    always: bool
    default: Value
    way: _Way
    secret: bool


def encode(event: Event) -> tuple[str, dict[str, Value]]:
    """The journal's name of `event`, and its data as plain JSON values."""
    kind: Value = type(event)
    return NAMES[kind], _encode_record(event, _fields(kind))


def decode(name: str, data: object) -> Event | None:
    """The event called `name`, or None where this version knows no such event (or not that kind of incident).

    Raises:
        Undecodable: a required field is missing, or a value has a type that it never has.
    """
    kind: Value = EVENTS.get(name)
    if kind is None:
        return None
    try:
        return typing.cast("Event", _way(kind).decode(data))
    except _Unknown:
        return None


def promised(kind: type) -> tuple[str, ...]:
    """The fields of a kind of record that are written also where they hold their default."""
    return _PROMISED.get(kind, ())


def masked(event: Event, mask: Mask) -> Event:
    """`event` with every text that could hold a secret put through `mask`."""
    return typing.cast("Event", _mask_record(event, mask))


def _class_of(record: Value) -> Value:
    return type(record)


def _encode_record(record: Value, fields: tuple[_Field, ...]) -> dict[str, Value]:
    data: dict[str, Value] = {}
    for index, key, always, default, way, _ in fields:
        value = record[index]
        if always or value != default:
            data[key] = value if way.encode is None or value is None else way.encode(value)
    return data


def _mask_record(record: Value, mask: Mask) -> Value:
    values = list(record)
    for index, _, _, _, way, secret in _fields(_class_of(record)):
        if secret and way.mask is not None and values[index] is not None:
            values[index] = way.mask(values[index], mask)
    return type(record)._make(values)


@cache
def _fields(kind: Value) -> tuple[_Field, ...]:
    hints = typing.get_type_hints(kind)
    defaults: dict[str, Value] = kind._field_defaults
    always = promised(kind)
    return tuple(
        _Field(
            index,
            name.rstrip("_"),
            name not in defaults or name in always,
            defaults.get(name),
            _way(hints[name]),
            name not in _NEVER_SECRET or (kind, name) in _MAY_BE_SECRET,
        )
        for index, name in enumerate(kind._fields)
    )


@cache
def _way(hint: Value) -> _Way:
    origin: Value = typing.get_origin(hint)
    arguments = typing.get_args(hint)
    if origin in {typing.Union, types.UnionType}:
        (inner,) = (argument for argument in arguments if argument is not type(None))
        way = _way(inner)
        return way._replace(decode=lambda value: None if value is None else way.decode(value))
    if origin is typing.Literal:
        return _Way(None, _one_of(arguments), None)
    if origin is tuple and arguments[-1] is Ellipsis:
        return _many(arguments[0])
    if origin is tuple:
        return _fixed(arguments)
    if hint is CheckResult:
        return _Way(_encode_check, _decode_check, _mask_record)
    if issubclass(hint, Enum):
        return _Way(lambda value: value.value, _member_of(hint), None)
    return _record(hint) if issubclass(hint, tuple) else _plain(hint)


def _plain(kind: type) -> _Way:
    allowed = (int, float) if kind is float else kind

    def read(value: Value) -> Value:
        # bool is an int to Python, and not to anybody who reads a journal.
        if not isinstance(value, allowed) or (isinstance(value, bool) and kind is not bool):
            raise Undecodable(f"{value!r:.60} where {kind.__name__} belongs")
        return value

    return _Way(None, read, (lambda value, mask: mask(value)) if kind is str else None)


def _record(kind: Value) -> _Way:
    def read(data: Value) -> Value:
        if not isinstance(data, dict):
            raise Undecodable(f"{data!r:.60} where an object belongs")
        values = []
        for _, key, _, default, way, _ in _fields(kind):
            if key in data:
                try:
                    values.append(way.decode(data[key]))
                except Undecodable as inner:
                    raise type(inner)(f"{key}: {inner}") from None
            elif key in kind._field_defaults or f"{key}_" in kind._field_defaults:
                values.append(default)
            else:
                raise Undecodable(f"{key} is missing")
        return kind._make(values)

    return _Way(lambda record: _encode_record(record, _fields(kind)), read, _mask_record)


def _many(inner: Value) -> _Way:
    origin: Value = typing.get_origin(inner)
    if origin is tuple and len(pair := typing.get_args(inner)) == 2 and pair[0] is str:
        return _mapping(_way(pair[1]))
    way = _way(inner)
    write, clean = way.encode, way.mask

    def read(values: Value) -> Value:
        if not isinstance(values, list):
            raise Undecodable(f"{values!r:.60} where a list belongs")
        return tuple(map(way.decode, values))

    return _Way(
        list if write is None else lambda values: [write(value) for value in values],
        read,
        None if clean is None else lambda values, mask: tuple(clean(value, mask) for value in values),
    )


def _mapping(way: _Way) -> _Way:
    write, clean = way.encode or (lambda value: value), way.mask or (lambda value, _mask: value)

    def read(data: Value) -> Value:
        if not isinstance(data, dict):
            raise Undecodable(f"{data!r:.60} where an object belongs")
        return tuple((key, way.decode(value)) for key, value in data.items())

    return _Way(
        lambda pairs: {key: write(value) for key, value in pairs},
        read,
        lambda pairs, mask: tuple((mask(key), clean(value, mask)) for key, value in pairs),
    )


def _fixed(arguments: tuple[Value, ...]) -> _Way:
    ways = tuple(map(_way, arguments))

    def read(values: Value) -> Value:
        if not isinstance(values, list) or len(values) != len(ways):
            raise Undecodable(f"{values!r:.60} where a list of {len(ways)} belongs")
        return tuple(way.decode(value) for way, value in zip(ways, values, strict=True))

    def clean(values: Value, mask: Mask) -> Value:
        return tuple(way.mask(value, mask) if way.mask else value for way, value in zip(ways, values, strict=True))

    return _Way(list, read, clean)


def _one_of(allowed: tuple[Value, ...]) -> Callable[[Value], Value]:
    def read(value: Value) -> Value:
        if value not in allowed:
            raise Undecodable(f"{value!r:.60} where one of {', '.join(map(str, allowed))} belongs")
        return value

    return read


def _member_of(kind: type[Enum]) -> Callable[[Value], Value]:
    members = {member.value: member for member in kind}

    def read(value: Value) -> Value:
        if not isinstance(value, str) or value not in members:
            raise _Unknown(f"{value!r:.60} is no {kind.__name__} that this version knows")
        return members[value]

    return read


def _encode_check(check: CheckResult) -> dict[str, Value]:
    # The format shows a check flat, with a verdict, as people think of it.
    probe = check.probe
    data: dict[str, Value] = {
        "kind": check.kind,
        "request": probe.request,
        "expected": probe.expected,
        "received": _encode_record(probe.received, _fields(Received)),
        "verdict": "passed" if probe.met else "failed",
    }
    if probe.problem:
        data["problem"] = probe.problem
    if probe.captures:
        data["captures"] = dict(probe.captures)
    return data


def _decode_check(data: Value) -> CheckResult:
    if not isinstance(data, dict):
        raise Undecodable(f"{data!r:.60} where an object belongs")
    flat = {**data, "met": data.get("verdict") == "passed"}
    kind = _way(typing.get_type_hints(CheckResult)["kind"]).decode(data.get("kind"))
    return CheckResult(kind, _way(ProbeResult).decode(flat))
