"""Owns the tree of processes as lines with a depth: those of a dossier, with the strays marked. Knows no file."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from gatekeeper.model.record import NamedTuple

PROCESSES = 100
"""So many processes of one dossier are shown at most."""

_FACTS = ("state", "waits_for", "target", "listening")


class ProcessLine(NamedTuple):
    """A process; `depth` is how many of its ancestors stand above it. A `stray` outlived its step."""

    depth: int
    pid: int
    words: str
    facts: str = ""
    stray: bool = False


def tree_of(processes: Sequence[object], strays: Collection[int] = ()) -> tuple[ProcessLine, ...]:
    """The processes of a dossier (with ``pid``, ``parent`` and ``argv``) as a tree; what is no process is left out."""
    found: dict[int, Mapping[str, object]] = {}
    for one in processes[:PROCESSES]:
        if isinstance(one, Mapping) and isinstance(pid := one.get("pid"), int):
            found[pid] = one
    below: dict[int, list[int]] = {}
    tops: list[int] = []
    for pid, one in found.items():
        parent = one.get("parent")
        if isinstance(parent, int) and parent in found and parent != pid:
            below.setdefault(parent, []).append(pid)
        else:
            tops.append(pid)
    lines: list[ProcessLine] = []
    waiting = [(pid, 0) for pid in reversed(tops)]
    while waiting:
        pid, depth = waiting.pop()
        lines.append(_line(found[pid], pid, depth, pid in strays))
        waiting += ((child, depth + 1) for child in reversed(below.get(pid, ())))
    return tuple(lines)


def _line(one: Mapping[str, object], pid: int, depth: int, stray: bool) -> ProcessLine:
    argv = one.get("argv")
    words = " ".join(map(str, argv)) if isinstance(argv, list) else ""
    facts = ", ".join(f"{key.replace('_', ' ')} {one[key]}" for key in _FACTS if one.get(key))
    return ProcessLine(depth, pid, words[:400] or "a process without a name", facts[:200], stray)
