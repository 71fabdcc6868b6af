"""Whatever two runs tell, in whatever order they write one document that a person has: it stays a valid one."""

from __future__ import annotations

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from gatekeeper.adapters.executionlog.merge import Merged, merge
from gatekeeper.adapters.executionlog.render import render
from gatekeeper.model.events import Entry, Event
from gatekeeper.policy.fold import RunRecord
from tests.adapters.executionlog.log_telling import finished, started
from tests.adapters.executionlog.test_log_merging import outside
from tests.adapters.journal.test_journal_codec import events

TOLD = st.lists(events(), max_size=8).map(lambda told: [started(), *told, finished("red", 1, 1, 1.0, "x")])
PERSONS = st.sampled_from(
    [b"# Mine\n", b"# Plan\r\n\r\n## Execution Log\r\n*later*\r\n\r\n**Status:** waiting\r\n", b"```\nnever closed"]
)


@pytest.mark.slow
@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(TOLD, TOLD, st.lists(st.booleans(), max_size=20), PERSONS)
def test_any_interleaving_gives_a_valid_document(
    one: list[Event], other: list[Event], turns: list[bool], document: bytes
) -> None:
    """Each write is a merge that works, changes nothing outside of the markers, and nothing at all when repeated."""
    courses = {False: (RunRecord("one"), one), True: (RunRecord("other"), other)}
    kept: list[bytes] = []
    for seq, turn in enumerate([*turns, *[False] * len(one), *[True] * len(other)]):
        record, left = courses[turn]
        if not left:
            continue
        record.apply(Entry(seq, f"2026-02-18T02:00:{seq:02}.000Z", record.run, left.pop(0)))
        merged = merge(document, render(record))
        assert isinstance(merged, Merged)
        assert merge(merged.document, render(record)) == merged
        document = merged.document
        kept = kept or outside(document)
        assert outside(document) == kept
