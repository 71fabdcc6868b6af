"""Owns saving a document that people save, too: what they wrote meanwhile is merged into, never overwritten."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TypeAlias

from gatekeeper.adapters.executionlog.atomic import read_bytes, replace_bytes
from gatekeeper.adapters.executionlog.exchange import alone
from gatekeeper.adapters.executionlog.merge import Conflict, Merged
from gatekeeper.adapters.executionlog.text import one_line

Merging: TypeAlias = Callable[[bytes | None], Merged | Conflict]
"""Gives the whole document from what it is now; None where there is none."""

_TRIES = 5
_SHOWN = 3


def save(path: str, merging: Merging) -> str:
    """Bring the document at `path` to what `merging` makes of it; returns why that could not be, or nothing."""
    try:
        with alone(os.path.dirname(os.path.realpath(path))):
            for _ in range(_TRIES):
                before = read_bytes(path)
                match merging(before):
                    case Conflict(reason):
                        return reason
                    case Merged(document):
                        if document == before or replace_bytes(path, document, before):
                            return ""
    except OSError as fault:
        return f"it cannot be written ({fault.strerror or fault})"
    return "somebody else keeps saving it"


def difference(path: str, merging: Merging, otherwise: str, remedy: str) -> str:
    """Why the document at `path` does not fit, changing nothing: `otherwise` where it is not what `merging` makes.

    `remedy` is told where writing it would help; behind it stand the first lines that differ, each on one of its own.
    """
    try:
        before = read_bytes(path)
    except OSError as fault:
        return f"it cannot be read ({fault.strerror or fault})"
    if before is None:
        return f"it is not there{remedy}"
    match merging(before):
        case Conflict(reason):
            return reason
        case Merged(document):
            return "" if document == before else "\n".join((otherwise + remedy, *_differing(before, document)))


def _differing(before: bytes, after: bytes) -> Iterator[str]:
    """The first place where two documents differ: its line, and a few of what is there and of what ought to be."""
    is_there, ought = before.decode().split("\n"), after.decode().split("\n")
    pairs = zip(is_there, ought, strict=False)
    first = next((at for at, (one, other) in enumerate(pairs) if one != other), min(len(is_there), len(ought)))
    # What both end with in the same way says nothing.
    while len(is_there) > first and len(ought) > first and is_there[-1] == ought[-1]:
        del is_there[-1], ought[-1]
    yield f"  line {first + 1}:"
    for sign, lines in (("-", is_there[first:]), ("+", ought[first:])):
        yield from (f"  {sign} {one_line(line, 110)}".rstrip() for line in lines[:_SHOWN])
        if len(lines) > _SHOWN:
            yield f"  {sign} … and {len(lines) - _SHOWN:,} more lines"
