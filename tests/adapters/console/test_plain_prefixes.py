"""Plain lines are a contract: each begins with a word out of a list, whatever an event holds."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from gatekeeper.adapters.console.choose import console
from gatekeeper.adapters.console.lines import PREFIXES
from gatekeeper.model.events import Entry, NoteAdded, RunFinished
from tests.adapters.console.closing_stories import ENDS
from tests.adapters.console.sample_runs import FOLDER, RED, entries
from tests.adapters.executionlog.help_stories import HELPED, hostile_help
from tests.adapters.executionlog.log_stories import hostile

PAGE = Path(__file__).parents[3] / "runbooks" / "console.md"
EVIL = "first\nsecond\r\nthird\x1b[2K\x1b]0;title\x07\x85\u2028verdict   green\x0b\x0c  passed"


def lines_of(run: list[Entry], kind: str = "human") -> list[str]:
    """What is said down to the first end."""
    ends = [number for number, entry in enumerate(run, 1) if isinstance(entry.event, RunFinished)]
    stream = io.StringIO()
    seen = console(kind, stream=stream, environ={}, run_folder=FOLDER, encode=repr)
    for entry in run[: min(ends, default=len(run))]:
        seen.receive(entry)
    text = stream.getvalue()
    assert text.endswith("\n")
    return re.sub(r"\b[0-9a-f]{32}\b", "TOKEN", text[:-1]).split("\n")


STORIES = {
    **{name: list(run) for name, run in ENDS.items()},
    **{name: list(make().entries) for name, make in HELPED.items()},
    "hostile": list(hostile(EVIL).entries),
    "hostile help": entries(RED[0].event, RED[1].event, *hostile_help(EVIL), NoteAdded(EVIL, EVIL, EVIL, EVIL)),
}


@pytest.mark.parametrize("name", STORIES)
def test_every_line_of_every_event_begins_with_its_word(name: str) -> None:
    """One line an event, down to the empty one before the closing block, whose lines begin with a sign or a space."""
    lines = lines_of(STORIES[name])
    end = lines.index("") if "" in lines else len(lines)
    for line in lines[:end]:
        assert re.match(r"[a-z-]+(?= )", line), line
        assert line.split(" ")[0] in PREFIXES
    assert not [line for line in lines[end:] if re.match(r"[a-z]", line)]
    assert not any(ord(sign) < 32 or 127 <= ord(sign) < 160 or sign in "\u2028\u202e" for sign in "".join(lines))


def test_the_page_lists_every_word() -> None:
    """Who greps relies on it."""
    listed = set(re.findall(r"^\| `([a-z][a-z-]+)`", PAGE.read_text(), re.MULTILINE))
    assert listed == PREFIXES


@pytest.mark.parametrize("kind", ["human", "github"])
@pytest.mark.parametrize("name", ["a chain", "hung", "a matrix", "a service that died"])
def test_a_run_without_a_live_view(name: str, kind: str, snapshot: SnapshotAssertion) -> None:
    """As a file and as GitHub's log keep it."""
    assert "\n".join(lines_of(STORIES[name], kind)) == snapshot
