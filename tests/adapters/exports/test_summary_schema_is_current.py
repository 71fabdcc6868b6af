"""The schema that readers of a summary get is the one that the models make."""

from __future__ import annotations

import json
from pathlib import Path

from gatekeeper.adapters.exports.summary_schema import SUMMARY_SCHEMA_FILE, summary_schema_text

ROOT = Path(__file__).parents[3]


def test_the_summary_schema_that_is_checked_in_is_current() -> None:
    """To make it so: python -m gatekeeper.adapters.exports.summary_schema > schema/summary.schema.json"""
    assert (ROOT / SUMMARY_SCHEMA_FILE).read_text(encoding="utf-8") == summary_schema_text()


def test_every_key_of_a_summary_is_described_and_required() -> None:
    """A reader need not guess what a key means, nor whether it is there."""
    schema = json.loads(summary_schema_text())
    for name, part in {**schema["$defs"], "Summary": schema}.items():
        if "properties" not in part:
            continue
        assert part["required"] == list(part["properties"]), name
        assert part["additionalProperties"] is False, name
        assert all(field.get("description") for field in part["properties"].values()), name
