"""Owns a project with one past run in it, for the commands that look back."""

from __future__ import annotations

import os
from pathlib import Path

from gatekeeper.adapters.journal.runs import create_run_folder
from gatekeeper.adapters.journal.writer import JournalWriter
from gatekeeper.model.events import RunFinished, RunStarted
from tests.adapters.executionlog.log_telling import RUN, Story


class PastRun:
    """A project at `root` whose newest run left a journal and means to write its log to `log`."""

    def __init__(self, root: Path, story: Story, log: bool = True) -> None:
        self.root = root
        self.log = root / "logs" / "log.md"
        (root / "gates").mkdir(exist_ok=True)
        self.folder = Path(create_run_folder(str(root / ".gatekeeper"), RUN))
        self.journal = self.folder / "journal.jsonl"
        times = iter([entry.time for entry in story.entries])
        self.writer = JournalWriter.create(str(self.folder), RUN, lambda: next(times))
        for entry in story.entries:
            event = entry.event
            if isinstance(event, RunStarted | RunFinished):
                event = event._replace(log=str(self.log) if log else "")
            self.writer.append(event)
        self.writer.close()
        os.chdir(root)
