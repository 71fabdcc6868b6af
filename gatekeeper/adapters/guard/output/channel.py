"""Owns what a command's output goes through on its way to the file, and what watches that file. Ends nothing."""

from __future__ import annotations

import os
import time

from gatekeeper.adapters.guard.helpers.watch import Watch
from gatekeeper.adapters.guard.messages.wire import Report, SpawnOrder
from gatekeeper.adapters.guard.output.output_watch import OutputWatch
from gatekeeper.adapters.guard.system import files

TYPE_CHECKING = False
if TYPE_CHECKING:  # most commands write to the file itself
    from gatekeeper.adapters.guard.output.pump import Pump


class Channel:
    """The output of one command: its file, and perhaps a pipe or a terminal that is emptied into that."""

    def __init__(self, order: SpawnOrder, watch: Watch) -> None:
        """Make the file. Raises `OSError`."""
        self._order = order
        self._watch = watch
        self._pump: Pump | None = None
        self._growth: OutputWatch | None = None
        self._file = _open_output(order.output)

    def open(self) -> int:
        """What the command is to write to. Raises `OSError`."""
        if not self._order.piped and not self._order.terminal:
            return self._file
        from gatekeeper.adapters.guard.output.pump import Pump
        from gatekeeper.policy.redaction import Redaction

        redaction = Redaction(self._order.masked) if self._order.masked else None
        if self._order.terminal:
            self._pump = Pump.of_terminal(self._file, redaction, *self._order.terminal)
        else:
            self._pump = Pump.of_pipe(self._file, redaction)
        return self._pump.given

    def follow(self, started: float) -> OutputWatch:
        """The command, which began then, has its end: from now on, empty what there is, and look at the file."""
        if self._pump is not None:
            self._pump.given_away()
            self._watch.attend(self._pump.source, self._move)
        self._growth = OutputWatch(self._file, self._order.output, self._order.output_limit, started, self._watch)
        return self._growth

    def pipes(self) -> frozenset[str]:
        """The pipes that everybody below has open, without reading from them."""
        return frozenset((self._pump.name(),) if self._pump else ())

    def catch_up(self) -> None:
        """Have in the file what was written by now."""
        if self._pump is not None:
            source = self._pump.source
            self._pump.catch_up()
            if self._pump.source < 0:
                self._watch.leave(source)

    def settle(self, report: Report) -> None:
        """Tell what there is to tell before somebody seals the file, while a service writes on."""
        self.catch_up()
        if self._growth is not None:
            self._growth.settle()
        self._tell(report)

    def take_notice(self, report: Report) -> None:
        """Look once more."""
        if self._growth is not None:
            self._growth.take_notice(time.monotonic())
        self._tell(report)

    def finish(self, report: Report) -> None:
        """Everybody is gone: bring the last words into the file, and its index to its end. Never raises."""
        try:
            if self._pump is not None:
                self._watch.leave(self._pump.source)
                self._pump.finish()
            self._tell(report)
            if self._growth is not None:
                self._growth.close()
        except Exception as fault:  # noqa: BLE001 - what is not known to be whole must not be called so
            report.end, report.detail = "broken", f"the output could not be finished: {fault!r}"
        os.close(self._file)

    def _tell(self, report: Report) -> None:
        if self._growth is not None:
            report.disk_full = self._growth.disk_full
        if self._pump is not None:
            report.dropped, report.refused = self._pump.lost, self._pump.trouble

    def _move(self) -> None:
        if self._pump is not None:
            source = self._pump.source
            self._pump.move()
            if self._pump.source < 0:
                self._watch.leave(source)


def _open_output(path: str) -> int:
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    try:
        return files.open_ordinary(path, flags)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
        return files.open_ordinary(path, flags)
