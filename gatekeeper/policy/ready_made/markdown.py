"""Owns which characters of a Markdown text a reader sees as prose, as code, or not at all. Renders nothing.

It follows fences (also in quotes and lists), indented code, code spans and HTML comments, as CommonMark has them.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from gatekeeper.model.record import NamedTuple

Where: TypeAlias = Literal["prose", "code", "everywhere"]
PROSE, CODE, HIDDEN = "p", "c", "h"
"""What a character is."""

_FENCE = re.compile(r"(?:[-*+][ \t]+|[0-9]{1,9}[.)][ \t]+)?(`{3,}|~{3,})(.*)")
_QUOTE = re.compile(r"[ \t]*((?:>[ \t]?)*)[ \t]*")
_ITEM = re.compile(r"[ \t]*(?:>[ \t]?)*[ \t]*(?:[-*+]|[0-9]{1,9}[.)])(?:[ \t]|$)")
_INDENTED = re.compile(r"(?: {4}| {0,3}\t)[ \t]*\S")
_SPAN = re.compile(r"(?<!`)(`+)(?!`)")


class _Fence(NamedTuple):
    mark: str
    quotes: int


def kinds(text: str) -> str:
    """A text as long as `text` that says of each of its characters what it is: `PROSE`, `CODE` or `HIDDEN`."""
    found = list(_blocks(text))
    _comments(text, found)
    _spans(text, found)
    return "".join(found)


def _blocks(text: str) -> list[str]:
    found: list[str] = []
    fence: _Fence | None = None
    blank, indented, in_list = True, False, False
    for line in text.splitlines(keepends=True):
        if fence is not None:
            fence, kind = _inside(fence, line)
            found += kind * len(line)
            if kind == CODE:
                blank = False
                continue
            del found[len(found) - len(line) :]
        fence = _opened(line)
        if fence is not None:
            found += CODE * len(line)
            blank, indented = False, False
            continue
        if not line.strip():
            found += (CODE if indented else PROSE) * len(line)
            blank = True
            continue
        if _ITEM.match(line):
            in_list = True
        elif blank and not line[0].isspace():
            in_list = False
        indented = bool(_INDENTED.match(line)) and (blank or indented) and not in_list
        found += (CODE if indented else PROSE) * len(line)
        blank = False
    return found


def _opened(line: str) -> _Fence | None:
    quote = _QUOTE.match(line)
    start = quote.end() if quote else 0
    fence = _FENCE.match(line.rstrip("\r\n"), start)
    if fence is None or (fence[1][0] == "`" and "`" in fence[2]):
        return None
    return _Fence(fence[1], quote[1].count(">") if quote else 0)


def _inside(fence: _Fence, line: str) -> tuple[_Fence | None, str]:
    """What is open after `line`, and what the line is: `PROSE` where the quote that held the fence ended before it."""
    quote = _QUOTE.match(line)
    quotes = quote[1].count(">") if quote else 0
    if quotes < fence.quotes:
        return None, PROSE
    rest = line[quote.end() if quote and fence.quotes else 0 :].strip()
    closes = len(rest) >= len(fence.mark) and set(rest) == {fence.mark[0]}
    return (None if closes else fence), CODE


def _comments(text: str, found: list[str]) -> None:
    at = 0
    while (start := text.find("<!--", at)) >= 0:
        if found[start] == CODE:
            at = start + 4
            continue
        end = text.find("-->", start + 4)
        end = len(text) if end < 0 else end + 3
        found[start:end] = HIDDEN * (end - start)
        at = end


def _spans(text: str, found: list[str]) -> None:
    """Code spans: as many backquotes at the end as at the beginning, inside one paragraph."""
    at = 0
    while (opening := _SPAN.search(text, at)) is not None:
        start, at = opening.start(1), opening.end(1)
        if found[start] != PROSE or (start and text[start - 1] == "\\" and len(opening[1]) == 1):
            continue
        end_of_paragraph = re.compile(r"\n[ \t>]*\n").search(text, at)
        limit = end_of_paragraph.start() if end_of_paragraph else len(text)
        closing = re.compile(rf"(?<!`){opening[1]}(?!`)").search(text, at, limit)
        if closing is None or any(kind != PROSE for kind in found[at : closing.start()]):
            continue
        found[start : closing.end()] = CODE * (closing.end() - start)
        at = closing.end()
