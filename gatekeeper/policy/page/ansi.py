"""Owns what a terminal would have shown of a line: its text in pieces, each with its colour. Knows no HTML.

Colours have names, not values: whoever shows them picks what can be read on the ground they have. Those of the larger
palettes become the name that is nearest in hue.
"""

from __future__ import annotations

import re
from colorsys import rgb_to_hsv

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.terminal_text import settled

_COLOURED = r"\x1b\[([0-9;:]*)m"
_COLOURS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_HUES = (("red", 0), ("orange", 30), ("yellow", 55), ("green", 120), ("cyan", 180), ("blue", 220), ("purple", 270),
         ("magenta", 310), ("red", 360))  # fmt: skip
_LEAST_SATURATION = 0.2
_DARK = 0.4
_LONGEST = 2_000


class Look(NamedTuple):
    """How text looks: the name of a colour (``red``, ``bright-red``, or empty for the usual one), and what else.

    With `inverse`, colour and ground have changed places.
    """

    colour: str = ""
    behind: str = ""
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underlined: bool = False
    inverse: bool = False


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
    numbers = [number for code in codes[:100].split(";") for number in _parameter(code)]
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
            case 7:
                look = look._replace(inverse=True)
            case 27:
                look = look._replace(inverse=False)
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
            case code if 100 <= code <= 107:
                look = look._replace(behind=f"bright-{_COLOURS[code - 100]}")
            case _:
                pass
    return look


def _parameter(code: str) -> list[int]:
    """One parameter, which colons divide: of a colour all its parts, of anything else the first."""
    parts = [int(part) if part else 0 for part in code.split(":")]
    if parts[0] not in {38, 48}:
        return parts[:1]
    # Between the kind and the three shares there may be the number of a colour space.
    return parts[:2] + parts[-3:] if parts[1:2] == [2] else parts[:3]


def _extended(numbers: list[int]) -> str:
    """The name of the colour that ``38`` or ``48`` is followed by; of nothing, or of what is none, the usual one."""
    kind = numbers.pop(0) if numbers else 0
    count = {5: 1, 2: 3}.get(kind, 0)
    shares, numbers[:count] = numbers[:count], ()
    if not count or len(shares) < count or max(shares) > 255:
        return ""
    if kind == 2:
        return _nearest(*shares)
    (number,) = shares
    if number < 16:
        return _COLOURS[number] if number < 8 else f"bright-{_COLOURS[number - 8]}"
    if number >= 232:
        return _nearest(*[8 + (number - 232) * 10] * 3)
    steps = ((number - 16) // 36, (number - 16) // 6 % 6, (number - 16) % 6)
    return _nearest(*(55 + step * 40 if step else 0 for step in steps))


def _nearest(red: int, green: int, blue: int) -> str:
    hue, saturation, value = rgb_to_hsv(red / 255, green / 255, blue / 255)
    if saturation < _LEAST_SATURATION or not value:
        return "black" if value < _DARK else "white"
    return min(_HUES, key=lambda named: abs(named[1] - hue * 360))[0]
