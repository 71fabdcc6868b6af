"""Owns a diff that is shown: unified, and cut to what a person reads. Knows no rule."""

from __future__ import annotations

import difflib

LINES = 80
"""Lines of a diff that are kept; the rest is counted."""

_WIDEST = 240
_COMPARED = 6000


def bounded_diff(path: str, before: str | None, after: str | None) -> str:
    """The unified diff; empty where nothing differs. Files of very many lines are told by their size."""
    old, new = _lines(before), _lines(after)
    if old == new:
        return ""
    head = [
        f"--- {'/dev/null' if before is None else f'a/{path}'}",
        f"+++ {'/dev/null' if after is None else f'b/{path}'}",
    ]
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    first = max(0, start - 3)
    was, now = old[first : len(old) - max(0, end - 3)], new[first : len(new) - max(0, end - 3)]
    if len(was) + len(now) > _COMPARED:
        return "\n".join([*head, f"(too long to show: {len(was)} lines became {len(now)}, from line {first + 1})"])
    body = [line[:_WIDEST] for line in list(difflib.unified_diff(was, now, lineterm="", n=3))[2:]]
    body = [_shifted(line, first) for line in body]
    more = len(body) - LINES
    return "\n".join([*head, *body[:LINES], *([f"(and {more} lines more)"] if more > 0 else [])])


def _shifted(line: str, by: int) -> str:
    """A hunk's head with the lines that were left off at the top counted in."""
    if not line.startswith("@@ "):
        return line

    def moved(part: str) -> str:
        number, comma, length = part[1:].partition(",")
        return f"{part[0]}{int(number) + by}{comma}{length}"

    _, old, new, _ = line.split(" ", 3)
    return f"@@ {moved(old)} {moved(new)} @@"


def _lines(text: str | None) -> list[str]:
    return [] if text is None else text.splitlines()
