"""The page that lists the journal's events is what the model says, and leaves nothing out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from gatekeeper.adapters.journal.codec import encode
from gatekeeper.adapters.journal.events_page import PAGE, page
from gatekeeper.model.events import EVENTS, RunFinished

ROOT = Path(__file__).resolve().parents[3]


def told() -> str:
    return (ROOT / PAGE).read_text("utf-8")


def sections(text: str) -> Iterator[tuple[str, str]]:
    parts = re.split(r"^### (.+)$", text, flags=re.MULTILINE)[1:]
    return zip((name.strip("`") for name in parts[::2]), parts[1::2], strict=True)


def test_the_page_is_what_the_model_says() -> None:
    assert told() == page(), (
        "print it anew: python -m gatekeeper.adapters.journal.events_page > runbooks/journal-events.md"
    )


def test_every_event_with_every_field_is_there() -> None:
    """Not by the maker of the page alone: the names are looked for in what is checked in."""
    found = dict(sections(told()))
    for name, kind in EVENTS.items():
        for field in kind._fields:
            assert f"\n| `{field.rstrip('_')}` | " in found[name], f"{name}: {field}"
    names = re.findall(r"\(#([a-z]+)\)", told())
    assert {name.lower() for name in found} >= set(names)
    assert len(set(names)) > 15


def test_what_the_page_calls_always_there_is_there() -> None:
    """As in the least that an end of a run can say."""
    text = dict(sections(told()))["run.finished"]
    always = set(re.findall(r"^\| `(\w+)` \| .* \| yes \|$", text, re.MULTILINE))
    _, data = encode(RunFinished("green", 0, 1, "sha256:x", 1.0))
    assert set(data) == always
