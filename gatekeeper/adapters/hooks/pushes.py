"""Owns the file that pushes are written down in: one JSON object a line, only ever appended to. Knows no git."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator

from gatekeeper.model.push import Push

NAME = "pushes.jsonl"
_VERSION = 1
_LONGEST_TEXT = 500
_LONGEST_LINE = 4000
"""So that one write puts it there, whole, whoever else writes at the same time."""
_MOST = 64 << 20


def line_of(push: Push) -> bytes:
    """The line for a push. `time` and `old` come first: an installed hook writes these two itself."""
    facts = {name: _bounded(value) for name, value in push._asdict().items()}
    ordered = {"time": facts.pop("time"), "old": facts.pop("old"), "v": _VERSION, **facts}
    line = json.dumps(ordered).encode()
    if len(line) > _LONGEST_LINE:
        line = json.dumps({**ordered, "beyond": []}).encode()
    return line + b"\n"


def append(state: str, pushes: tuple[Push, ...]) -> None:
    """Write them down in the state folder, which is there. Raises `OSError`."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(os.path.join(state, NAME), flags, 0o600)
    try:
        for push in pushes:
            os.write(descriptor, line_of(push))
    finally:
        os.close(descriptor)


def read(state: str) -> Iterator[Push]:
    """All that were written down, oldest first; a line that is not understood tells nothing. Raises `OSError`."""
    try:
        descriptor = os.open(os.path.join(state, NAME), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    with os.fdopen(descriptor, "rb") as file:
        about = os.fstat(descriptor)
        # Somebody else's file in a folder that several can write to is not our memory.
        if about.st_uid != os.geteuid() or not stat.S_ISREG(about.st_mode):
            return
        if about.st_size > _MOST:
            file.seek(-_MOST, os.SEEK_END)
        for line in file:
            if (push := _push_of(line)) is not None:
                yield push


def _push_of(line: bytes) -> Push | None:
    try:
        facts = json.loads(line)
        if facts.pop("v") != _VERSION:
            return None
        beyond = tuple(str(oid) for oid in facts.pop("beyond"))
        reused = facts.pop("reused") is True
        return Push(**{name: str(facts[name]) for name in Push._fields if name in facts}, beyond=beyond, reused=reused)
    except (ValueError, LookupError, TypeError, AttributeError):
        return None


def _bounded(value: object) -> object:
    return value[:_LONGEST_TEXT] if isinstance(value, str) else value
