"""Owns the orchestrator's end of the watchdog: starting it, telling it who is held, replacing it when it is killed.

Nothing here ever waits for it: a watchdog that does not listen costs what it would have been good for, and no more.
"""

from __future__ import annotations

import contextlib
import math
import os
import signal
import subprocess
import sys

from gatekeeper.adapters.guard.sampling import watchdog

_UNSENT_AT_MOST = 1 << 20


class Watchdog:
    """One watchdog at a time. `token` stands in its command line, so that `reap` can tell whose it is."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._process: subprocess.Popen[bytes] | None = None
        self._channel = -1
        self._unsent = b""
        self._held: dict[int, tuple[float, dict[int, float]]] = {}

    def begin(self, serial: int, until: float = math.inf) -> None:
        """A command begins, or goes on with another bound (`until`, monotonic seconds).

        Raises `OSError` where no watchdog can be started.
        """
        if self._process is None:
            self._start()
        self._held[serial] = (until, self._held.get(serial, (0.0, {}))[1])
        self._tell(f"begin {serial} {until!r}\n")

    def hold(self, serial: int, pid: int, start: float) -> None:
        """A process of it was seen; `start` in seconds since 1970."""
        held = self._held[serial][1]
        if held.get(pid) != start:
            held[pid] = start
            self._tell(f"hold {serial} {pid} {start!r}\n")

    def end(self, serial: int) -> None:
        """Nothing of it is left."""
        if self._held.pop(serial, None) is not None:
            self._tell(f"end {serial}\n")

    def close(self) -> None:
        """Let it go, and see it gone: it has nothing to do where everything was ended."""
        if self._process is None:
            return
        if self._channel >= 0:
            os.close(self._channel)
            self._channel = -1
        try:
            self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
        self._process = None

    def _start(self) -> None:
        inside, self._channel = os.pipe()
        os.set_blocking(self._channel, False)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", os.path.abspath(watchdog.__file__), self._token],
                stdin=inside,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        except OSError:
            os.close(self._channel)
            self._channel = -1
            raise
        finally:
            os.close(inside)

    def _tell(self, line: str) -> None:
        self._unsent += line.encode()
        try:
            while self._unsent:
                self._unsent = self._unsent[os.write(self._channel, self._unsent) :]
        except BlockingIOError:
            # It is stopped, or slow. Whoever holds so much that this is full has been told enough.
            self._unsent = self._unsent[:_UNSENT_AT_MOST]
        except OSError:
            self._replace()

    def _replace(self) -> None:
        """Start another one and tell it all that is held. Where none can be had, the looks go on without."""
        self._unsent = b""
        self.close()
        with contextlib.suppress(OSError):
            self._start()
            told = "".join(
                f"begin {serial} {until!r}\n"
                + "".join(f"hold {serial} {pid} {start!r}\n" for pid, start in processes.items())
                for serial, (until, processes) in self._held.items()
            )
            self._unsent = told.encode()
            self._unsent = self._unsent[os.write(self._channel, self._unsent) :]
