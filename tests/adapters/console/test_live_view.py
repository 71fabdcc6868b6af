"""The live view: what one moment looks like, and a real terminal before and after."""

from __future__ import annotations

import codecs
import io
import os
import re
import threading
from pathlib import Path

import pytest
from rich.console import Console as RichConsole
from syrupy.assertion import SnapshotAssertion

from gatekeeper.adapters.console.frame import Progress, Row, frame
from gatekeeper.adapters.console.live import LiveConsole
from gatekeeper.adapters.console.spans import cells, paint
from gatekeeper.adapters.console.tail import Tail
from gatekeeper.adapters.console.voice import Voice
from gatekeeper.adapters.console.words import ASCII, UNICODE
from gatekeeper.policy.masking import MASK, Masker
from tests.adapters.console.sample_runs import GREEN, RED, passed

ROWS = (
    Row("stack/restart-stack", 12.3, 300, "starting the service on port 4000"),
    Row("suite/npm-test", 701, 900, "✓ auth: 名前のテスト refuses a duplicate (12 ms)", again=2),
    Row("a-very-long-gate-name/and-a-step[python=3.11]", 0.2, 2, ""),
)
PROGRESS = Progress(2, 3, 7, 75)


def lines(width: int, height: int = 24, rows: tuple[Row, ...] = ROWS, *, ascii_only: bool = False) -> list[str]:
    glyphs = ASCII if ascii_only else UNICODE
    return [paint(each, colour=False) for each in frame(rows, PROGRESS, (width, height), 3, glyphs)]


@pytest.mark.parametrize("width", [40, 80, 200])
def test_one_moment(width: int, snapshot: SnapshotAssertion) -> None:
    """State, name, elapsed of timeout, last line of output; below, how far the round is."""
    assert "\n".join(lines(width)) == snapshot


@pytest.mark.parametrize("width", [1, 5, 12, 20, 39, 60, 119, 120, 300])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """Wide characters count double, and every line fits."""
    assert all(cells(text) <= width for text in lines(width))


def test_a_low_terminal_shows_what_fits() -> None:
    """Rows that have no room are counted, and the progress stays in sight."""
    shown = lines(80, height=8, rows=ROWS * 10)
    assert len(shown) == 6
    assert "and 26 more running" in shown[-2]
    assert "round 2" in shown[-1]


def test_letters_where_the_terminal_has_no_signs() -> None:
    """Without UTF-8 the bars and the spinner are ASCII."""
    assert all(text.isascii() for text in lines(80, rows=ROWS[:1], ascii_only=True))


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_moment_of_a_run_as_rich_draws_it(width: int, tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    """The running step with the end of its output file, drawn by rich at three widths."""
    clock = Clock()
    live = LiveConsole(
        Voice(io.StringIO()), colour=True, run_folder=str(tmp_path), monotonic=clock, appears_after_s=3600
    )
    (tmp_path / "output").mkdir()
    (tmp_path / "output/suite.npm-test.1.log").write_text("PASS tests/health.test.js\r\n\x1b[32mRUNS\x1b[0m auth\n\n")
    suite = next(
        index for index, entry in enumerate(GREEN) if getattr(entry.event, "output", "") and "suite" in str(entry)
    )
    for entry in GREEN[: suite + 1]:
        live.receive(entry)
    clock.now += 65
    screen = RichConsole(width=width, height=24, record=True, file=io.StringIO(), color_system=None)
    screen.print(live._screen._text(live.picture(width, 24)))
    live.close()
    assert screen.export_text() == snapshot


def test_a_run_that_is_over_at_once_needs_no_view(tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    """Only lasting lines and the closing block are written, and rich is never asked."""
    stream = io.StringIO()
    live = LiveConsole(Voice(stream), colour=False, run_folder=str(tmp_path), appears_after_s=3600)
    for entry in RED:
        live.receive(entry)
    live.close()
    assert stream.getvalue().replace(str(tmp_path), "RUN") == snapshot


class Pty:
    """A real terminal that somebody looks at: its other side is read all the time."""

    def __init__(self) -> None:
        self.master, slave = os.openpty()
        self.stream = os.fdopen(slave, "w", encoding="utf-8")
        self.text = ""
        self._more = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        while True:
            try:
                data = os.read(self.master, 65536)
            except OSError:  # how a pseudo terminal says that nobody holds it open any more
                return
            with self._more:
                self.text += decoder.decode(data)
                self._more.notify_all()

    def read_until(self, wanted: str) -> str:
        with self._more:
            assert self._more.wait_for(lambda: wanted in self.text, timeout=50), self.text
            return self.text

    def close(self) -> None:
        self.stream.close()
        self._reader.join()
        os.close(self.master)


@pytest.mark.parametrize("ends", ["with its last event", "by being closed"])
def test_a_real_terminal_is_left_as_it_was(tmp_path: Path, ends: str) -> None:
    """The view is drawn and redrawn, finished lines stay above it, and the cursor comes back at either end."""
    terminal = Pty()
    live = LiveConsole(Voice(terminal.stream), colour=True, run_folder=str(tmp_path), appears_after_s=0)
    for entry in GREEN[:3]:
        live.receive(entry)
    terminal.read_until("stack/restart-stack")
    terminal.read_until("\x1b[?25l")
    terminal.read_until("0/4 steps")
    (tmp_path / "output").mkdir()
    (tmp_path / "output/stack.restart-stack.1.log").write_text("migrating the database\n")
    terminal.read_until("migrating the database")
    live.receive(GREEN[3])
    terminal.read_until("410 ms")
    if ends == "by being closed":
        live.close()
    else:
        for entry in GREEN[4:]:
            live.receive(entry)
        terminal.read_until("evidence")
    text = terminal.read_until("\x1b[?25h")
    terminal.close()
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")


def test_lines_keep_their_order_around_the_view(tmp_path: Path) -> None:
    """What was said before the view, above it, and after it, stands in the order it happened, each once."""
    terminal = Pty()
    live = LiveConsole(Voice(terminal.stream), colour=False, run_folder=str(tmp_path), appears_after_s=0)
    for entry in GREEN[:3]:
        live.receive(entry)
    terminal.read_until("0/4 steps")
    for number in range(500):
        live.receive(GREEN[3]._replace(event=passed("stack", 1)._replace(step=f"step-{number}")))
    live.close()
    live.receive(GREEN[3]._replace(event=passed("stack", 1)._replace(step="step-500")))
    text = terminal.read_until("stack/step-500 ")
    terminal.close()
    seen = [int(number) for number in re.findall(r"✓ stack/step-(\d+) ", text)]
    assert seen == list(range(501))


def test_a_terminal_that_is_gone_harms_nobody(tmp_path: Path) -> None:
    """A closed window ends the drawing, not the run."""
    master, slave = os.openpty()
    with os.fdopen(slave, "w", encoding="utf-8") as stream:
        voice = Voice(stream)
        live = LiveConsole(voice, colour=True, run_folder=str(tmp_path), appears_after_s=0)
        for entry in GREEN[:3]:
            live.receive(entry)
        assert os.read(master, 10)
        os.close(master)
        for entry in GREEN[3:]:
            live.receive(entry)
        live.close()
        assert voice.silent


def test_the_last_line_of_a_growing_file(tmp_path: Path) -> None:
    """Whole lines are shown at once, a prompt once it stands still, progress bars by what they show last."""
    path = tmp_path / "output.log"
    tail = Tail(str(path), str)
    assert tail.last_line() == ""
    path.write_text("one\ntwo\n\n  \n")
    assert tail.last_line() == "two"
    with path.open("a") as output:
        output.write("Password: ")
    assert tail.last_line() == "two"
    assert tail.last_line() == "Password:"
    with path.open("a") as output:
        output.write("\n 10%\r 20%\r")
    assert tail.last_line() == "20%"
    path.write_text("x" * 100_000)
    assert tail.last_line() == "20%"
    path.unlink()
    assert tail.last_line() == "20%"


def test_secrets_do_not_show_in_the_last_line(tmp_path: Path) -> None:
    """Neither whole, nor cut by the window that is read, nor half written."""
    path = tmp_path / "output.log"
    tail = Tail(str(path), Masker(["hunter22-hunter22"]).mask)
    path.write_text("token hunter22-hunter22\n")
    assert tail.last_line() == f"token {MASK}"
    path.write_text("hunter22-hunter22" * 300 + "\nnext hunter22-hun")
    assert "hunter22" not in tail.last_line()
