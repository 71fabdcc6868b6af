"""Owns who reads a run's events: the console and the execution log. They are imported when the first event is shown."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import ExitStack

from gatekeeper.cli.signals import Signals
from gatekeeper.cli.wiring import OpenedRun
from gatekeeper.engine.ports import Reader
from gatekeeper.model.events import Entry
from gatekeeper.model.plan import StepId

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gatekeeper.adapters.executionlog.writer import ExecutionLogWriter
    from gatekeeper.policy.fold import RunRecord


class LateReader:
    """A reader that is made when it gets its first entry, so that its imports cost the first step nothing."""

    def __init__(self, make: Callable[[], Reader]) -> None:
        self._make = make
        self._reader: Reader | None = None

    def receive(self, entry: Entry) -> None:
        """Pass on to the reader."""
        if self._reader is None:
            self._reader = self._make()
        self._reader.receive(entry)


def console_reader(opened: OpenedRun, signals: Signals, last: ExitStack, record: RunRecord | None = None) -> LateReader:
    """The console that was asked for; `last` leaves the terminal as it was. `record` is what came before."""

    def former() -> dict[StepId, list[float]]:
        from gatekeeper.adapters.journal.durations import durations

        return durations(opened.state, opened.plan.cycle, opened.run)

    def make() -> Reader:
        from gatekeeper.adapters.console.choose import console

        view = console(
            opened.request.format,
            stream=sys.stdout,
            environ=os.environ,
            run_folder=opened.folder,
            encode=lambda entry: entry.line.decode(errors="replace"),
            mask=lambda text: opened.masker.mask(text, cut=True),
            secret=[os.environ[name] for name in opened.plan.secrets if name in os.environ],
            record=record,
            former=former,
            asked=lambda: signals.asked,
        )
        last.callback(view.close)
        return view

    return LateReader(make)


def log_reader(
    opened: OpenedRun, on_conflict: Callable[[str], None], record: RunRecord | None = None
) -> tuple[LateReader, Callable[[], Awaitable[None]]]:
    """The execution log's writer, and what waits until it has written; `record` is what came before.

    `on_conflict` is told when the document had to be left as it was.
    """
    made: list[ExecutionLogWriter] = []

    def make() -> Reader:
        from gatekeeper.adapters.executionlog.writer import ExecutionLogWriter

        made.append(ExecutionLogWriter(opened.run, opened.bound.log, opened.state, on_conflict, record))
        return made[0]

    async def settle() -> None:
        for writer in made:
            if writer.is_writing:
                from anyio import to_thread

                await to_thread.run_sync(writer.wait)
            writer.tell()

    return LateReader(make), settle
