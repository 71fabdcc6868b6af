"""Owns how long a run has gone on for, from its own journal. Knows no clock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from gatekeeper.model.events import Entry, NoteAdded, RunFinished
from gatekeeper.model.evidence_events import BaselineAccepted
from gatekeeper.model.help_events import RunResumed


def spent_s(entries: Iterable[Entry]) -> float:
    """Seconds between the first and the last of what the run itself wrote, without those in which it was dead.

    They are the wall clock's: a machine that booted anew has no other that goes on.
    """
    spent, since, last = 0.0, "", ""
    for entry in entries:
        if isinstance(entry.event, RunResumed):
            spent += _between(since, last)
            since = ""
        elif _is_by_others(entry):
            continue
        since, last = since or entry.time, entry.time
    return spent + _between(since, last)


def _is_by_others(entry: Entry) -> bool:
    match entry.event:
        case NoteAdded() | BaselineAccepted() | RunFinished(duration_s=None):
            return True
        case _:
            return False


def _between(since: str, last: str) -> float:
    if not since or not last:
        return 0.0
    return max(0.0, (datetime.fromisoformat(last) - datetime.fromisoformat(since)).total_seconds())
