"""Owns the JSON Schema of definitions, made from the models, for editors. Prints it when run as a module."""

from __future__ import annotations

import json
from typing import Any

SCHEMA_FILE = "schema/cycle.schema.json"
_ANY_REQUEST = {"http": {"required": ["http"]}, "tcp": {"required": ["tcp"]}, "file": {"required": ["file"]}}


def json_schema() -> dict[str, object]:
    """The schema: what editors complete and underline. The loader refuses more than a schema can say."""
    from gatekeeper.adapters.definition.models import Cycle
    from gatekeeper.adapters.definition.ready_made import KINDS

    schema = _tidied(Cycle.model_json_schema(by_alias=True))
    parts: dict[str, Any] = schema["$defs"]
    work = [{"required": ["run"]}, *_ANY_REQUEST.values()]
    parts["Step"]["oneOf"] = [*work, *({"required": [kind]} for kind in KINDS)]
    parts["TeardownStep"]["oneOf"] = work
    parts["Check"]["oneOf"] = list(_ANY_REQUEST.values())
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "cycle.schema.json",
        **schema,
        "title": "A cycle of gatekeeper",
    }


def schema_text() -> str:
    """The schema as it is checked in."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _tidied(part: Any) -> Any:  # noqa: ANN401 - a schema is any JSON
    """`part` without what pydantic adds for Python's sake: titles, and nulls that a definition may not have."""
    if isinstance(part, list):
        return [_tidied(item) for item in part]
    if not isinstance(part, dict):
        return part
    tidy = {
        key: {name: _tidied(item) for name, item in value.items()} if key in _NAMED else _tidied(value)
        for key, value in part.items()
        if not (key == "title" and isinstance(value, str)) and not (key == "default" and not _tells(value, part))
    }
    if "patternProperties" in tidy:
        tidy["additionalProperties"] = False
    options = tidy.get("anyOf")
    if isinstance(options, list) and {"type": "null"} in options:
        del tidy["anyOf"]
        left = [option for option in options if option != {"type": "null"}]
        tidy |= left[0] if len(left) == 1 else {"anyOf": left}
    return tidy


def _tells(default: object, part: dict[str, object]) -> bool:
    # A duration's default is seconds to us, and would be a mistake in a definition.
    return isinstance(default, str | bool) or (isinstance(default, int) and part.get("type") == "integer")


# Mappings from names that people chose to schemas: a field may well be called `title`.
_NAMED = ("properties", "$defs")


if __name__ == "__main__":
    print(schema_text(), end="")
