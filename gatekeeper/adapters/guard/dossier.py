"""Owns what is kept of a step that had to be killed: the file, and the one sentence that says why it hung.

The sentence says what was seen and guesses nothing.
"""

from __future__ import annotations

import json
import os
import re

from gatekeeper.adapters.guard.wire import Report, Sight

_PROMPT = re.compile(r"(?:[:?>\]]|\(y/n\)|\[y/N\]|\[Y/n\])\s*$", re.IGNORECASE)
_STATES = {"R": "was running", "D": "was in an uninterruptible wait", "T": "was stopped", "t": "was being traced"}


def write(folder: str, label: str, report: Report, last_lines: tuple[str, ...]) -> str:
    """Write ``dossiers/<label>.json`` below the run's folder; its path relative to it. Raises `OSError`."""
    name = "".join(c if c.isalnum() or c in "-_=,+." else "_" for c in label)
    relative = f"dossiers/{name}.json"
    os.makedirs(f"{folder}/dossiers", exist_ok=True)
    content = {
        "v": 1,
        "label": label,
        "ended_by": report.end,
        "after_s": round(report.after_s, 3),
        "last_lines": list(last_lines),
        "processes": [
            {
                "pid": one.pid,
                "ppid": one.ppid,
                "state": one.state,
                "argv": list(one.argv),
                "wait_channel": one.wchan,
                "cpu_ticks": one.cpu_ticks,
            }
            for one in report.sights
        ],
    }
    with open(f"{folder}/{relative}", "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1)
    return relative


def hint(report: Report, unfinished_line: str) -> str:
    """What the command seemed to be doing, in one sentence, or empty.

    `unfinished_line` is what its output ends with, if that is not the end of a line: a prompt looks like this.
    """
    if _PROMPT.search(unfinished_line):
        return f"waiting for input at '{unfinished_line.strip()[-80:]}'"
    deepest = _deepest(report.sights)
    if deepest is None:
        return ""
    command = " ".join(deepest.argv)
    command = command if len(command) <= 60 else command[:57] + "..."
    state = _STATES.get(deepest.state)
    if state is None:
        state = f"was waiting in {deepest.wchan}" if deepest.wchan else "was waiting"
    return f"`{command}` (pid {deepest.pid}) {state}"


def _deepest(sights: tuple[Sight, ...]) -> Sight | None:
    """The last process of the line of youngest children: what the others are waiting for."""
    parents = {one.ppid for one in sights}
    leaves = [one for one in sights if one.pid not in parents]
    return leaves[-1] if leaves else None
