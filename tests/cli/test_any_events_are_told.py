"""Every reader tells whatever a journal may hold, in whatever order: a reader that falls silent hides the rest."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.adapters.console.choose import console
from gatekeeper.adapters.console.live import LiveConsole
from gatekeeper.adapters.console.voice import Voice
from gatekeeper.adapters.executionlog.writer import whole_document
from gatekeeper.adapters.notifications.summary import News, summarise
from gatekeeper.cli.show_help import help_told
from gatekeeper.model.events import Entry, Event
from gatekeeper.policy.fold import fold
from tests.adapters.executionlog.log_telling import finished, started
from tests.adapters.journal.test_journal_codec import events


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(events(), max_size=12), st.booleans())
def test_any_events_are_told(told: list[Event], ends: bool) -> None:
    """Between a beginning and perhaps an end, as no run would write them."""
    story = [started(), *told, *([finished("red", 1, 1, 1.0, "x")] if ends else [])]
    entries = [Entry(seq, f"2026-02-18T02:00:{seq:02}.000Z", "r", event) for seq, event in enumerate(story)]
    record = fold("r", entries)
    assert whole_document(record)
    summarise(record, None, News())
    list(help_told(record))
    live = LiveConsole(Voice(io.StringIO()), colour=False, run_folder="/nowhere", appears_after_s=3600)
    live.moment.watched.press("t?")
    for environ in ({}, {"GITHUB_ACTIONS": "true"}):
        seen = console("human", stream=io.StringIO(), environ=environ, run_folder="x", encode=repr)
        for entry in entries:
            seen.receive(entry)
        seen.close()
    for entry in entries:
        live.receive(entry)
        live.moment.picture(80, 24, True)
    live.close()
