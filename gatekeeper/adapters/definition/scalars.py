"""Owns what an unquoted YAML scalar is: text, number, boolean or nothing, by the 1.2 core rules. Knows no YAML library.

A scalar stays the text that was written until a field asks for more, so that ``1.10`` is still ``1.10`` where a
text is wanted, and 1.1 where a number is.
"""

from __future__ import annotations

import re
from typing import Final, TypeAlias

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_ODDITY = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+\.?[0-9]*)(?:[eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_LEADING_ZEROS = re.compile(r"0[0-9]+")
_FIRST_OF_NUMBER = frozenset("-+.0123456789")


class Number(str):
    """An unquoted decimal number, as written (every one of them is also a JSON number)."""

    __slots__ = ()


class Boolean(str):
    """An unquoted ``true`` or ``false``."""

    __slots__ = ()


class Oddity(str):
    """An unquoted scalar that YAML readers disagree on, or that JSON cannot write (``.5``, ``0x1F``, ``.nan``)."""

    __slots__ = ()


class Nothing:
    """A null; `written` is how it was said, and empty where simply nothing stands there."""

    __slots__ = ("written",)

    def __init__(self, written: str) -> None:
        self.written: Final = written

    def __repr__(self) -> str:
        return f"Nothing({self.written!r})"


Value: TypeAlias = "dict[str, Value] | list[Value] | str | Nothing"
"""Plain data of a definition; texts may be of the kinds above."""

_WORDS: dict[str, type[Boolean]] = {"true": Boolean, "false": Boolean}
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))


def resolve(written: str) -> str | Nothing:
    """What the unquoted scalar `written` is."""
    if written in _NULLS:
        return Nothing(written)
    if written in _WORDS:
        return Boolean(written)
    if written[0] in _FIRST_OF_NUMBER:
        if _NUMBER.fullmatch(written):
            return Number(written)
        if _ODDITY.fullmatch(written) and not _LEADING_ZEROS.fullmatch(written):
            return Oddity(written)
    return written


def mapping(value: Value | None) -> dict[str, Value]:
    """`value`, or an empty mapping where it is none."""
    return value if isinstance(value, dict) else {}


def describe(value: object) -> str:
    """What was found, in words for a person: ``the number 5``, ``a list``, ``nothing``."""
    match value:
        case Nothing():
            return f"nothing (`{value.written}`)" if value.written else "nothing"
        case Number() | Oddity():
            return f"the number {value}"
        case Boolean():
            return f"`{value}`"
        case str():
            line = value.strip().splitlines()[0] if value.strip() else value
            return f"the text {(line[:40] + '…') if len(line) > 40 else line!r}"
        case dict():
            return "a mapping"
        case list() | tuple():
            return "a list"
        case _:
            return "something else"
