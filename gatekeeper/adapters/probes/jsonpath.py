"""Owns finding a place in a JSON answer by member and index steps. Knows nothing of HTTP.

The paths that are read: ``$``, then any of ``.name``, ``['name']``, ``["name"]`` and ``[0]``.
"""

import re
from typing import TypeAlias

from gatekeeper.model.record import NamedTuple

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

_STEP = re.compile(r"\.(?P<member>[^.\[\]'\"\s]+)|\[(?P<index>-?\d+)\]|\[(?P<quote>['\"])(?P<quoted>.*?)(?P=quote)\]")


class Found(NamedTuple):
    """The value at the path."""

    value: Json


class Missing(NamedTuple):
    """Nothing is there; `why` is a sentence that says how far the path went."""

    why: str


def find(document: Json, path: str) -> Found | Missing:
    """What stands at `path` in `document`."""
    steps = _parse(path)
    if steps is None:
        return Missing(f"{path} is not a path that gatekeeper reads; write it like $.user.id or $.items[0].name")
    here, value = "$", document
    for step in steps:
        match step, value:
            case str(), dict() if step in value:
                value = value[step]
            case int(), list() if -len(value) <= step < len(value):
                value = value[step]
            case _:
                return Missing(f"{path} is missing: {here} {_holds(value)}")
        here += f"[{step}]" if isinstance(step, int) else f".{step}"
    return Found(value)


def same(left: Json, right: Json) -> bool:
    """Equality as JSON has it: ``true`` is not ``1``, while ``1`` is ``1.0``."""
    match left, right:
        case (bool(), _) | (_, bool()):
            return left is right
        case list(), list():
            return len(left) == len(right) and all(map(same, left, right))
        case dict(), dict():
            return left.keys() == right.keys() and all(same(value, right[key]) for key, value in left.items())
        case _:
            return left == right


def _parse(path: str) -> tuple[str | int, ...] | None:
    if not path.startswith("$"):
        return None
    steps: list[str | int] = []
    at = 1
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None:
            return None
        steps.append(int(step["index"]) if step["index"] is not None else step["member"] or step["quoted"] or "")
        at = step.end()
    return tuple(steps)


def _holds(value: Json) -> str:
    match value:
        case dict():
            names = ", ".join(list(value)[:8]) + (", …" if len(value) > 8 else "")
            return f"has the members {names}" if value else "is an empty object"
        case list():
            return f"is a list of {len(value)}"
        case None:
            return "is null"
        case bool():
            return "is a boolean"
        case str():
            return "is a text"
        case _:
            return "is a number"
