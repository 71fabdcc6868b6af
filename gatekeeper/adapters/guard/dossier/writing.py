"""Owns the file that is kept of a step that had to be ended at a limit. Knows nothing of how it was looked at."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable

from gatekeeper.adapters.guard.messages.sight import Sight
from gatekeeper.adapters.guard.messages.wire import Report
from gatekeeper.adapters.guard.system import files
from gatekeeper.model.record import NamedTuple


class Occasion(NamedTuple):
    """What a dossier says besides what was seen: whose it is, the sentence on why it hung, and its last lines."""

    label: str
    why: str
    last_lines: tuple[str, ...]


def write(
    folder: str, output: str, report: Report, occasion: Occasion, mask: Callable[[str], str] = str
) -> tuple[str, str]:
    """Write ``dossiers/<name>.json`` below the run's folder; its path relative to that, and its digest.

    Raises `OSError`.

    The name is that of the `output` file, which tells the attempts of a step apart. Every text goes through `mask`.
    """
    relative = f"dossiers/{os.path.splitext(os.path.basename(output))[0]}.json"
    os.makedirs(f"{folder}/dossiers", 0o700, exist_ok=True)
    content = {
        "v": 1,
        "label": occasion.label,
        "ended_by": report.end,
        "after_s": round(report.after_s, 3),
        "limits": {
            name: {"held_by": held_by, "exceeded": dict(report.exceeded).get(name, "")}
            for name, held_by in report.held_by
        },
        "why": mask(occasion.why),
        "last_lines": [mask(line) for line in occasion.last_lines],
        "processes": [_process(one, mask) for one in report.sights],
    }
    written = f"{json.dumps(content, indent=1, ensure_ascii=False)}\n".encode(errors="replace")
    descriptor = files.open_ordinary(f"{folder}/{relative}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    with open(descriptor, "wb") as file:
        file.write(written)
    return relative, f"sha256:{hashlib.sha256(written).hexdigest()}"


def _process(one: Sight, mask: Callable[[str], str]) -> dict[str, object]:
    found: dict[str, object] = {
        "pid": one.pid,
        "parent": one.ppid,
        "argv": [mask(argument) for argument in one.argv],
        "state": one.state,
        "threads": one.threads,
        "cpu_ticks": one.cpu_ticks,
        "memory": one.memory or None,
        "cores_used": one.cpu_share if one.cpu_share >= 0 else None,
        "waits_for": one.waits,
        "target": mask(one.target),
        "waits_for_pid": one.peer or None,
        "system_call": one.syscall,
        "wait_channel": one.wchan,
        "stopped_by": one.stopped_by or None,
        "standard_input": mask(one.stdin),
        "listening": list(one.listening),
        "connected_to": list(one.connected),
        "runtime": one.runtime,
        "stack": [mask(line) for line in one.stack],
        "no_stack_because": one.note,
    }
    always = ("pid", "parent", "argv", "state", "cpu_ticks")
    return {name: value for name, value in found.items() if name in always or value not in ("", None, [])}
