"""Owns lines made of styled texts: building, cleaning, measuring, cutting and painting them. Knows no event."""

from collections.abc import Iterable
from typing import Literal, TypeAlias

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.terminal_text import settled

Style: TypeAlias = Literal["", "good", "bad", "warn", "dim", "bold", "name"]


class Span(NamedTuple):
    """A piece of one line."""

    text: str
    style: Style = ""


Line: TypeAlias = tuple[Span, ...]

_SGR: dict[Style, str] = {"good": "32", "bad": "31", "warn": "33", "dim": "2", "bold": "1", "name": "1"}


def line(*parts: Span | str) -> Line:
    """A line of spans; plain texts have no style."""
    return tuple(part if isinstance(part, Span) else Span(part) for part in parts)


def clean(text: str) -> str:
    """`text` as one line that no terminal takes for an order: no sequences, no controls, tabs as spaces."""
    return settled(text, " ").replace("\t", "    ").replace("\n", " ").rstrip()


def shortened(text: str, limit: int) -> str:
    """`text`, cleaned, in at most `limit` characters."""
    text = clean(text)
    return text if len(text) <= limit else text[: max(limit - 1, 0)].rstrip() + "…"


def cells(text: str) -> int:
    """How many columns of a terminal `text` takes."""
    if text.isascii():
        return len(text)
    return sum(_cells_of(character) for character in text)


def cut(spans: Line, width: int) -> Line:
    """The line in at most `width` columns, with an ellipsis where something is left out."""
    if sum(cells(span.text) for span in spans) <= width:
        return spans
    return (*fitting(spans, width - 1), *([Span("…", "dim")] if width > 0 else []))


def fitting(spans: Line, width: int) -> Line:
    """As much of the beginning of a line as fits into `width` columns."""
    kept: list[Span] = []
    for text, style in spans:
        short = text if cells(text) <= width else _fitting(text, width)
        kept.append(Span(short, style))
        width -= cells(short)
        if short != text:
            break
    return tuple(kept)


def padded(text: str, width: int) -> str:
    """`text` filled up with spaces, or cut, to exactly `width` columns."""
    if cells(text) > width:
        text = _fitting(text, width - 1) + "…"
    return text + " " * (width - cells(text))


def paint(spans: Line, *, colour: bool) -> str:
    """The line as it is written to a terminal or a file."""
    if not colour:
        return "".join(text for text, _ in spans)
    return "".join(f"\x1b[{_SGR[style]}m{text}\x1b[0m" if style and text else text for text, style in spans)


def paragraph(lines: Iterable[Line], *, colour: bool) -> str:
    """Lines as text, each with its line end."""
    return "".join(paint(spans, colour=colour).rstrip() + "\n" for spans in lines)


def _fitting(text: str, width: int) -> str:
    taken = 0
    for index, character in enumerate(text):
        taken += _cells_of(character)
        if taken > width:
            return text[:index]
    return text


def _cells_of(character: str) -> int:
    import unicodedata

    if unicodedata.combining(character) or unicodedata.category(character) == "Cf":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
