"""Owns reading what the report page shows beside the journal: excerpts of outputs, tests, trees of processes.

Everything is masked and bounded; of an output only its beginning and its end are read, however long it is.
"""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Iterable
from contextlib import suppress

from gatekeeper.adapters.evidence.opening import Refused, open_inside
from gatekeeper.adapters.guard.output import timeline
from gatekeeper.adapters.guard.output.capture import service_output
from gatekeeper.cli.kept_reports import read_again
from gatekeeper.cli.look_back import PastRun
from gatekeeper.cli.show_output import hidden_here, lines_of
from gatekeeper.model.events import StepFinished
from gatekeeper.model.plan import StepId
from gatekeeper.model.report import Report
from gatekeeper.policy.masking import Masker
from gatekeeper.policy.page.ansi import PLAIN, pieces_of
from gatekeeper.policy.page.contents import EXCERPTS, Excerpt, OutputLine, Seen, is_notable, told_in_full
from gatekeeper.policy.page.processes import ProcessLine, tree_of
from gatekeeper.policy.page.rows import Row, rows_of, table_of
from gatekeeper.policy.summary import step_name

_DOSSIER = 1 << 20
_LONGEST_LINE = 64 << 10
_GAP_WORTH = 512


class _Room:
    """How much of an output is shown: bytes and lines of its beginning, and of its end."""

    def __init__(self, head: int, head_lines: int, tail: int, tail_lines: int) -> None:
        self.head, self.head_lines, self.tail, self.tail_lines = head, head_lines, tail, tail_lines


_MUCH = _Room(16 << 10, 100, 48 << 10, 300)
_LITTLE = _Room(2 << 10, 20, 6 << 10, 60)


def seen_of(past: PastRun) -> Seen:
    """What is seen beside the journal of a run. What cannot be read is told of in its place; raises nothing."""
    told = told_in_full(past.record)
    outputs = [event for event in told if event.output is not None][:EXCERPTS]
    excerpts = {str(event.output): _excerpt(past, event) for event in outputs}
    trees = {event.dossier: _tree(past, event) for event in told if event.dossier is not None}
    rows: list[Row] = []
    problems: list[str] = []
    for event in past.record.latest.values():
        report, problem = _report(past, event)
        rows += rows_of(step_name(event), report, event.comparison)
        problems += [f"{step_name(event)}: {problem}"] if problem else []
    masker = Masker(filter(None, (os.environ.get(name, "") for name in past.started.secrets)))
    return Seen(excerpts, trees, table_of(_masked(rows, masker)), tuple(problems))


def _masked(rows: Iterable[Row], masker: Masker) -> Iterable[Row]:
    return (
        row._replace(id=masker.mask(row.id), message=masker.mask(row.message), place=masker.mask(row.place))
        if masker
        else row
        for row in rows
    )


def _report(past: PastRun, event: StepFinished) -> tuple[Report | None, str]:
    if not event.reports:
        return None, ""
    begun = past.record.begun.get(StepId(event.gate, event.step))
    found = read_again(past.folder.path, event, begun.cwd if begun is not None else "")
    return (found, "") if isinstance(found, Report) else (None, found.message)


def _tree(past: PastRun, event: StepFinished) -> tuple[ProcessLine, ...]:
    opened = open_inside(past.folder.path, event.dossier or "")
    if isinstance(opened, Refused):
        return ()
    with os.fdopen(opened, "rb") as file, suppress(OSError, ValueError, RecursionError):
        found = json.loads(file.read(_DOSSIER))
        if isinstance(found, dict) and isinstance(processes := found.get("processes"), list):
            return tree_of(processes, {stray.pid for stray in event.strays})
    return ()


def _excerpt(past: PastRun, event: StepFinished) -> Excerpt:
    """The excerpt of an attempt's output; where it left a service, of what that went on writing to."""
    name = str(event.output)
    sealed = True
    if os.path.exists(f"{past.folder.path}/{service_output(name)}"):
        name = service_output(name)
        sealed = any(ended.output == name for _, ended in past.record.ended_services)
    path = f"{past.folder.path}/{name}"
    redaction, missing = hidden_here(past)
    if missing and not sealed:
        return Excerpt(name, problem=f"not masked, and {', '.join(missing)} not set here: it is not shown")
    opened = open_inside(past.folder.path, name)
    if isinstance(opened, Refused):
        return Excerpt(name, problem=opened.why)
    room = _MUCH if is_notable(event) else _LITTLE
    times = timeline.read(path)
    with os.fdopen(opened, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        head: list[tuple[int, bytes]] = []
        for end, line in lines_of(file, size, redaction, sealed=sealed):
            head.append((end, line))
            if end >= room.head or len(head) >= room.head_lines:
                break
        at = head[-1][0] if head else 0
        start = max(at, size - room.tail)
        file.seek(start)
        if start - at > _GAP_WORTH:
            # The first line is one that began before.
            start += len(file.readline(_LONGEST_LINE))
        else:
            start = at
            file.seek(start)
        begins = start
        tail: deque[tuple[int, int, bytes]] = deque(maxlen=room.tail_lines)
        for end, line in lines_of(file, size, redaction, sealed=sealed, start=start):
            tail.append((begins, end, line))
            begins = end
    skipped = tail[0][0] - at if tail else size - at
    last = _lines(((end, line) for _, end, line in tail), times)
    first = _lines(head, times)
    return Excerpt(name, size, first, last, skipped) if skipped else Excerpt(name, size, first + last)


def _lines(lines: Iterable[tuple[int, bytes]], times: timeline.Times) -> tuple[OutputLine, ...]:
    shown = []
    look = PLAIN
    for end, line in lines:
        pieces, look = pieces_of(_bounded(line).decode(errors="replace").removesuffix("\n"), look)
        shown.append(OutputLine(times.of(end - 1), pieces))
    return tuple(shown)


def _bounded(line: bytes) -> bytes:
    if len(line) <= _LONGEST_LINE:
        return line
    # Of a line that was written again and again, the end is what was seen last.
    end = line[-_LONGEST_LINE:]
    return end if b"\r" in end.rstrip(b"\r\n") else line[:_LONGEST_LINE]
