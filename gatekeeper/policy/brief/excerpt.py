"""Owns choosing the lines of an output that tell the cause: around it, and not only the end. Reads no file."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gatekeeper.policy.brief.facts import Excerpt

LINES = 120
"""How many lines an excerpt has at most."""

RANK = ("around the line that tells the cause", "around the first line that speaks of trouble", "its end", "")
"""What an excerpt can be about, the most telling first; the last one is of nothing."""

_LONGEST = 500
_BEFORE = 3  # of ten lines, this many stand before the one that it is about
# The word counts where it is not one of "0 errors", "no failures", "error: 0".
_TROUBLE = re.compile(
    r"(?i)(?<!\b0 )(?<!\bno )\b(?:\w*error|\w*exception|traceback|fatal|panic(?:ked)?|fail(?:ed|ure)?|assert\w*|"
    r"cannot|refused|denied|not found|undefined|unhandled|segmentation)\b(?!s?\s*[:=]\s*0\b)"
)


def excerpt_of(lines: Sequence[str], marks: Sequence[str], first_number: int = 1, total: int = 0) -> Excerpt:
    """The lines around the first of `marks` that is found, else around the first line that speaks of trouble.

    `first_number` is the number of the first of `lines` in the output, which has `total` lines (0: as many as these).
    """
    total = total or len(lines)
    for mark in filter(None, marks):
        named = [place for place, line in enumerate(lines) if mark in line]
        if named:
            # A test is named when it begins, too, and when another one of its name passes.
            place = next((place for place in named if _TROUBLE.search(lines[place])), named[0])
            return _around(lines, place, first_number, total, RANK[0])
    for place, line in enumerate(lines):
        if _TROUBLE.search(line):
            return _around(lines, place, first_number, total, RANK[1])
    return _around(lines, len(lines) - 1, first_number, total, RANK[2])


def shrunk(excerpt: Excerpt, most: int) -> Excerpt:
    """`excerpt` with at most this many lines, those around its centre."""
    if len(excerpt.lines) <= most:
        return excerpt
    if not most:
        return excerpt._replace(lines=(), centre=0)
    start = _start(excerpt.centre, len(excerpt.lines), most)
    return excerpt._replace(
        lines=excerpt.lines[start : start + most], centre=excerpt.centre - start, number=excerpt.number + start
    )


def _around(lines: Sequence[str], place: int, first_number: int, total: int, about: str) -> Excerpt:
    start = _start(place, len(lines), LINES)
    chosen = tuple(_bounded(line) for line in lines[start : start + LINES])
    return Excerpt(chosen, max(0, place - start), first_number + start, total, about) if chosen else Excerpt()


def _start(centre: int, count: int, most: int) -> int:
    return max(0, min(centre - most * _BEFORE // 10, count - most))


def _bounded(line: str) -> str:
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]} … ({len(line) - _LONGEST} more characters)"
