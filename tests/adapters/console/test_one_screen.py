"""The verdict on one screen: three windows, and whatever came of the run."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from gatekeeper.adapters.console.closing import closing_block
from gatekeeper.adapters.console.layout import Room
from gatekeeper.adapters.console.spans import cells, paint
from gatekeeper.adapters.console.words import UNICODE
from gatekeeper.model.events import Entry
from gatekeeper.policy.fold import fold
from tests.adapters.console.closing_stories import ENDS
from tests.adapters.console.sample_runs import FOLDER, RUN


def screen(run: list[Entry], room: Room) -> list[str]:
    """The block as a terminal shows it, which breaks what is too long."""
    lines = (paint(line, colour=False).rstrip() for line in closing_block(fold(RUN, run), FOLDER, UNICODE, room))
    width = room.width or 1_000
    return [line[at : at + width] for line in lines for at in range(0, len(line) or 1, width)]


@pytest.mark.parametrize(("width", "height"), [(40, 38), (80, 22), (200, 58)])
@pytest.mark.parametrize("name", ENDS)
def test_the_end_of_a_run(name: str, width: int, height: int, snapshot: SnapshotAssertion) -> None:
    """Read as a person: what came of it, what to look at first, and how to go on."""
    shown = screen(list(ENDS[name]), Room(width, height))
    assert len(shown) <= height
    assert all(cells(line) <= width for line in shown)
    assert "\n".join(shown) == snapshot
