"""Owns reading what `gatekeeper note` is given as files: notes in Markdown, and a snippet of any file. All bounded."""

from __future__ import annotations

import os
import re
import stat
import sys

from gatekeeper.cli.project import find_root
from gatekeeper.model.errors import UsageError
from gatekeeper.model.event_parts import Snippet
from gatekeeper.model.events import NoteAdded
from gatekeeper.policy.written_notes import WANTED, notes_in

STANDARD_INPUT = "-"

_LARGEST_NOTES = 256 << 10
_LARGEST_FILE = 16 << 20
_MOST_NOTES = 50
_MOST_LINES = 60
_LONGEST_LINE = 400
_RANGE = r"(?P<path>.+):(?P<first>\d{1,9})(?:-(?P<last>\d{1,9}))?"


def read_notes(path: str) -> tuple[NoteAdded, ...]:
    """The notes in the file at `path`, or in standard input. Raises `UsageError` where there is none."""
    name = "standard input" if path == STANDARD_INPUT else path
    text = _text(sys.stdin.buffer.read(_LARGEST_NOTES + 1) if path == STANDARD_INPUT else None, path, _LARGEST_NOTES)
    notes = tuple(notes_in(text))
    if not notes:
        count = len(text.splitlines())
        found = f"{count:,} lines and none of that" if count > 1 else "nothing of that"
        raise UsageError(
            f"{name} holds no note. Looked for: {WANTED}. Found: {found}\n"
            "  a note is, for example:\n"
            "    Problem: duplicate signup answers 500\n"
            "    Root cause: nobody catches the unique index\n"
            "    Solution: answer 409"
        )
    if len(notes) > _MOST_NOTES:
        raise UsageError(f"{name} holds {len(notes)} notes, and at most {_MOST_NOTES} are taken at once; split it")
    return notes


def read_snippet(wanted: str) -> Snippet:
    """The lines that `wanted` (``FILE``, ``FILE:LINE``, ``FILE:FIRST-LAST``) means. Raises `UsageError`."""
    path, first, last = wanted, 1, 0
    # A file may be called like a range.
    if (found := re.fullmatch(_RANGE, wanted)) and not os.path.lexists(wanted):
        path, first, last = found["path"], int(found["first"]), int(found["last"] or found["first"])
    lines = _text(None, path, _LARGEST_FILE).splitlines()
    ranged, last = bool(last), last or len(lines)
    if not 1 <= first <= last <= len(lines):
        raise UsageError(f"{path} has {len(lines):,} lines; there is no {wanted.removeprefix(path).lstrip(':') or 1}")
    if last - first >= _MOST_LINES:
        raise UsageError(
            f"{wanted} are {last - first + 1:,} lines, and a note takes at most {_MOST_LINES}\n"
            f"  try: --file {path}:{first}-{first + _MOST_LINES - 1}"
        )
    place = _in_project(path)
    if ranged:
        place += f":{first}" if first == last else f":{first}-{last}"
    return Snippet(place, "\n".join(line[:_LONGEST_LINE].rstrip() for line in lines[first - 1 : last]))


def _text(content: bytes | None, path: str, largest: int) -> str:
    """What the file at `path` says, or `content` where that is it already. Raises `UsageError`."""
    content = _read(path, largest) if content is None else content
    if len(content) > largest:
        raise UsageError(f"{path} has more than {largest >> 10:,} KiB; name a part of it, in a file of its own")
    if b"\x00" in content:
        raise UsageError(f"{path} holds NUL bytes: it is not a text")
    return content.decode("utf-8-sig", "replace")


def _read(path: str, largest: int) -> bytes:
    try:
        # A pipe that nobody writes to must not hold us.
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise UsageError(f"{path} is not a file with text in it")
            return file.read(largest + 1)
    except (OSError, ValueError) as fault:
        reason = fault.strerror if isinstance(fault, OSError) else fault
        raise UsageError(f"{path!r} cannot be read: {reason}") from None


def _in_project(path: str) -> str:
    """`path` from the project's root on, where it lies in it; else as it was given."""
    root = find_root(os.getcwd())
    absolute = os.path.abspath(path)
    inside = root is not None and os.path.commonpath([root, absolute]) == root
    return os.path.relpath(absolute, root) if inside else path
