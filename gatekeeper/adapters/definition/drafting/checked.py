"""Owns whether what a draft became is a definition: why not, with the line that says it."""

from __future__ import annotations

from gatekeeper.adapters.definition.bounds import LARGEST_FILE
from gatekeeper.model.errors import DefinitionError


def refusal(written: str) -> str:
    """Why `written` is refused as a definition; empty where it is not."""
    from gatekeeper.adapters.definition.loading import compile_bytes

    if len(written.encode()) > LARGEST_FILE:
        return "what it comes to is larger than 1 MiB, the most that a definition may be"
    try:
        compile_bytes(written.encode(), "drafted", root="")
    except DefinitionError as error:
        lines = written.split("\n")
        said = (f"{problem.key}: {problem.message}  ({lines[problem.line - 1].strip()})" for problem in error.problems)
        return "what it says makes no valid definition:\n  " + "\n  ".join(said)
    return ""
