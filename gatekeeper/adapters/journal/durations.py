"""Owns how long steps took when they passed in former runs of a cycle.

Never evidence: what cannot be read is left out.
"""

from __future__ import annotations

import os

from gatekeeper.adapters.journal.line import NotALine, parse
from gatekeeper.adapters.journal.runs import list_runs
from gatekeeper.model.plan import StepId

MOST_RUNS = 20
"""How many runs are asked, the newest."""

MOST_PASSES = 10
"""How many passes of one step are remembered, the newest."""

LARGEST = 4 << 20
"""How many bytes of their journals are read in all."""

_FINISHED = b'"event":"step.finished"'
_PASSED = b'"verdict":"passed"'


def durations(state: str, cycle: str, run: str) -> dict[StepId, list[float]]:
    """The seconds that passed attempts of each step took, newest run first; `run` itself is left aside."""
    found: dict[StepId, list[float]] = {}
    left = LARGEST
    for folder in [each for each in list_runs(state, cycle) if each.run != run][:MOST_RUNS]:
        journal = _read(folder.journal, left)
        left -= len(journal)
        for line in journal.splitlines():
            # Looking for a text is much faster than reading what the line says.
            if _FINISHED in line and _PASSED in line:
                _remember(line, found)
    return found


def _remember(line: bytes, found: dict[StepId, list[float]]) -> None:
    try:
        data = parse(line).data
    except NotALine:
        return
    took = data.get("duration_s")
    if data.get("verdict") != "passed" or not data.get("attempt") or data.get("reused"):
        return
    if not isinstance(took, int | float) or took < 0:
        return
    passes = found.setdefault(StepId(str(data.get("gate")), str(data.get("step"))), [])
    if len(passes) < MOST_PASSES:
        passes.append(float(took))


def _read(path: str, most: int) -> bytes:
    try:
        # Something may lie in its place that one would wait for.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            return os.read(descriptor, most) if os.fstat(descriptor).st_size <= most else b""
        finally:
            os.close(descriptor)
    except OSError:
        return b""
