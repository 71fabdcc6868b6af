"""Owns saving a document that people save, too: what they wrote meanwhile is merged into, never overwritten."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeAlias

from gatekeeper.adapters.executionlog.atomic import read_bytes, replace_bytes
from gatekeeper.adapters.executionlog.exchange import alone
from gatekeeper.adapters.executionlog.merge import Conflict, Merged

Merging: TypeAlias = Callable[[bytes | None], Merged | Conflict]
"""Gives the whole document from what it is now; None where there is none."""

_TRIES = 5


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


def difference(path: str, merging: Merging, otherwise: str) -> str:
    """Why the document at `path` does not fit, changing nothing: `otherwise` where it is not what `merging` makes."""
    try:
        before = read_bytes(path)
    except OSError as fault:
        return f"it cannot be read ({fault.strerror or fault})"
    if before is None:
        return "it is not there"
    match merging(before):
        case Conflict(reason):
            return reason
        case Merged(document):
            return "" if document == before else otherwise
