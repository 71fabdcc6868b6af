"""What is left on a screen when pictures follow one another: looked at in a terminal emulator."""

from __future__ import annotations

import pyte
import pytest

from gatekeeper.adapters.console.painter import Drawn, Painter
from gatekeeper.adapters.console.spans import cells


class Seen:
    """A terminal that shows what a painter sends it."""

    def __init__(self, columns: int = 20, rows: int = 6) -> None:
        self.painter = Painter()
        self.screen = pyte.HistoryScreen(columns, rows, history=1000)
        self.stream = pyte.Stream(self.screen)

    def draw(self, *rows: str, said: str = "") -> str:
        text = self.painter.frame(said, [Drawn(row, cells(row)) for row in rows], self.screen.columns)
        self.stream.feed(text.replace("\n", "\r\n"))
        return text

    def lines(self) -> list[str]:
        return [line.rstrip() for line in self.screen.display if line.strip()]

    def scrolled(self) -> list[str]:
        kept = ["".join(line[x].data for x in range(self.screen.columns)) for line in self.screen.history.top]
        return [line.rstrip() for line in kept]


def test_only_what_changed_is_sent() -> None:
    seen = Seen()
    seen.draw("stack 0:01", "round 1")
    text = seen.draw("stack 0:02", "round 1")
    assert "0:02" in text
    assert "round" not in text
    assert seen.draw("stack 0:02", "round 1") == ""
    assert seen.lines() == ["stack 0:02", "round 1"]


def test_the_whole_screen_is_never_cleared() -> None:
    """And each frame is shown at once, where a terminal can."""
    seen = Seen()
    for text in (seen.draw("a"), seen.draw("b", "c", said="x\n"), seen.draw("d")):
        assert "\x1b[2J" not in text
        assert (text[:8], text[-8:]) == ("\x1b[?2026h", "\x1b[?2026l")


def test_a_shorter_row_leaves_nothing_of_the_longer_one() -> None:
    seen = Seen()
    seen.draw("x" * 20, "名" * 10)
    seen.draw("y", "名")
    assert seen.lines() == ["y", "名"]


def test_rows_come_and_go() -> None:
    seen = Seen()
    for number in (1, 5, 2, 4, 0, 3):
        rows = [f"row {one}" for one in range(number)]
        seen.draw(*rows)
        assert seen.lines() == rows


def test_a_row_that_fills_the_width_keeps_its_last_character() -> None:
    seen = Seen()
    seen.draw("a" * 20, "b" * 20, "c" * 20)
    seen.draw("a" * 20, "d" * 20)
    assert seen.lines() == ["a" * 20, "d" * 20]


def test_what_is_said_stays_above_also_where_the_screen_scrolls() -> None:
    """Every line once and in order, also one that is longer than the screen is wide."""
    seen = Seen()
    wanted = []
    for number in range(30):
        seen.draw("running", f"round {number}", said=f"step {number} passed\n")
        wanted.append(f"step {number} passed")
    seen.draw("running", said="long " * 6 + "\n")
    wanted += ["long long long long", "long long"]
    assert [*seen.scrolled(), *seen.lines()] == [*wanted, "running"]


def test_a_row_that_the_terminal_holds_for_wider_is_cut_and_not_wrapped() -> None:
    """What is one sign to one terminal is five to another."""
    seen = Seen()
    family = "👩\u200d👩\u200d👧\u200d👦"
    seen.draw(family * 8, "below")
    seen.draw(family * 8, "still below")
    assert seen.lines()[1:] == ["still below"]


@pytest.mark.parametrize(("columns", "rows"), [(9, 6), (40, 6), (20, 12)])
def test_a_window_of_another_size(columns: int, rows: int) -> None:
    """The picture is drawn anew, and once."""
    seen = Seen()
    seen.draw("stack", "round 1", said="passed\n")
    seen.screen.resize(rows, columns)
    seen.draw("stack", "round 2")
    assert seen.lines() == ["passed", "stack", "round 2"]


def test_a_picture_that_is_taken_away() -> None:
    seen = Seen()
    seen.draw("stack", "suite", "round 1", said="passed\n")
    seen.stream.feed(seen.painter.gone(20) + "$ ")
    assert seen.lines() == ["passed", "$"]
    assert seen.painter.gone(20) == ""


def test_a_picture_that_somebody_wrote_over_is_left_alone() -> None:
    """What a shell has written in the meantime is not overwritten."""
    seen = Seen()
    seen.draw("stack", "round 1")
    seen.stream.feed("\r\n\r\n$ fg\r\n")
    seen.painter.forget()
    seen.draw("stack", "round 1")
    assert seen.lines() == ["stack", "round 1", "$ fg", "stack", "round 1"]
