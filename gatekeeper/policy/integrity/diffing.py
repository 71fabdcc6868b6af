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
    first, was, now = _trimmed(old, new)
    if len(was) + len(now) > _COMPARED:
        return "\n".join([*head, f"(too long to show: {len(was)} lines became {len(now)}, from line {first + 1})"])
    body = _body(was, now, first, around=3)
    return "\n".join([*head, *_cut(body, LINES)])


def telling_lines(before: str | None, after: str | None, most: int) -> tuple[str, ...]:
    """The lines of the diff from its first hunk on, `most` of them; less stands around changes where there are many."""
    old, new = _lines(before), _lines(after)
    first, was, now = _trimmed(old, new)
    if old == new:
        return ()
    if len(was) + len(now) > _COMPARED:
        return (f"(too long to show: {len(was)} lines became {len(now)}, from line {first + 1})",)
    body: list[str] = []
    for around in (3, 1, 0):
        body = _body(was, now, first, around=around)
        if len(body) <= most:
            break
    return tuple(_cut(body, most - 1) if len(body) > most else body)


def _trimmed(old: list[str], new: list[str]) -> tuple[int, list[str], list[str]]:
    """Both without what is the same at their ends, and how many lines were left off at the top."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    first = max(0, start - 3)
    return first, old[first : len(old) - max(0, end - 3)], new[first : len(new) - max(0, end - 3)]


def _body(was: list[str], now: list[str], first: int, *, around: int) -> list[str]:
    lines = list(difflib.unified_diff(was, now, lineterm="", n=around))[2:]
    return [_shifted(_narrow(line), first) for line in lines]


def _narrow(line: str) -> str:
    """A line that is too long told by its length: half of it could be half of a secret, which nothing recognises."""
    return line if len(line) <= _WIDEST else f"{line[0]}(a line of {len(line) - 1:,} characters)"


def _cut(body: list[str], most: int) -> list[str]:
    more = len(body) - most
    return [*body[:most], *([f"(and {more} lines more)"] if more > 0 else [])]


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
