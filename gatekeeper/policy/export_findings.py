"""Owns what speaks against the steps of a run, one by one, each at its place in the tree. Knows no format.

A place is beside the folder that its step ran in; what has none stands where its step is defined.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterator
from typing import Literal, TypeAlias
from urllib.parse import quote

from gatekeeper.model.events import RunStarted, StepFinished
from gatekeeper.model.plan import StepId
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.verdict import Finding
from gatekeeper.policy.export_steps import MESSAGE, StepTold, readable, steps_told
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.signature import normalised
from gatekeeper.policy.summary import is_fine

Weight: TypeAlias = Literal["error", "warning", "note"]
"""``error`` stands in the way of a pass, ``warning`` in that of a step which the verdict does not ask for."""


class Place(NamedTuple):
    """A file as a URI: relative to the project's root, or absolute where it lies outside. `line` 0: none is known."""

    uri: str
    inside: bool
    line: int = 0
    column: int = 0


_SUPPRESSED = frozenset({"quarantined", "known-failure"})
"""Kinds of findings that somebody decided on, in a quarantine or a baseline."""


class Found(NamedTuple):
    """One finding. `fingerprint` is the same for the same finding in another run, also where lines have moved.

    It is `suppressed` where the project has a quarantine or a baseline that spares it.
    """

    step: StepId
    kind: str
    message: str
    weight: Weight
    place: Place
    fingerprint: str
    verdict: str
    known: str = ""
    suppressed: bool = False


def findings_told(record: RunRecord, started: RunStarted) -> Iterator[Found]:
    """The findings of every step's newest result, in the order of the steps."""
    seen: dict[str, int] = {}
    for told in steps_told(record):
        if told.result is None:
            if told.interrupted:
                yield _found(record, started, told, Finding("interrupted", "was running when the run ended"), seen)
            continue
        findings = told.result.findings
        if not findings and not is_fine(told.result):
            findings = (Finding(told.result.verdict, told.result.verdict),)
        for finding in findings:
            yield _found(record, started, told, finding, seen)


def _found(record: RunRecord, started: RunStarted, told: StepTold, finding: Finding, seen: dict[str, int]) -> Found:
    begun = record.begun.get(told.step)
    place = place_of(finding.place, started, begun.cwd if begun is not None else "")
    result: StepFinished | None = told.result
    message = readable(finding.message, MESSAGE)
    named = f"{told.step}|{finding.kind}|{place.uri}|{_lasting(finding.kind, message)}"
    # Two that look the same are told apart by their order.
    seen[named] = seen.get(named, 0) + 1
    return Found(
        told.step,
        finding.kind,
        message,
        _weight(told, finding),
        place,
        hashlib.sha256(f"{named}|{seen[named]}".encode(errors="replace")).hexdigest(),
        result.verdict if result is not None else "interrupted",
        result.known.pattern if result is not None and result.known is not None else "",
        suppressed=not finding.blocks and finding.kind in _SUPPRESSED,
    )


def _lasting(kind: str, message: str) -> str:
    """What of a message stays when the same happens again; the name of a test is no chance, whatever is in it."""
    test, colon, said = message.partition(": ") if kind.startswith("test-") else ("", "", message)
    return f"{test}{colon}{normalised(said)}"


def _weight(told: StepTold, finding: Finding) -> Weight:
    if not finding.blocks or (told.result is not None and is_fine(told.result)):
        return "note"
    return "error" if told.tier == "required" else "warning"


def place_of(text: str, started: RunStarted, cwd: str) -> Place:
    """Where ``file[:line[:column]]`` is, of a step that ran in `cwd`; the definition where nothing is named."""
    path, line, column = _parted(readable(text, MESSAGE))
    folder = posixpath.join(started.root, cwd)
    if not path:
        path, folder = started.source, started.root
    if not path:
        return Place(".", inside=True)
    whole = posixpath.normpath(posixpath.join(folder, path))
    root = posixpath.normpath(started.root or "/")
    if whole.startswith(root.rstrip("/") + "/"):
        return Place(_quoted(posixpath.relpath(whole, root)), True, line, column)
    if not whole.startswith("/"):
        return Place(_quoted(whole.lstrip("./")) or ".", True, line, column)
    return Place(f"file://{_quoted(whole)}", False, line, column)


def _parted(text: str) -> tuple[str, int, int]:
    """The path, the line and the column; 0 for what is not there."""
    numbers: list[int] = []
    while len(numbers) < 2:
        path, colon, number = text.rpartition(":")
        if not colon or not path or not (number.isascii() and number.isdigit()) or len(number) > 9:
            break
        text, numbers = path, [int(number), *numbers]
    line, column = (*numbers, 0, 0)[:2]
    return text, line, column


def _quoted(path: str) -> str:
    return quote(path, safe="/-._~", errors="replace")
