"""Owns the key `inherit`: which of our variables steps see. Knows no step."""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeAlias

from pydantic import PlainValidator, Tag, WithJsonSchema

from gatekeeper.adapters.definition.fields import LIST, TEXT, one_of, text_or, words, wrong
from gatekeeper.adapters.definition.scalars import describe
from gatekeeper.policy.inheritance import Inherited

_GLOB = r"[A-Za-z_][A-Za-z0-9_]*\*?"


def _glob(value: object) -> str:
    if isinstance(value, str) and re.fullmatch(_GLOB, value):
        return str(value)
    hint = "write `inherit: all` for every variable" if value == "*" else "write it like NODE_ENV, or AWS_* for several"
    raise wrong(f"the name of an environment variable is wanted here, found {describe(value)}", hint)


_Name: TypeAlias = Annotated[str, PlainValidator(_glob), WithJsonSchema({"type": "string", "pattern": f"^{_GLOB}$"})]
Inherit: TypeAlias = Annotated[
    Annotated[Literal["all", "clean"], one_of("all", "clean"), words("all", "clean"), Tag(TEXT)]
    | Annotated[tuple[_Name, ...], Tag(LIST)],
    text_or(LIST, list),
]


def inherited(*nearest_first: Inherit | None) -> Inherited:
    """What holds for a step: what it says itself, else its gate, else the cycle; every variable where nobody does."""
    said = next((each for each in nearest_first if each is not None), None)
    if said is None or said == "all":
        return None
    return () if said == "clean" else said
