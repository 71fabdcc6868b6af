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
from tests.adapters.console.closing_stories import ENDS, THIRTY
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


@pytest.mark.parametrize("name", ENDS)
@pytest.mark.parametrize("room", [Room(20, 10), Room(40, 10), Room(80, 12), Room(1, 1), Room(0, 1), Room(500, 500)])
def test_any_window_gets_its_verdict(name: str, room: Room) -> None:
    """However small it is: the verdict first, and where the rest lies last."""
    shown = closing_block(fold(RUN, list(ENDS[name])), FOLDER, UNICODE, room)
    first, *_, last = ("".join(text for text, _ in line) for line in shown)
    assert first.strip()[:1] in "✓✗!"
    assert last.endswith(FOLDER)


def test_what_is_left_out_is_counted() -> None:
    """With the command that shows it; what is told and what is left out are all there are."""
    text = "\n".join(screen(list(THIRTY), Room(80, 22)))
    told = text.count("✗ checks/")
    assert 5 < told < 30
    assert f"{30 - told} more failures: gatekeeper show 7f3a" in text


def test_a_wide_and_high_window_has_all_of_it() -> None:
    text = "\n".join(screen(list(THIRTY), Room(200, 500)))
    assert text.count("    repeat    ") == 30
    assert "gatekeeper show" not in text
