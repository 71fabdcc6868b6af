"""Owns one line of a journal: its envelope, its bytes, and the digest that the next line repeats. Knows no file."""

import json
from typing import Any

from gatekeeper.adapters.journal.codec import VERSION, Undecodable, decode
from gatekeeper.model.errors import JournalError
from gatekeeper.model.events import Entry
from gatekeeper.model.record import NamedTuple

FIRST_PREV = "sha256:" + "0" * 64
"""What the first line says of the line before it."""

_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False).encode


class Envelope(NamedTuple):
    """A line as it stands, before anybody asks what the event means."""

    v: int
    seq: int
    time: str
    run: str
    event: str
    data: dict[str, Any]
    prev: str


_KINDS: dict[str, type] = {"v": int, "seq": int, "time": str, "run": str, "event": str, "data": dict, "prev": str}


class NotALine(ValueError):
    """Bytes that are not a line of a journal; the text says why."""


class OtherFormat(JournalError):
    """A line of a journal in a format that this gatekeeper neither reads nor adds to."""

    def __init__(self, version: int) -> None:
        whose, then = ", of a newer gatekeeper", "Upgrade gatekeeper to look at this run."
        if version < VERSION:
            whose, then = "", "There never was such a format: restore the journal."
        super().__init__(
            f"this journal is in format v{version}{whose}; this one reads v{VERSION}, and leaves it as it is. {then}"
        )


def line_bytes(envelope: Envelope) -> bytes:
    """The line, with its newline. It can always be encoded, also with the lone surrogates of an odd file name."""
    text = _to_json(envelope._asdict())
    # A surrogate can only stand inside a JSON string, where its backslash form is the JSON escape for it.
    return text.encode("utf-8", "backslashreplace") + b"\n"


def digest_of(line: bytes) -> str:
    """``sha256:`` of a line's bytes, without the newline."""
    import hashlib

    return "sha256:" + hashlib.sha256(line.removesuffix(b"\n")).hexdigest()


def parse(line: bytes) -> Envelope:
    """The envelope in a line's bytes. Raises `NotALine`, or `OtherFormat` where it is one of another version."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as fault:
        raise NotALine(f"not JSON ({fault})") from None
    if not isinstance(found, dict):
        raise NotALine(f"a JSON {type(found).__name__} where an object belongs")
    for key, kind in _KINDS.items():
        value = found.get(key)
        if key == "v" and type(value) is int and value != VERSION:
            raise OtherFormat(value)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise NotALine(f"{key} is {'missing' if key not in found else f'{value!r:.40}'}")
    return Envelope(*(found[key] for key in Envelope._fields))


def entry_of(envelope: Envelope, line: bytes) -> Entry | None:
    """The entry that a line stands for, or None for an event that this version does not know.

    Raises `NotALine` where the event's data is not what the format says.
    """
    try:
        event = decode(envelope.event, envelope.data)
    except Undecodable as fault:
        raise NotALine(f"{envelope.event}: {fault}") from None
    if event is None:
        return None
    line = line.removesuffix(b"\n")
    return Entry(envelope.seq, envelope.time, envelope.run, event, digest_of(line), line)
