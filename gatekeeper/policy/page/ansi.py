"""Owns what a terminal would have shown of a line: its text in pieces, each with its colour. Knows no HTML."""

from __future__ import annotations

import re

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.terminal_text import settled

_COLOURED = r"\x1b\[([0-9;:]*)m"
_COLOURS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_LONGEST = 2_000


class Look(NamedTuple):
    """How text looks: the name of a colour (``red``, ``bright-red``, or empty for the usual one), and what else."""

    colour: str = ""
    behind: str = ""
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underlined: bool = False


PLAIN = Look()


class Piece(NamedTuple):
    """A part of a line that looks the same all over."""

    text: str
    look: Look


def pieces_of(line: str, look: Look = PLAIN) -> tuple[tuple[Piece, ...], Look]:
    """The pieces of one line, as it was last written, and how the line after it begins.

    A line that is too long is cut, and says so.
    """
    if line.isprintable():
        return ((Piece(_cut(line), look),) if line else ()), look
    shown_from = line.rstrip("\r").rfind("\r") + 1
    pieces: list[Piece] = []
    at, left = 0, _LONGEST
    for found in (*re.finditer(_COLOURED, line), None):
        end = found.start() if found else len(line)
        text = settled(line[max(at, shown_from) : end].rstrip("\r"), "�")
        if text and left > 0:
            pieces.append(Piece(_cut(text, left), look))
            left -= len(text)
        if found:
            at, look = found.end(), _changed(look, found[1])
    return tuple(pieces), look


def _cut(text: str, most: int = _LONGEST) -> str:
    return text if len(text) <= most else f"{text[:most]} … ({len(text) - most:,} more characters)"


def _changed(look: Look, codes: str) -> Look:
    numbers = [int(code) if code else 0 for code in re.split("[;:]", codes[:100])]
    while numbers:
        match numbers.pop(0):
            case 0:
                look = PLAIN
            case 1:
                look = look._replace(bold=True)
            case 2:
                look = look._replace(dim=True)
            case 3:
                look = look._replace(italic=True)
            case 4:
                look = look._replace(underlined=True)
            case 22:
                look = look._replace(bold=False, dim=False)
            case 23:
                look = look._replace(italic=False)
            case 24:
                look = look._replace(underlined=False)
            case 38:
                look = look._replace(colour=_extended(numbers))
            case 48:
                look = look._replace(behind=_extended(numbers))
            case 39:
                look = look._replace(colour="")
            case 49:
                look = look._replace(behind="")
            case code if 30 <= code <= 37:
                look = look._replace(colour=_COLOURS[code - 30])
            case code if 90 <= code <= 97:
                look = look._replace(colour=f"bright-{_COLOURS[code - 90]}")
            case code if 40 <= code <= 47:
                look = look._replace(behind=_COLOURS[code - 40])
            case _:
                pass
    return look


def _extended(numbers: list[int]) -> str:
    """The colour that ``38`` or ``48`` is followed by: one of the sixteen, others are the usual one."""
    kind = numbers.pop(0) if numbers else 0
    if kind == 2:
        del numbers[:3]
    if kind != 5 or not numbers:
        return ""
    number = numbers.pop(0)
    if number < 8:
        return _COLOURS[number]
    return f"bright-{_COLOURS[number - 8]}" if number < 16 else ""
