"""Owns where things stand in a JSON text, so that one can be added or taken out and all else stays. Edits nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from json.decoder import scanstring  # type: ignore[attr-defined]  # the reader of strings that json itself uses

from gatekeeper.model.record import NamedTuple

_SPACE = re.compile(r"[ \t\r\n]*")
_PLAIN = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null")
_DEEPEST = 100


class NotEditable(ValueError):
    """A text that cannot be edited safely; its words say why, and where."""


class Part(NamedTuple):
    """A child of an object or list: from `start`, its key's quote if it has a `key`, to the end of its `value`."""

    key: str
    start: int
    value: Place


class Place(NamedTuple):
    """A value in a text, from `start` to before `end`; `kind` is the first sign of it."""

    kind: str
    start: int
    end: int
    parts: tuple[Part, ...] = ()

    def named(self, key: str) -> Place | None:
        """The value of `key`; None where there is none."""
        return next((part.value for part in self.parts if part.key == key), None)


def place_of(text: str) -> Place:
    """The object that `text` is. Raises `NotEditable`: it is no JSON, has comments, names a key twice, or is a list."""
    found = _value(text, _after_space(text, 0), 0)
    end = _after_space(text, found.end)
    if end != len(text):
        raise _trouble(text, end)
    if found.kind != "{":
        raise NotEditable("it holds no JSON object")
    return found


def _value(text: str, at: int, depth: int) -> Place:
    if depth > _DEEPEST:
        raise NotEditable("it is nested too deep")
    sign = text[at : at + 1]
    if sign == '"':
        return Place(sign, at, _string(text, at)[1])
    if sign in {"{", "["} and sign:
        return _container(text, at, depth)
    found = _PLAIN.match(text, at)
    if found is None or not found[0]:
        raise _trouble(text, at)
    return Place(found[0][0], at, found.end())


def _container(text: str, start: int, depth: int) -> Place:
    sign = text[start]
    closing = "}" if sign == "{" else "]"
    at = _after_space(text, start + 1)
    parts: list[Part] = []
    while text[at : at + 1] != closing or parts:
        part = _part(text, at, depth, named=sign == "{")
        if part.key and any(other.key == part.key for other in parts):
            raise NotEditable(f"{_line(text, at)} names {part.key!r} a second time")
        parts.append(part)
        at = _after_space(text, part.value.end)
        if text[at : at + 1] == closing:
            break
        if text[at : at + 1] != ",":
            raise _trouble(text, at)
        at = _after_space(text, at + 1)
    return Place(sign, start, at + 1, tuple(parts))


def _part(text: str, at: int, depth: int, *, named: bool) -> Part:
    if not named:
        return Part("", at, _value(text, at, depth + 1))
    if text[at : at + 1] != '"':
        raise _trouble(text, at)
    key, end = _string(text, at)
    colon = _after_space(text, end)
    if text[colon : colon + 1] != ":":
        raise _trouble(text, colon)
    return Part(key, at, _value(text, _after_space(text, colon + 1), depth + 1))


def _string(text: str, at: int) -> tuple[str, int]:
    try:
        found: tuple[str, int] = scanstring(text, at + 1, True)
    except ValueError:
        raise _trouble(text, at) from None
    return found


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found is not None else at


def _trouble(text: str, at: int) -> NotEditable:
    if text.startswith(("//", "/*", "#"), at):
        return NotEditable(f"{_line(text, at)} has a comment, which JSON has not")
    here = text[at : at + 1]
    return NotEditable(f"{_line(text, at)} is no JSON" + (f", at {here!r}" if here else ": it ends too early"))


def _line(text: str, at: int) -> str:
    return f"line {text.count(chr(10), 0, at) + 1}"


def each_item(place: Place) -> Iterator[tuple[int, Place]]:
    """The values in a list, with their numbers."""
    return ((index, part.value) for index, part in enumerate(place.parts))
