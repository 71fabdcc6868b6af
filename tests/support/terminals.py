"""Owns a terminal that a job runs at, as a shell starts it, and that is looked at as a person would: by its screen."""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import pyte

_PATIENCE_S = 50.0

# A shell with job control: what it starts is a job of its own, in the foreground, and can be stopped. It tells how the
# terminal was set when the job stopped or ended, before it goes on with it.
_SHELL = """
set_now() { stty -a | tr ' ' '\\n' | grep -x -e -icanon -e icanon -e -echo -e echo | tr '\\n' ' '; }
exec <"$0" >"$0" 2>&1
set -m
"$@"
code=$?
while [ $code -gt 128 ] && jobs -s | grep -q .; do
    echo "STOPPED: $(set_now)"
    read -r go < "$GO" && fg >/dev/null
    code=$?
done
echo "ENDED: $code: $(set_now)"
"""


class TerminalJob:
    """A command that runs at a terminal of its own. Use as a context manager."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        go: Path,
        columns: int = 80,
        rows: int = 24,
        screen: pyte.HistoryScreen | None = None,
    ) -> None:
        """`go` is a path for a FIFO that is made; `screen`, of that size, shows it instead of the usual one."""
        self.screen = screen or pyte.HistoryScreen(columns, rows, history=5000)
        self.said = ""
        self._stream = pyte.Stream(self.screen)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._master, self._slave = pty.openpty()
        self.resize(columns, rows)
        self._go = go
        os.mkfifo(go)
        self._shell = subprocess.Popen(
            ["bash", "-c", _SHELL, os.ttyname(self._slave), *command],
            cwd=cwd,
            env={**env, "TERM": "xterm-256color", "GO": str(go)},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._shell.kill()
        self._shell.wait()
        os.close(self._slave)
        os.close(self._master)

    def resize(self, columns: int, rows: int) -> None:
        """Give the window another size, as its frame is dragged."""
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("4H", rows, columns, 0, 0))
        if columns and rows:
            self.screen.resize(rows, columns)

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._master, keys.encode())

    def settings(self) -> list[Any]:
        """How the terminal is set now."""
        return termios.tcgetattr(self._slave)

    def is_cooked(self) -> bool:
        """Whether lines are edited and shown by the terminal, as a shell leaves it to its commands."""
        wanted = termios.ICANON | termios.ECHO
        return int(self.settings()[3]) & wanted == wanted

    def until(self, condition: Callable[[], object], what: str = "") -> None:
        """Look at the screen until something holds; raises `AssertionError` with all that is on it."""
        deadline = time.monotonic() + _PATIENCE_S
        while not condition():
            self._read(0.02)
            assert time.monotonic() < deadline, f"{what}\n{self.text()}\n{self.said[-3000:]!r}"

    def until_shown(self, text: str) -> None:
        """Look until `text` is on the screen."""
        self.until(lambda: text in self.text(), text)

    def text(self) -> str:
        """What is on the screen now."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    def everything(self) -> str:
        """What is on the screen, below what has scrolled away."""
        kept = ["".join(line[x].data for x in range(self.screen.columns)) for line in self.screen.history.top]
        return "\n".join([*(line.rstrip() for line in kept), self.text()])

    def stopped(self) -> str:
        """Wait until the job is stopped; how the terminal was set then."""
        self.until(lambda: "STOPPED: " in self.said and "\n" in self.said.rpartition("STOPPED: ")[2], "it stops")
        return self.said.rpartition("STOPPED: ")[2]

    def go_on(self) -> None:
        """What `fg` does."""
        self.said = ""
        self._go.write_text("go\n")

    def end(self) -> tuple[int, str]:
        """Wait for the end of the job: its exit code as a shell has it, and how it left the terminal set."""
        self.until(lambda: "ENDED: " in self.said and "\n" in self.said.rpartition("ENDED: ")[2], "it ends")
        code, settings = self.said.rpartition("ENDED: ")[2].split(":", 1)
        return int(code), settings

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the job alone, as `kill` does."""
        os.kill(os.tcgetpgrp(self._slave_of_the_job()), number)

    def _slave_of_the_job(self) -> int:
        return self._master  # a terminal's other side knows who is in its foreground

    def _read(self, within_s: float) -> None:
        while select.select([self._master], [], [], within_s)[0]:
            text = self._decoder.decode(os.read(self._master, 65536))
            self.said += text
            self._stream.feed(text)
            within_s = 0
