"""Owns reading notes that a fixer leaves as Markdown: Problem, Root cause, Solution, Gold nugget. Opens no file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gatekeeper.model.events import NoteAdded
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.verdict import Finding

MOST_FILES = 20
LARGEST = 16 << 10
"""How many bytes a file of notes may have."""

_MOST_NOTES = 50
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
# `## Problem`, `**Problem:** text`, `- Problem: text`: what stands behind the name belongs to it.
_HEADING = re.compile(
    rf"\s{{0,3}}(?:#{{1,6}}\s+|[-*]\s+)?[*_]{{0,3}}(?P<name>{'|'.join(_FIELDS)})[*_]{{0,3}}\s*"
    r"(?P<colon>:?)[*_]{0,3}\s*(?P<rest>.*)",
    re.IGNORECASE,
)


class Notes(NamedTuple):
    """What could be read, and what is wrong with the rest."""

    notes: tuple[NoteAdded, ...] = ()
    findings: tuple[Finding, ...] = ()


def read_notes(files: tuple[tuple[str, bytes | None], ...]) -> Notes:
    """The notes in `files`: (name, content), content None where it could not be read or is larger than `LARGEST`."""
    notes: list[NoteAdded] = []
    findings: list[Finding] = []
    if len(files) > MOST_FILES:
        findings.append(_finding(f"it left {len(files)} files of notes; the first {MOST_FILES} were read"))
    for name, content in files[:MOST_FILES]:
        if content is None or len(content) > LARGEST:
            findings.append(_finding(f"{name} was not read: it has more than {LARGEST >> 10} KiB, or is no file"))
            continue
        found = tuple(_notes(content.decode("utf-8", "replace")))
        if not found:
            wanted = "`Problem:` and `Root cause:` or `Solution:`"
            findings.append(_finding(f"{name} holds no note: it needs {wanted}, as headings or at the start of lines"))
        notes += found
    if len(notes) > _MOST_NOTES:
        findings.append(_finding(f"it left {len(notes)} notes; the first {_MOST_NOTES} were kept"))
    return Notes(tuple(notes[:_MOST_NOTES]), tuple(findings))


def _notes(text: str) -> Iterator[NoteAdded]:
    fields: dict[str, list[str]] = {}
    current: list[str] = []
    for line in text.splitlines():
        heading = _field_of(line)
        if heading is None:
            current.append(line)
            continue
        name, rest = heading
        if name == "problem" and "problem" in fields:
            yield from _note(fields)
            fields = {"domain": fields["domain"]} if "domain" in fields else {}
        current = fields.setdefault(name, [])
        if rest:
            current.append(rest)
    yield from _note(fields)


def _field_of(line: str) -> tuple[str, str] | None:
    """The field that a line begins, and what it says of it already."""
    found = _HEADING.fullmatch(line)
    if found is None:
        return None
    is_heading = line.lstrip().startswith("#")
    if not found["colon"] and (found["rest"] or not is_heading):
        return None  # a sentence that begins with the word
    return _FIELDS[found["name"].lower()], found["rest"].strip()


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


def _finding(message: str) -> Finding:
    return Finding("fixer-note", message, blocks=False)
