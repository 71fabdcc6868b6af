"""Owns what counts as a number in what a step writes. Pure.

``1234``, ``-1.5``, ``1e3``, ``1,234,567.8``, ``1_234`` and ``1 234`` are numbers, alone or with the unit that the
metric declares. ``1,5`` is none, because it is one and a half here and fifteen there; NaN and infinity are none.
"""

from __future__ import annotations

import math
import re

_DIGITS = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,3}(?:[ \u00a0\u2009\u202f][0-9]{3})+|[0-9]+(?:_[0-9]+)*)"
_NUMBER = re.compile(rf"(?P<number>[-+\u2212]?(?:{_DIGITS}(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)\s*(?P<rest>.*)")
_SEPARATORS = str.maketrans(dict.fromkeys(",_ \xa0\u2009\u202f", "") | {"\u2212": "-"})
_SHOWN = 60


def number_in(text: str, unit: str) -> float | str:
    """The number that `text` is, counted in `unit` where it names one; else why it is none."""
    shown = repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")
    found = _NUMBER.fullmatch(text.strip()) if len(text) <= 1000 else None
    if found is None:
        return f"{shown} is no number"
    rest = found["rest"].strip()
    if rest and rest != unit:
        if rest[0] in ",.0123456789":
            return f"{shown} is no number that everybody reads alike; write it with a point and no separators"
        wanted = f"it is to be counted in {unit!r}" if unit else "declare it with `unit:`, so that another is noticed"
        return f"{shown} is a number of {rest[:_SHOWN]!r}: {wanted}"
    value = float(found["number"].translate(_SEPARATORS))
    return value if math.isfinite(value) else f"{shown} is beyond what can be counted"
