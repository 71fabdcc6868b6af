"""Owns which literal texts a regex cannot match without: they are found fast, and only there is looked more closely.

It reads the regex from left to right and gives up on what it does not need to understand; that only makes a literal
shorter, never wrong.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TypeAlias

SHORTEST = 4
"""How many characters a literal needs to tell lines apart."""

_Literals: TypeAlias = tuple[str, ...]

_NOT_ITSELF = "AbBdDsSwWZ"
_CONTROL = "afnrtv"
_CODES = {"x": 2, "u": 4, "U": 8}
_OPTIONAL = re.compile(r"[*?]|\{[0-9]*,?[0-9]*\}")
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_GROUP = re.compile(r"\((?:\?(?:P<\w+>|[:>]))?")
_LOOKS_ASIDE = re.compile(r"\(\?(?:<?[=!]|P=|#|\()")


@cache
def literals_of(regex: str) -> tuple[str, ...]:
    """Texts of `SHORTEST` characters or more, one of which stands in whatever the valid `regex` matches.

    Empty where there are none such: then it could match anything.
    """
    found, _ = _alternatives(regex, 0)
    return found if found and _weight(found) >= SHORTEST else ()


def _alternatives(regex: str, at: int) -> tuple[_Literals, int]:
    """What stands up to the parenthesis that closes, or the end, and where that is: one alternative's literals each."""
    together: list[str] = []
    certain = True
    while True:
        literals, at = _sequence(regex, at)
        certain = certain and bool(literals)
        together += literals
        if regex[at : at + 1] != "|":
            return (tuple(dict.fromkeys(together)) if certain else ()), at
        at += 1


def _sequence(regex: str, at: int) -> tuple[_Literals, int]:
    best: _Literals = ()
    run = ""
    while at < len(regex) and regex[at] not in "|)":
        literals, is_character, at = _atom(regex, at)
        optional = _OPTIONAL.match(regex, at)
        repeated = regex[at : at + 1] == "+"
        if is_character and not optional:
            run += literals[0]
        if not is_character or optional or repeated:
            best, run = _better(best, (run,) if run else ()), ""
            if not is_character and not optional:
                best = _better(best, literals)
        if optional or repeated:
            at = _after_quantifier(regex, optional.end() if optional else at + 1)
    return _better(best, (run,) if run else ()), at


def _atom(regex: str, at: int) -> tuple[_Literals, bool, int]:
    """One atom: its literals, whether it is a character that stands for itself, and where it ends."""
    match regex[at]:
        case "\\":
            return _escaped(regex, at)
        case "[" if found := _CLASS.match(regex, at):
            return (), False, found.end()
        case "(" if _LOOKS_ASIDE.match(regex, at):
            _, end = _alternatives(regex, at + 1)
            return (), False, end + 1
        case "(" if found := _GROUP.match(regex, at):
            literals, end = _alternatives(regex, found.end())
            return literals, False, end + 1
        case "." | "^" | "$":
            return (), False, at + 1
        case character:
            return (character,), True, at + 1


def _escaped(regex: str, at: int) -> tuple[_Literals, bool, int]:
    name = regex[at + 1 : at + 2]
    if name in _CODES:
        return (), False, at + 2 + _CODES[name]
    if name == "N":
        return (), False, regex.index("}", at) + 1
    if name.isdigit():
        digits = re.compile(r"[0-9]+").match(regex, at + 1)
        return (), False, digits.end() if digits else at + 2
    if name in _NOT_ITSELF or name in _CONTROL:
        return (), False, at + 2
    return (name,), True, at + 2


def _after_quantifier(regex: str, at: int) -> int:
    """Past what makes a quantifier lazy or possessive, where a quantifier stood."""
    return at + 1 if regex[at - 1 : at] in ("*", "+", "?", "}") and regex[at : at + 1] in ("?", "+") else at


def _better(one: _Literals, other: _Literals) -> _Literals:
    return max(one, other, key=_weight)


def _weight(literals: _Literals) -> int:
    return min(map(len, literals), default=0)
