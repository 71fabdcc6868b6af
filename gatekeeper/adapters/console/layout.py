"""Owns fitting rows into a window: where they break, how many lines that takes, and what is left out. Pure.

Knows no event. Where nothing tells how wide a window is, rows are one line each, so that they can be searched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from gatekeeper.adapters.console.spans import Line, Span, Style, cells, cut, fitting
from gatekeeper.model.record import NamedTuple

_NARROW = 60
_INDENT = 6
_DEEPEST = 20
# A sign or a word, and a name where a column follows.
_BEGIN = re.compile(r"\s*\S+\s+(?:\S+\s{2,})?")


class Room(NamedTuple):
    """The window that the closing block is read in, in columns and lines; 0 columns are as many as one wants."""

    width: int = 0
    height: int = 24


class Row(NamedTuple):
    """A line as it was meant: what stands in `front` of it, and its `words`, which break where there is no room.

    A ``command`` breaks before a word, as a shell takes it; what is ``whole`` (a path, somebody's command line) is left
    to the terminal to break, so that it can be copied. What is ``brief`` is cut where its line ends, but in a narrow
    window, where that would leave nothing. Before each line of ``output`` stands the last span of its front.
    """

    front: Line
    words: Line = ()
    how: Literal["words", "command", "whole", "brief", "output"] = "words"


def laid(row: Row, width: int) -> Iterator[Line]:
    """The row as lines of at most `width` columns, but for what is whole."""
    front, words, how = row
    taken = _width(front)
    if not width or how == "whole" or taken + _width(words) <= width:
        yield front + words
        return
    if how == "brief" and width >= _NARROW:
        yield cut(front + words, width)
        return
    if how == "output":
        yield from _broken(row, width)
        return
    under = taken if width >= _NARROW and taken <= _DEEPEST else min(taken, _INDENT)
    if not any(text.strip() for text, _ in front):
        front, taken = (Span(" " * under),), under
    glue = " \\" if how == "command" else ""
    line, room, fresh = list(front), width - taken, True
    for piece, style in _pieces(words, width - under - len(glue), whole=how == "command"):
        needed = cells(piece) + (0 if fresh else 1) + len(glue)
        if needed > room and not (fresh and taken <= under):
            line.append(Span("" if fresh else glue))
            yield tuple(line)
            line, room, fresh, taken = [Span(" " * under)], width - under, True, under
        line.append(Span(piece if fresh else f" {piece}", style))
        room -= cells(piece) + (0 if fresh else 1)
        fresh = False
    yield tuple(line)


def wrapped(text: Line, width: int) -> Iterator[Line]:
    """A line that was meant as one, in a window of `width` columns: what is too long goes on below its second word."""
    begin = _BEGIN.match("".join(span.text for span in text))
    at = begin.end() if begin else 0
    yield from laid(Row(*_parted(text, at)), width)


def lines_of(rows: Iterable[Row], width: int) -> tuple[Line, ...]:
    """All rows as lines."""
    return tuple(line for row in rows for line in laid(row, width))


def height_of(rows: Iterable[Row], width: int) -> int:
    """How many lines of a window of this width the rows take, with those that the terminal breaks itself."""
    if not width:
        return sum(1 for _ in rows)
    return sum(max(1, -(-_width(line) // width)) for line in lines_of(rows, width))


def graded(choices: Sequence[Sequence[tuple[Row, ...]]], room: Room) -> tuple[tuple[Row, ...], ...]:
    """One of its forms for each of the things to tell, in their order, so that all of them fit into `room`.

    Each thing comes in forms from the longest to the shortest. The first gets a middling one, the others the shortest,
    then the second shortest; then longer ones, from the top, while there is room. What does not fit at all is left out
    at the end; the first is told even so. A form of more than one row has an empty row in front, which counts.
    """
    if not choices:
        return ()
    heights = [[height_of(form, room.width) + (len(form) > 1) for form in forms] for forms in choices]
    first = heights[0]
    taken = [next((n for n in range(max(len(first) - 3, 0), len(first)) if first[n] <= room.height), len(first) - 1)]
    left = room.height - first[taken[0]]
    for each in heights[1:]:
        if each[-1] > left:
            break
        taken.append(len(each) - 1)
        left -= each[-1]
    for longest_first in (False, True):
        for place, now in enumerate(taken):
            each = heights[place]
            least = 0 if longest_first else min(now, max(len(each) - 2, 0))
            taken[place] = next(n for n in range(least, now + 1) if n == now or each[n] - each[now] <= left)
            left -= each[taken[place]] - each[now]
    return tuple(forms[number] for forms, number in zip(choices, taken, strict=False))


def _broken(row: Row, width: int) -> Iterator[Line]:
    *label, bar = row.front
    front, words = row.front, row.words
    before = _width(tuple(label))
    while words:
        every = "".join(text for text, _ in words)
        fits = max(sum(len(text) for text, _ in fitting(words, width - before - cells(bar.text))), 1)
        blank = every.rfind(" ", 0, fits)
        # A word is broken only where much of the line would stay empty.
        at = blank if every[fits : fits + 1].strip() and blank > fits // 2 else fits
        piece, words = _parted(words, at)
        words = _parted(words, 1)[1] if every[at : at + 1] == " " else words
        yield front + piece
        front = (Span(" " * before), bar)


def _parted(spans: Line, at: int) -> tuple[Line, Line]:
    """The spans before and after so many characters."""
    before: list[Span] = []
    after: list[Span] = []
    for text, style in spans:
        before.append(Span(text[:at], style))
        after.append(Span(text[at:], style))
        at = max(at - len(text), 0)
    return tuple(span for span in before if span.text), tuple(span for span in after if span.text)


def _width(spans: Line) -> int:
    return sum(cells(text) for text, _ in spans)


def _pieces(words: Line, room: int, *, whole: bool) -> Iterator[tuple[str, Style]]:
    """The words with their styles; one that is wider than a line is broken unless it is to stay `whole`."""
    for text, style in words:
        for word in _arguments(text) if whole else text.split():
            piece = ""
            for character in word:
                if not whole and cells(piece) + cells(character) > max(room, 1):
                    yield piece, style
                    piece = ""
                piece += character
            yield piece, style


def _arguments(command: str) -> Iterator[str]:
    """What the shell takes for its words, as they are written; knows the quotes of `shlex.quote`."""
    quote, start = "", 0
    for at, sign in enumerate(command):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif sign == " ":
            yield command[start:at]
            start = at + 1
    yield command[start:]
