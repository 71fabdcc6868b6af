"""Owns what a command writes to where that is not the output file itself: a pipe or a terminal, and emptying it.

A step ends when its leader does, never when a pipe does: so nothing here waits for an end.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
import time

from gatekeeper.policy.redaction import Redaction, Stream

_PIPE = 1 << 20
_SET_PIPE_SIZE = 1031
_AT_ONCE = 1 << 18
_REST = 1 << 24
"""More than any pipe or terminal holds: what comes after that is still being written by somebody who is not ours."""

_REST_WITHIN_S = 2.0


class Pump:
    """Moves what comes out of `source` to the end of the file `target`, without the secrets that `redaction` knows.

    A disk that takes no more stops nobody: what it did not take is counted in `lost`, `trouble` says why, and the file
    says so where it is missing as soon as it can be written again.
    """

    __slots__ = ("_given", "_keep_given", "_missing", "_source", "_stream", "_target", "lost", "trouble")

    def __init__(self, given: int, source: int, target: int, redaction: Redaction | None, *, keep_given: bool) -> None:
        self._given = given
        self._keep_given = keep_given
        self._source = source
        self._target = target
        self._stream = Stream(redaction) if redaction else None
        self._missing = 0
        self.lost = 0
        self.trouble = ""
        os.set_blocking(source, False)

    @classmethod
    def of_pipe(cls, target: int, redaction: Redaction | None) -> Pump:
        """For a command that writes to a pipe. Raises `OSError`."""
        source, given = os.pipe()
        # An ordinary user may have only so much of them in all: then it stays small.
        with contextlib.suppress(OSError):
            fcntl.fcntl(source, _SET_PIPE_SIZE, _PIPE)
        return cls(given, source, target, redaction, keep_given=False)

    @classmethod
    def of_terminal(cls, target: int, redaction: Redaction | None, rows: int, columns: int) -> Pump:
        """For a command that has a terminal of this size, on which ends of lines stay as they are. Raises `OSError`."""
        import termios

        source, given = os.openpty()
        settings = termios.tcgetattr(given)
        settings[1] &= ~termios.ONLCR
        termios.tcsetattr(given, termios.TCSANOW, settings)
        fcntl.ioctl(given, termios.TIOCSWINSZ, struct.pack("4H", rows, columns, 0, 0))
        # As long as we hold its other end too, it does not report an end while the command has closed it for a moment.
        return cls(given, source, target, redaction, keep_given=True)

    @property
    def given(self) -> int:
        """What the command is to write to."""
        return self._given

    @property
    def source(self) -> int:
        """What becomes readable when there is something to `move`; -1 once nothing can come any more."""
        return self._source

    def name(self) -> str:
        """What the command's end of a pipe is called in /proc/PID/fd."""
        return f"pipe:[{os.fstat(self._source).st_ino}]" if self._source >= 0 else ""

    def given_away(self) -> None:
        """The command has its end now."""
        if not self._keep_given:
            self._close_given()

    def move(self) -> bool:
        """Move some of what is there, without waiting; False where there is nothing now."""
        if self._source < 0:
            return False
        try:
            data = os.read(self._source, _AT_ONCE)
        except BlockingIOError:
            return False
        except OSError:
            data = b""  # the last one who had the terminal is gone
        if not data:
            self._close_source()
            return False
        self._write(self._stream.feed(data) if self._stream else data)
        return True

    def catch_up(self) -> None:
        """Move what is there by now, for a bounded time, though somebody may go on writing."""
        until = time.monotonic() + _REST_WITHIN_S
        for _ in range(_REST // _AT_ONCE):
            if not self.move() or time.monotonic() > until:
                break

    def finish(self) -> None:
        """Move the rest and let go of everything. Whoever still writes then is not ours."""
        self._close_given()
        self.catch_up()
        self._close_source()
        if self._stream:
            self._write(self._stream.finish())
        if self._missing:
            self._write(b"")

    def _write(self, data: bytes) -> None:
        if self._missing:
            note = f"\n[gatekeeper: {self._missing} bytes of output are missing here: {self.trouble}]\n"
            if self._unwritten(note.encode()):
                self._lose(len(data))
                return
            self._missing = 0
        self._lose(self._unwritten(data))

    def _lose(self, count: int) -> None:
        self._missing += count
        self.lost += count

    def _unwritten(self, data: bytes) -> int:
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._target, rest) :]
        except OSError as refused:
            self.trouble = refused.strerror or str(refused)
        return len(rest)

    def _close_given(self) -> None:
        if self._given >= 0:
            os.close(self._given)
            self._given = -1

    def _close_source(self) -> None:
        if self._source >= 0:
            os.close(self._source)
            self._source = -1
