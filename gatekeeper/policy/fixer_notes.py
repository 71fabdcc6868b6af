"""Owns what of a fixer's drop folder becomes notes, and what is told of the rest. Opens no file."""

from __future__ import annotations

from gatekeeper.model.events import NoteAdded
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.verdict import Finding
from gatekeeper.policy.written_notes import WANTED, notes_in

MOST_FILES = 20
LARGEST = 16 << 10
"""How many bytes a file of notes may have."""

_MOST_NOTES = 50


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
        found = tuple(notes_in(content.decode("utf-8", "replace")))
        if not found:
            findings.append(_finding(f"{name} holds no note: it needs {WANTED}"))
        notes += found
    if len(notes) > _MOST_NOTES:
        findings.append(_finding(f"it left {len(notes)} notes; the first {_MOST_NOTES} were kept"))
    return Notes(tuple(notes[:_MOST_NOTES]), tuple(findings))


def _finding(message: str) -> Finding:
    return Finding("fixer-note", message, blocks=False)
