"""A real terminal before, while, and after a live view is on it."""

from __future__ import annotations

import codecs
import os
import re
import sys
import threading
from pathlib import Path

import pyte
import pytest

from gatekeeper.adapters.console.live import LiveConsole
from gatekeeper.adapters.console.voice import Voice
from tests.adapters.console.sample_runs import GREEN, passed


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


def screen_after(text: str) -> str:
    """What a terminal shows that was sent this."""
    screen = pyte.Screen(80, 24)
    pyte.Stream(screen).feed(text)
    return "\n".join(line.rstrip() for line in screen.display).rstrip()


@pytest.mark.slow
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


def test_what_is_said_on_standard_error_goes_above_the_view(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole lines of it, in their order, and afterwards standard error is what it was."""
    terminal = Pty()
    monkeypatch.setattr(sys, "stderr", terminal.stream)
    live = LiveConsole(Voice(terminal.stream), colour=False, run_folder=str(tmp_path), appears_after_s=0)
    for entry in GREEN[:3]:
        live.receive(entry)
    terminal.read_until("0/4 steps")
    print("a wor", end="", file=sys.stderr)
    print("d\nof warning", end="", file=sys.stderr)
    terminal.read_until("a word")
    live.close()
    text = terminal.read_until("of warning")
    assert sys.stderr is terminal.stream
    terminal.close()
    assert screen_after(text).splitlines()[-2:] == ["a word", "of warning"]


def test_standard_error_elsewhere_stays_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Pty()
    live = LiveConsole(Voice(terminal.stream), colour=False, run_folder=str(tmp_path), appears_after_s=0)
    for entry in GREEN[:3]:
        live.receive(entry)
    terminal.read_until("0/4 steps")
    print("a warning", file=sys.stderr)
    live.close()
    terminal.close()
    assert "a warning" not in terminal.text
    assert capsys.readouterr().err == "a warning\n"


def test_a_picture_that_fails_leaves_the_terminal_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines are still said, the cursor comes back, and nobody has to read a traceback."""
    terminal = Pty()
    live = LiveConsole(Voice(terminal.stream), colour=False, run_folder=str(tmp_path), appears_after_s=0)
    for entry in GREEN[:3]:
        live.receive(entry)
    terminal.read_until("0/4 steps")
    monkeypatch.setattr(live.moment.watched, "of", lambda _running: 1 / 0)
    terminal.read_until("\x1b[?25h")
    live.receive(GREEN[3])
    terminal.read_until("410 ms")
    live.close()
    terminal.close()
    assert "the live view is given up (ZeroDivisionError('division by zero')); the run goes on" in terminal.text
    assert "0/4 steps" not in screen_after(terminal.text)


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
