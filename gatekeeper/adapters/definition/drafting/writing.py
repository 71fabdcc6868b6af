"""Owns the file that a draft becomes: YAML with, for each key, where that is said and how surely."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from gatekeeper.adapters.definition.drafting.scalar import scalar
from gatekeeper.policy.drafting.draft import Draft, Entry, Items, Keys, Plain, Said, Unplaced, Value

MOST_UNPLACED: Final = 200
_LONGEST = 140
_COLUMN = 2
_UNSHOWN = re.compile(
    "[\x00-\x1f\x7f-\xa0\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\uffff\ud800-\udfff]+"
)
_APART = frozenset({"vars", "gates", "repos", "reading", "deliverables", "classes", "until_green", "log"})


def one_line(text: str) -> str:
    """`text` as it can stand in a comment or a message: one line, nothing that moves a cursor, not too long."""
    text = " ".join(_UNSHOWN.sub(" ", text).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"


def write_draft(draft: Draft, source: str, about: tuple[str, ...]) -> str:
    """The definition; `about` are the lines of the comment at its top.

    `source` is the file of places that name none.
    """
    source = one_line(source)
    lines = [f"# {line}" for line in about]
    if draft.to_fill:
        lines += ["#", "# To be filled in before a run, here or in the environment: " + ", ".join(draft.to_fill)]
    for entry in draft.entries:
        if entry.key in _APART:
            lines.append("")
        lines += _entry(entry, "", source)
    lines += _at_the_end(draft.unplaced, source)
    return "\n".join(lines) + "\n"


def unplaced_lines(unplaced: tuple[Unplaced, ...], source: str) -> Iterator[str]:
    """What found no place, a line each, grouped by why; at most so many."""
    by_reason: dict[str, list[Unplaced]] = {}
    for each in unplaced[:MOST_UNPLACED]:
        by_reason.setdefault(each.why, []).append(each)
    for why, those in by_reason.items():
        yield f"{one_line(why)}:"
        yield from (f"  {_place(each.file or source, each.line)}  {one_line(each.text)}" for each in those)
    if len(unplaced) > MOST_UNPLACED:
        yield f"and {len(unplaced) - MOST_UNPLACED} more"


def _at_the_end(unplaced: tuple[Unplaced, ...], source: str) -> Iterator[str]:
    if unplaced:
        yield ""
        yield "# Found no place here:"
        yield from (f"# {line}" for line in unplaced_lines(unplaced, source))


def _entry(entry: Entry, indent: str, source: str) -> Iterator[str]:
    if entry.doubt:
        yield f"{indent}# not taken: {one_line(entry.doubt)}"
        yield from (f"{indent}#   {line}" for line in _entry(entry._replace(doubt=""), "", source))
        return
    yield from _above(entry, indent)
    yield from _after(f"{indent}{scalar(entry.key)}:", entry, indent + "  ", source)


def _above(entry: Entry, indent: str) -> Iterator[str]:
    return (f"{indent}# {one_line(line)}" for line in entry.above)


def _after(opening: str, entry: Entry, indent: str, source: str) -> Iterator[str]:
    """A key, or a dash, and its value."""
    comment = _comment(entry.said, source)
    match entry.value:
        case str(text) if block := _block(text, indent):
            yield f"{opening} |-{comment}"
            yield from block
        case str(text):
            yield f"{opening} {scalar(text)}{comment}"
        case Plain(written):
            yield f"{opening} {written}{comment}"
        case Keys(()):
            yield f"{opening} {{}}{comment}"
        case Keys(entries, inline=True):
            yield f"{opening} {{{', '.join(f'{scalar(each.key)}: {_flow(each.value)}' for each in entries)}}}{comment}"
        case Items(entries) if all(isinstance(each.value, str) and each.said is None for each in entries):
            yield f"{opening} [{', '.join(_flow(each.value) for each in entries)}]{comment}"
        case Keys(entries):
            yield f"{opening}{comment}"
            for each in entries:
                yield from _entry(each, indent, source)
        case Items(entries):
            yield f"{opening}{comment}"
            for each in entries:
                yield from _item(each, indent, source)


def _flow(value: Value) -> str:
    """A text inside of brackets, where a reference needs quotes."""
    text = value if isinstance(value, str) else ""
    written = scalar(text)
    return json.dumps(text, ensure_ascii=False) if written == text and "{" in text else written


def _block(text: str, indent: str) -> list[str]:
    """The lines of a script as a literal block; none where it can only stand in quotes."""
    lines = text.split("\n")
    if len(lines) < 2 or not all(lines[:: len(lines) - 1]) or _UNSHOWN.search("".join(lines)):
        return []
    if lines[0][0].isspace() or any(line.isspace() for line in lines):
        return []
    return [f"{indent}{line}" if line else "" for line in lines]


def _item(entry: Entry, indent: str, source: str) -> Iterator[str]:
    if isinstance(entry.value, Keys):
        yield from _above(entry, indent)
        lines = [line for each in entry.value.entries for line in _entry(each, indent + "  ", source)]
        yield f"{indent}- {lines[0].lstrip()}"
        yield from lines[1:]
    else:
        yield from _after(f"{indent}-", entry, indent + "  ", source)


def _comment(said: Said | None, source: str) -> str:
    if said is None:
        return ""
    why = f": {one_line(said.why)}" if said.why else ""
    return f"{' ' * _COLUMN}# from {_place(said.file or source, said.line)}, {said.sure}{why}"


def _place(source: str, line: int) -> str:
    return f"{one_line(source)}:{line}" if line else one_line(source)
