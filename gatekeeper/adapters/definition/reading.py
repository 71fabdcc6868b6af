"""Owns the way from a file to a plan, the long one: YAML, validation, compiling. Needs yaml and pydantic."""

from __future__ import annotations

from gatekeeper.adapters.definition.compiler import compile_plan
from gatekeeper.adapters.definition.document import Document
from gatekeeper.adapters.definition.mistakes import Mistakes
from gatekeeper.adapters.definition.source import decode
from gatekeeper.adapters.definition.validation import validate
from gatekeeper.model.plan import Plan


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
