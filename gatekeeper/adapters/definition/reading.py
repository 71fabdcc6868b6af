"""Owns the way from a file to a plan, the long one: YAML, validation, compiling. Needs yaml and pydantic."""

from __future__ import annotations

from gatekeeper.adapters.definition.compiler import compile_plan
from gatekeeper.adapters.definition.document import Document
from gatekeeper.adapters.definition.mistakes import Mistakes
from gatekeeper.adapters.definition.place import Place, in_file
from gatekeeper.adapters.definition.source import decode, read_bytes
from gatekeeper.adapters.definition.validation import validate
from gatekeeper.model.plan import Plan


def locate(path: str, place: Place) -> tuple[int, int]:
    """Line and column, from 1, of the value at `place` in the definition at `path`, or of what is nearest above it.

    To say where something stands that only came out in a run: ``("gates", "smoke", "steps", "auth", "in")``.

    Raises:
        DefinitionError: the file is not YAML (any more).
        UsageError: there is no such file.
    """
    document = Document(decode(read_bytes(path), path), path)
    return document.position(in_file(place, document.data))


def read_plan(content: bytes, *, source: str, shown: str, digest: str) -> Plan:
    """The plan that `content` describes; `shown` is the file's name in messages.

    Raises:
        DefinitionError: with every problem there is.
    """
    document = Document(decode(content, shown), shown)
    mistakes = Mistakes(document)
    cycle = validate(document.data, mistakes)
    if cycle is None:
        mistakes.raise_if_any()
        raise AssertionError("nothing was noted, and nothing is left")
    plan = compile_plan(cycle, document.data, mistakes, source=source, digest=digest)
    mistakes.raise_if_any()
    return plan
