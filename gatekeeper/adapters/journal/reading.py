"""Owns reading journals: as entries, as the record of a run, and as a chain that must hold. Writes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress

from gatekeeper.adapters.journal.line import FIRST_PREV, Envelope, NotALine, OtherFormat, digest_of, entry_of, parse
from gatekeeper.adapters.journal.unheld import unheld
from gatekeeper.adapters.journal.writer import NAME
from gatekeeper.model.errors import JournalError
from gatekeeper.model.events import EVENTS, Entry
from gatekeeper.policy.fold import RunRecord

# What may stand behind the end of a run: what people add, what we have to tell of ourselves, and going on with it.
_AFTER_THE_END = frozenset({"note.added", "baseline.accepted", "incident", "run.resumed", "run.finished"})


def read(path: str) -> Iterator[Entry]:
    """The entries of the journal at `path`, in order.

    A torn last line is left out: that is how a journal looks while it is written, and after a sudden death. Events
    that this version does not know are left out too.

    Raises:
        JournalError: the file cannot be read, a line is not a journal's, or is in another format (`OtherFormat`).
    """
    for number, line in _lines(path):
        try:
            entry = entry_of(parse(line), line)
        except NotALine as fault:
            if not line.endswith(b"\n"):
                return
            raise JournalError(
                f"{path}: line {number} is not a journal's line: {fault}. `gatekeeper verify` tells all that is wrong."
            ) from None
        if entry is not None:
            yield entry


def load(folder: str) -> RunRecord:
    """The record of the run in `folder`. Raises `JournalError`, as `read` does."""
    record = RunRecord(os.path.basename(os.path.abspath(folder)))
    for entry in read(os.path.join(folder, NAME)):
        record.run = entry.run
        record.apply(entry)
    return record


def what_can_be_read(path: str) -> tuple[tuple[int, Entry | None], ...]:
    """Every line of the journal at `path` that can be understood, with its number (from 1), however broken it is.

    An event that this version does not know is None. What is wrong with the other lines is `verify_chain`'s to tell.

    Raises:
        JournalError: the file cannot be read at all.
    """
    found: list[tuple[int, Entry | None]] = []
    for number, line in _lines(path):
        with suppress(NotALine, JournalError):
            found.append((number, entry_of(parse(line), line)))
    return tuple(found)


def verify_chain(path: str) -> tuple[str, ...]:
    """Everything that speaks against the journal at `path`, each with its line; nothing where it is whole.

    Raises:
        JournalError: the file cannot be read at all.
    """
    return tuple(_problems(path))


def _problems(path: str) -> Iterator[str]:
    before, prev, ended, number = None, FIRST_PREV, False, 0
    for number, line in _lines(path):
        try:
            envelope = parse(line)
        except (NotALine, OtherFormat) as fault:
            torn = "torn: " if not line.endswith(b"\n") else ""
            yield f"line {number}: {torn}{fault}"
            prev = digest_of(line)
            continue
        yield from (f"line {number}: {problem}" for problem in _line_problems(envelope, line, before, prev))
        if ended and envelope.event in EVENTS and envelope.event not in _AFTER_THE_END:
            yield f"line {number}: {envelope.event} after the run had finished"
        ended = envelope.event == "run.finished" or (ended and envelope.event != "run.resumed")
        before, prev = envelope, digest_of(line)
    if not number:
        yield "the journal is empty"
    elif not ended:
        yield "the journal is not closed: it was cut short, or its run is still going on"


def _line_problems(envelope: Envelope, line: bytes, before: Envelope | None, prev: str) -> Iterator[str]:
    wanted = before.seq + 1 if before else 0
    if envelope.seq != wanted:
        yield f"seq is {envelope.seq} where {wanted} belongs"
    if envelope.prev != prev:
        yield f"prev is {envelope.prev[:19]}…, but the line before has {prev[:19]}…: one of them was altered"
    if before and envelope.run != before.run:
        yield f"belongs to the run {envelope.run}, the line before to {before.run}"
    if (envelope.event == "run.started") != (before is None):
        yield "the first event is not run.started" if before is None else "run.started for a second time"
    if not line.endswith(b"\n"):
        yield "has no newline: it was cut short"
    try:
        entry_of(envelope, line)
    except (NotALine, JournalError) as fault:
        yield str(fault)


def _lines(path: str) -> Iterator[tuple[int, bytes]]:
    try:
        with open(path, "rb", opener=unheld) as journal:
            yield from enumerate(journal, 1)
    except OSError as fault:
        raise JournalError(f"the journal {path} cannot be read: {fault.strerror}") from fault
