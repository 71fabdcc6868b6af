"""Owns writing YAML values as JSON text, numbers as they were written and references as they are."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from gatekeeper.adapters.definition.place import Place
from gatekeeper.adapters.definition.scalars import Boolean, Nothing, Number, Oddity, Value

_REFERENCE = re.compile(r"(\$\$\{|\$\{[^{}]*\})")


def json_text(value: Value, place: Place, refuse: Callable[[Place, str, str], None]) -> str:
    """`value`, plain data of a definition, as JSON. What JSON can't write goes to `refuse` with its place."""
    match value:
        case dict():
            pairs = (f"{_quoted(key)}: {json_text(item, (*place, key), refuse)}" for key, item in value.items())
            return f"{{{', '.join(pairs)}}}"
        case list():
            return f"[{', '.join(json_text(item, (*place, index), refuse) for index, item in enumerate(value))}]"
        case Number() | Boolean():
            return str(value)
        case Oddity():
            refuse(
                place,
                f"{value} is a number to some readers of YAML and a text to others",
                "quote it, or write it in full",
            )
            return "null"
        case str():
            return _quoted(value)
        case Nothing() if not value.written:
            refuse(place, "nothing stands here", 'write null, or "" for an empty text')
            return "null"
        case _:
            return "null"


def _quoted(text: str) -> str:
    # What stands inside a reference is not JSON: a default is quoted when it is filled in.
    parts = _REFERENCE.split(text)
    return '"' + "".join(part if index % 2 else json.dumps(part)[1:-1] for index, part in enumerate(parts)) + '"'
