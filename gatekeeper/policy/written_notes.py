"""Owns reading notes that somebody wrote as Markdown: Problem, Root cause, Solution, Gold nugget. Opens no file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gatekeeper.model.events import NoteAdded
from gatekeeper.model.record import NamedTuple

WANTED = "`Problem:` and `Root cause:` or `Solution:`, as headings or at the start of lines"
"""What makes a note, in words for whoever wrote none."""

_LONGEST = 2000
_FIELDS = {
    "problem": "problem",
    "root cause": "root_cause",
    "cause": "root_cause",
    "solution": "solution",
    "fix": "solution",
    "gold nugget": "nugget",
    "nugget": "nugget",
    "domain": "domain",
}
# `## Problem`, `**Problem:** text`, `- 💡 Problem: text`: what stands behind the name belongs to it.
_FIELD = re.compile(
    rf"\s*(?:(?P<level>#{{1,6}})\s+|[-*]\s+)?(?P<bold>[*_]{{0,3}})(?:[^\w\s#*_-]+\s+)?(?P<name>{'|'.join(_FIELDS)})"
    r"[*_]{0,3}\s*(?P<colon>:?)[*_]{0,3}\s*(?P<rest>.*)",
    re.IGNORECASE,
)
_HEADING = re.compile(r" {0,3}(#{1,6})\s")
_FENCE = re.compile(r"\s*(`{3,}|~{3,})")


class _Begun(NamedTuple):
    """A field that a line begins: its name, the level of its heading (0: it is none), what the line says already."""

    name: str
    level: int
    rest: str


def notes_in(text: str) -> Iterator[NoteAdded]:
    """The notes in `text`. One begins at every problem; a domain holds for those that follow, until the next.

    A field ends where the next begins, or at a heading that is no deeper than its own. What is in a fenced block
    belongs to the field around it.
    """
    fields: dict[str, list[str]] = {}
    current: list[str] = []
    level, fence = 0, ""
    for line in text.removeprefix("\ufeff").splitlines():
        inside, fence = bool(fence), _fence_after(line, fence)
        begun = None if inside or fence else _field_of(line)
        if begun is not None:
            if begun.name == "problem" and "problem" in fields:
                yield from _note(fields)
                fields = {"domain": fields["domain"]} if "domain" in fields else {}
            if begun.name == "domain":
                fields.pop("domain", None)
            level, current = begun.level, fields.setdefault(begun.name, [])
            current.append(begun.rest)
        elif not inside and (heading := _HEADING.match(line)) and len(heading[1]) <= (level or len(heading[1])):
            current = []
        else:
            current.append(line)
    yield from _note(fields)


def _fence_after(line: str, fence: str) -> str:
    """The fence that is open behind `line`, where `fence` was before it."""
    found = _FENCE.match(line)
    if found is None:
        return fence
    if not fence:
        return found[1]
    return "" if found[1].startswith(fence) and line.strip() == found[1] else fence


def _field_of(line: str) -> _Begun | None:
    found = _FIELD.fullmatch(line)
    if found is None:
        return None
    if not found["colon"] and (found["rest"] or not found["level"]):
        return None  # a sentence that begins with the word
    # `**Problem: text**`: what opened before the name ends behind the text.
    rest = found["rest"].strip().removesuffix(found["bold"])
    return _Begun(_FIELDS[found["name"].lower()], len(found["level"] or ""), rest)


def _note(fields: dict[str, list[str]]) -> Iterator[NoteAdded]:
    said = {name: " ".join(" ".join(lines).split())[:_LONGEST] for name, lines in fields.items()}
    if said.get("problem") and (said.get("root_cause") or said.get("solution")):
        yield NoteAdded(
            said["problem"],
            said.get("root_cause", ""),
            said.get("solution", ""),
            said.get("nugget", ""),
            said.get("domain", ""),
        )
