"""Owns one run as a process of its own: starting it, its lines, its end. Knows neither events nor other runs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress

from gatekeeper.cli.signals import REASONS
from gatekeeper.model.errors import EnvironmentFault

LONGEST_LINE = 16 << 20
"""How many bytes of one line are taken in; what is longer is left out, and its journal has it."""

_PIECE = 1 << 16
_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from gatekeeper.cli.several.one_of_several import main; main()"
)


class Lines:
    """Makes whole lines of what comes through a pipe in pieces."""

    def __init__(self, descriptor: int) -> None:
        os.set_blocking(descriptor, False)
        self.descriptor = descriptor
        self._pending = b""
        self._skipping = False
        self.over = False

    def read(self) -> Iterator[bytes]:
        """The lines that are whole by now, each without its end; `over` once nothing more comes."""
        if (piece := self._piece()) is not None:
            yield from self._lines_with(piece)

    def rest(self) -> Iterator[bytes]:
        """All that is there still, of a process that has ended; who else holds the other end is not waited for."""
        while not self.over and (piece := self._piece()) is not None:
            yield from self._lines_with(piece)

    def _piece(self) -> bytes | None:
        """What came; nothing at the end, None where nothing is there now."""
        try:
            return os.read(self.descriptor, _PIECE)
        except BlockingIOError:
            return None

    def _lines_with(self, piece: bytes) -> Iterator[bytes]:
        if not piece:
            self.over = True
            if self._pending:
                yield self._pending
            return
        *whole, self._pending = (self._pending + piece).split(b"\n")
        for line in whole:
            if not self._skipping:
                yield line
            self._skipping = False
        if len(self._pending) > LONGEST_LINE:
            self._pending, self._skipping = b"", True


class ChildRun:
    """A run that goes on beside others; ends when this process does."""

    def __init__(self, order: bytes) -> None:
        """Raises `EnvironmentFault` where no process can be had."""
        command = [sys.executable, "-I", f"-Xutf8={sys.flags.utf8_mode}", "-c", _BOOT, json.dumps(sys.path)]
        before = signal.pthread_sigmask(signal.SIG_BLOCK, REASONS)
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                # A Ctrl-C is for the one at the terminal, who passes it on, once.
                start_new_session=True,
            )
        except OSError as refused:
            raise EnvironmentFault(f"no process can be had for a run: {refused.strerror}") from None
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self.told = Lines(self._process.stdout.fileno())
        self.said = Lines(self._process.stderr.fileno())
        with suppress(BrokenPipeError):  # it has ended, and tells why
            self._process.stdin.write(order)

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether its process has."""
        return self._process.poll() is not None

    @property
    def code(self) -> int:
        """What it exited with; of a signal what a shell makes of that."""
        code = self._process.returncode
        return 128 - code if code < 0 else code

    @property
    def killed_by(self) -> int:
        """The signal that it died of; 0 for none."""
        return max(0, -self._process.returncode)

    def send(self, number: int) -> None:
        """Pass a signal on; harmless when it has ended."""
        self._process.send_signal(number)

    def close(self) -> None:
        """Let go of it: of one that still runs this is the sign to end, and that is waited for."""
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()
        self._process.wait()
