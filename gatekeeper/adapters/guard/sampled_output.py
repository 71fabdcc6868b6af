"""Owns a command's output where no guardian is: the file, its time index, and a pump in a thread where one is needed.

Knows nothing of what the command does.
"""

from __future__ import annotations

import fcntl
import os
import select
import subprocess
import threading
from collections.abc import Callable

from gatekeeper.adapters.guard.pump import Pump
from gatekeeper.adapters.guard.spawn_order import terminal_of
from gatekeeper.adapters.guard.timeline import Timeline
from gatekeeper.adapters.guard.wire import Report
from gatekeeper.model.containment import GuardOrder
from gatekeeper.policy.redaction import Redaction


class SampledOutput:
    """What one command writes to; open until `finish`."""

    def __init__(self, order: GuardOrder, now: float) -> None:
        """Make the file. Raises `OSError`."""
        os.makedirs(os.path.dirname(order.output), exist_ok=True)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._file = os.open(order.output, flags, 0o600)
        self._times = Timeline(order.output, now)
        self._thread: _Thread | None = None
        self._pump: Pump | None = None
        terminal = terminal_of(order)
        redaction = Redaction(order.masked) if order.strict and order.masked else None
        try:
            if terminal:
                self._pump = Pump.of_terminal(self._file, redaction, *terminal)
            elif redaction:
                self._pump = Pump.of_pipe(self._file, redaction)
        except OSError:
            os.close(self._file)
            raise
        self._terminal = bool(terminal)

    @property
    def given(self) -> int:
        """What the command's output is to be."""
        return self._pump.given if self._pump else self._file

    @property
    def read(self) -> int:
        """What it is to read from."""
        return self.given if self._terminal else subprocess.DEVNULL

    @property
    def before_it_runs(self) -> Callable[[], None] | None:
        """What is to be done in its process, in a session of its own, before it runs."""
        return _take_terminal if self._terminal else None

    def given_away(self) -> None:
        """The command has it now."""
        if self._pump:
            self._pump.given_away()
            self._thread = _Thread(self._pump)

    def size(self, now: float) -> int:
        """How large it is, which is taken down in the time index."""
        size = os.fstat(self._file).st_size
        self._times.mark(size, now)
        return size

    def finish(self, report: Report, now: float) -> None:
        """Everybody is gone; what was not kept is told in `report`. A second call finds nothing to do."""
        if self._file < 0:
            return
        if self._thread and not self._thread.stop():
            report.end, report.detail = "broken", "what masks the output failed"
        if self._pump:
            self._pump.finish()
            report.dropped, report.refused = self._pump.lost, self._pump.trouble
        self.size(now)
        self._times.close()
        os.close(self._file)
        self._file = -1


class _Thread:
    def __init__(self, pump: Pump) -> None:
        self._pump = pump
        self._heard, self._told = os.pipe()
        self._whole = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> bool:
        """End it; whether all went well."""
        os.close(self._told)
        self._thread.join()
        os.close(self._heard)
        return self._whole

    def _run(self) -> None:
        while self._pump.source >= 0:
            ready, _, _ = select.select([self._pump.source, self._heard], [], [])
            if self._heard in ready:
                break
            self._pump.move()
        self._whole = True


def _take_terminal() -> None:
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
