"""Owns the kinds of names that people give: of cycles, steps, variables, patterns. Knows no model."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, TypeAlias

from pydantic import PlainValidator, WithJsonSchema

from gatekeeper.adapters.definition.bounds import LONGEST_NAME
from gatekeeper.adapters.definition.fields import wrong
from gatekeeper.adapters.definition.scalars import describe


def _name(pattern: str, rule: str, *, adjust: Callable[[str], str] | None = None) -> Callable[[object], str]:
    compiled = re.compile(pattern)

    def read(value: object) -> str:
        if not isinstance(value, str):
            raise wrong(f"a name is wanted here, found {describe(value)}")
        if "${" in value:
            raise wrong("a name is fixed in the definition and takes no reference")
        if len(value) > LONGEST_NAME:
            raise wrong(f"a name has at most {LONGEST_NAME} characters, and this one has {len(value)}")
        if not compiled.fullmatch(value):
            better = adjust(value) if adjust else ""
            hint = f"write `{better}`" if better and compiled.fullmatch(better) else ""
            raise wrong(f"{value!r} is not a name: {rule}", hint)
        return str(value)

    return read


_LOWER = r"[a-z0-9][a-z0-9._-]*"
_WORD = r"[A-Za-z_][A-Za-z0-9_-]*"
_ENV = r"[A-Za-z_][A-Za-z0-9_]*"
_SNAKE = r"[a-z][a-z0-9_]*"
_REMOTE = r"[A-Za-z0-9_][A-Za-z0-9._/-]*"
Name: TypeAlias = Annotated[
    str,
    PlainValidator(
        _name(
            _LOWER,
            "lower-case letters, digits, `-`, `_` and `.`, beginning with a letter or a digit",
            adjust=lambda name: re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-_."),
        )
    ),
    WithJsonSchema({"type": "string", "pattern": f"^{_LOWER}$"}),
]
Word: TypeAlias = Annotated[
    str,
    PlainValidator(
        _name(
            _WORD,
            "letters, digits, `_` and `-`, beginning with a letter or `_`",
            adjust=lambda name: re.sub(r"[^A-Za-z0-9_-]+", "_", name),
        )
    ),
    WithJsonSchema({"type": "string", "pattern": f"^{_WORD}$"}),
]
EnvName: TypeAlias = Annotated[
    str,
    PlainValidator(
        _name(
            _ENV,
            "the name of an environment variable holds letters, digits and `_`, and no digit first",
            adjust=lambda name: re.sub(r"[^A-Za-z0-9_]+", "_", name),
        )
    ),
    WithJsonSchema({"type": "string", "pattern": f"^{_ENV}$"}),
]
PatternId: TypeAlias = Annotated[
    str,
    PlainValidator(
        _name(
            _SNAKE,
            "the id of a pattern holds lower-case letters, digits and `_`, and no digit first",
            adjust=lambda name: re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_"),
        )
    ),
    WithJsonSchema({"type": "string", "pattern": f"^{_SNAKE}$"}),
]
Remote: TypeAlias = Annotated[
    str,
    PlainValidator(_name(_REMOTE, "a remote of git is called like `origin`")),
    WithJsonSchema({"type": "string", "pattern": f"^{_REMOTE}$"}),
]
