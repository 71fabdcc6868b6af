"""Owns the end of a journal: finding its last whole line, and mending what a sudden death left. Knows no event."""

import os
from collections.abc import Iterator

from gatekeeper.adapters.journal.line import Envelope, NotALine, parse
from gatekeeper.model.errors import JournalError
from gatekeeper.model.record import NamedTuple

_BLOCK = 1 << 16


class Tail(NamedTuple):
    """The end of a journal. `last` is None where not one line is whole; `torn` are the bytes after the last one.

    `unended` tells that the last line is whole save for its newline. `end` is the offset after the whole lines.
    """

    last: tuple[Envelope, bytes] | None
    end: int
    torn: bytes
    unended: bool = False


def lines_backwards(descriptor: int) -> Iterator[tuple[int, bytes]]:
    """The lines of an open file from the last to the first, as (offset, bytes with their newline where they have it).

    Reads no more than it is asked for, so that the last line of a long journal costs little.
    """
    end = os.fstat(descriptor).st_size
    position, pending = end, b""
    while position > 0:
        size = min(max(_BLOCK, len(pending)), position)
        position -= size
        pending = os.pread(descriptor, size, position) + pending
        while (cut := pending.rfind(b"\n", 0, len(pending) - 1)) >= 0:
            yield position + cut + 1, pending[cut + 1 :]
            pending = pending[: cut + 1]
    if pending:
        yield 0, pending


def read_tail(descriptor: int, path: str) -> Tail:
    """How the journal ends.

    Raises:
        JournalError: the last line that has a newline is not a line of a journal, so nothing can be chained to it.
    """
    torn, end, unended = b"", os.fstat(descriptor).st_size, False
    for offset, line in lines_backwards(descriptor):
        try:
            envelope = parse(line)
        except NotALine as fault:
            if line.endswith(b"\n"):
                raise JournalError(
                    f"the last line of {path} cannot be read: {fault}. Nothing can be added to a journal that is "
                    "broken; `gatekeeper verify` tells where it broke."
                ) from None
            torn, end = line, offset
            continue
        unended = not line.endswith(b"\n")
        return Tail((envelope, line.removesuffix(b"\n")), end, torn, unended)
    return Tail(None, end, torn)


def mend(descriptor: int, path: str, tail: Tail) -> str:
    """Make the journal end with a whole line again; returns what was done, in words, or nothing.

    What was torn is moved to ``<journal>.torn``, so that not one byte is lost.

    Raises:
        OSError: the disk would not take it; the journal is as it was.
    """
    if tail.unended:
        os.write(descriptor, b"\n")
        return "the journal's last line had no newline; it was whole, and is ended now"
    if not tail.torn:
        return ""
    aside = os.open(f"{path}.torn", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    try:
        rest = tail.torn + b"\n"
        while rest:
            rest = rest[os.write(aside, rest) :]
        os.fsync(aside)
    finally:
        os.close(aside)
    os.ftruncate(descriptor, tail.end)
    name = os.path.basename(path)
    return (
        f"the journal's last line was torn when its process died; its {len(tail.torn)} bytes were moved to {name}.torn"
    )
