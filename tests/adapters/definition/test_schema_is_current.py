"""The schema that editors read is the one that the models make."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from gatekeeper.adapters.definition.schema import SCHEMA_FILE, json_schema, schema_text

ROOT = Path(__file__).parents[3]


def test_the_schema_that_is_checked_in_is_current() -> None:
    """To make it so: python -m gatekeeper.adapters.definition.schema > schema/cycle.schema.json"""
    assert (ROOT / SCHEMA_FILE).read_text(encoding="utf-8") == schema_text()


def test_it_is_printed_by_its_module() -> None:
    """As the message above says."""
    printed = subprocess.run(
        [sys.executable, "-m", "gatekeeper.adapters.definition.schema"], capture_output=True, check=True, cwd=ROOT
    )
    assert printed.stdout.decode() == schema_text()


def test_every_key_is_described_and_every_reference_leads_somewhere() -> None:
    """An editor shows what a key is for."""
    schema = json_schema()
    parts = schema["$defs"]
    assert isinstance(parts, dict)
    for name, part in {**parts, "Cycle": schema}.items():
        for key, field in part["properties"].items():
            assert field.get("description"), f"{name}.{key}"
    text = json.dumps(schema)
    assert all(f"#/$defs/{name}" in text for name in parts)
    assert "null" not in text.replace("null_", "")
    assert 'default": 7200' not in text
