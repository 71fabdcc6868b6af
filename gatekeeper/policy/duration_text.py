"""Owns reading a duration as timeout(1) takes it: what strtold(3) reads, and one letter for the unit.

Definitions have a stricter form of their own (`gatekeeper.adapters.definition.units`).
"""

from __future__ import annotations

_DIGITS = "0123456789"
_HEX_DIGITS = "0123456789abcdef"
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_SPACE = " \t\n\v\f\r"
_LEAST_S = 1e-9
"""What is above zero and too small for a number: zero would mean that there is no limit at all."""


def seconds_of(text: str) -> float | None:
    """The duration in seconds, infinite where it is too large for a number; None where `text` is none."""
    rest = text.lstrip(_SPACE)
    negative = rest.startswith("-")
    rest = rest.removeprefix("-" if negative else "+")
    if not rest.isascii():
        return None
    found = _named(rest.lower()) or _number(rest.lower(), "0x" * rest.lower().startswith("0x"))
    if found is None:
        return None
    value, end = found
    unit = _UNITS.get(rest[end:])
    if unit is None or (negative and value > 0):
        return None
    return value * unit


def _named(text: str) -> tuple[float, int] | None:
    for name in ("infinity", "inf"):
        if text.startswith(name):
            return float(name), len(name)
    return None


def _number(text: str, prefix: str) -> tuple[float, int] | None:
    """The number that `text` begins with and where it ends; its digits are hexadecimal after a `prefix`."""
    digits, exponent = (_HEX_DIGITS, "p") if prefix else (_DIGITS, "e")
    whole = _span(text, len(prefix), digits)
    end = whole
    if text.startswith(".", whole):
        end = _span(text, whole + 1, digits)
    mantissa = text[len(prefix) : end]
    if mantissa in ("", "."):
        # strtold takes the zero of a `0x` that nothing follows.
        return (0.0, 1) if prefix else None
    if text.startswith(exponent, end):
        sign = end + 1 + (text[end + 1 : end + 2] in ("+", "-"))
        stop = _span(text, sign, _DIGITS)
        end = stop if stop > sign else end
    try:
        value = float.fromhex(text[:end]) if prefix else float(text[:end])
    except OverflowError:
        value = float("inf")
    if value == 0 and mantissa.strip("0."):
        value = _LEAST_S
    return value, end


def _span(text: str, at: int, characters: str) -> int:
    while at < len(text) and text[at] in characters:
        at += 1
    return at
