"""Owns the JSON Schema of the summary, made from its models. Prints it when run as a module."""

from __future__ import annotations

import json
from typing import Any

from gatekeeper.adapters.exports.summary_models import SCHEMA_ID, Summary

SUMMARY_SCHEMA_FILE = f"schema/{SCHEMA_ID}"


def summary_schema_text() -> str:
    """The schema as it is checked in."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **_untitled(Summary.model_json_schema()),
        "title": "The summary of a run of gatekeeper",
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _untitled(part: Any) -> Any:  # noqa: ANN401 - a schema is any JSON
    """`part` without the titles that pydantic makes of Python's names."""
    if isinstance(part, list):
        return [_untitled(item) for item in part]
    if not isinstance(part, dict):
        return part
    return {key: _untitled(value) for key, value in part.items() if key != "title" or not isinstance(value, str)}


if __name__ == "__main__":
    print(summary_schema_text(), end="")
