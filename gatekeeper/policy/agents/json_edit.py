"""Owns adding an item to a list deep in a JSON text, and taking it out: nothing else in the text changes. Pure.

Adding is a function of the text and the item, and so taking out can be proven: what is left, with the item added
again, must be the very text. Where an empty list or object is there already, it is filled without a new line, so that
what had been there before can be told from what came with the item.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.agents.json_places import NotEditable, Part, Place, each_item, place_of

_UNIT = "  "


class Entry(NamedTuple):
    """An item, and the keys on the way to its list."""

    way: tuple[str, ...]
    item: Mapping[str, object]


def added(text: str | None, entry: Entry, beside: Mapping[str, object] | None = None) -> str:
    """`text` with `entry` at the end of its list; without a text a new one, with `beside` after it.

    Raises `NotEditable`.
    """
    if text is None:
        whole = {entry.way[0]: _nested(entry.way[1:], [entry.item]), **(beside or {})}
        return json.dumps(whole, indent=_UNIT, ensure_ascii=False) + "\n"
    place = place_of(text)
    unit = _unit(text, place)
    for depth, key in enumerate(entry.way):
        if place.kind != "{":
            raise NotEditable(f"{'.'.join(entry.way[:depth])} is no object")
        inner = place.named(key)
        if inner is None:
            value = _nested(entry.way[depth + 1 :], [entry.item])
            return _inserted(text, place, json.dumps(key, ensure_ascii=False) + ": ", value, unit)
        place = inner
    if place.kind != "[":
        raise NotEditable(f"{'.'.join(entry.way)} is no list")
    return _inserted(text, place, "", entry.item, unit)


def found(text: str, way: tuple[str, ...], is_ours: Callable[[object], bool]) -> tuple[Entry, ...]:
    """The items of the list at the end of `way` that are ours. Raises `NotEditable`."""
    place: Place | None = place_of(text)
    for key in way:
        place = place.named(key) if place is not None else None
    items = (json.loads(text[one.start : one.end]) for _, one in each_item(place)) if place is not None else ()
    return tuple(Entry(way, item) for item in items if is_ours(item))


def removed(text: str, entry: Entry, beside: Mapping[str, object] | None = None) -> str | None:
    """`text` as it was before `entry` was added; None where there was none.

    Where it was changed since, or the item moved, just the item goes, and what is empty without it. Raises
    `NotEditable`.
    """
    if added(None, entry, beside) == text:
        return None
    for candidate in _candidates(text, entry):
        if added(candidate, entry) == text:
            return candidate
    return next(_candidates(text, entry), text)


def _candidates(text: str, entry: Entry) -> Iterator[str]:
    """`text` without the item, and without what holds nothing but it: the most first, and in the end just the item."""
    way = [place_of(text)]
    parts: list[Part] = []
    for key in entry.way:
        part = next((part for part in way[-1].parts if part.key == key), None)
        if part is None:
            return
        parts.append(part)
        way.append(part.value)
    mine = [part for part in way[-1].parts if json.loads(text[part.value.start : part.value.end]) == entry.item]
    if not mine:
        return
    parts.append(mine[-1])
    alone = len(parts) - 1
    while alone and len(way[alone].parts) == 1:
        alone -= 1
    for depth in range(alone, len(parts)):
        yield _without(text, way[depth], parts[depth])


def _without(text: str, holder: Place, part: Part) -> str:
    index = holder.parts.index(part)
    if index:
        return text[: holder.parts[index - 1].value.end] + text[part.value.end :]
    if len(holder.parts) > 1:
        return text[: part.start] + text[holder.parts[1].start :]
    return text[: part.start] + text[part.value.end :]


def _nested(way: tuple[str, ...], items: list[object]) -> object:
    value: object = items
    for key in reversed(way):
        value = {key: value}
    return value


def _inserted(text: str, holder: Place, before: str, value: object, unit: str) -> str:
    new_line = "\r\n" if "\r\n" in text else "\n"
    if not holder.parts:
        depth = _margin(text, holder.start)
        at = holder.start + 1
        written = before + _written(value, unit, depth, new_line)
        return text[:at] + written + text[at:]
    last = holder.parts[-1]
    at = last.value.end
    if "\n" not in text[holder.start : last.start]:
        return f"{text[:at]}, {before}{json.dumps(value, ensure_ascii=False)}{text[at:]}"
    margin = _margin(text, last.start)
    return f"{text[:at]},{new_line}{margin}{before}{_written(value, unit, margin, new_line)}{text[at:]}"


def _written(value: object, unit: str, margin: str, new_line: str) -> str:
    return json.dumps(value, indent=unit, ensure_ascii=False).replace("\n", new_line + margin)


def _margin(text: str, at: int) -> str:
    """The white space that the line begins with in which `at` lies."""
    start = text.rfind("\n", 0, at) + 1
    space = re.compile(r"[ \t]*").match(text, start, at)
    return space[0] if space is not None else ""


def _unit(text: str, place: Place) -> str:
    if not place.parts or "\n" not in text[place.start : place.parts[0].start]:
        return _UNIT
    return _margin(text, place.parts[0].start) or _UNIT
