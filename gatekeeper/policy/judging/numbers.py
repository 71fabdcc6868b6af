"""Owns numbers as they are judged and told: which are numbers at all, and how they are written. Knows no rule."""

from __future__ import annotations

import math
from typing import TypeGuard

from gatekeeper.model.report import Share

NOISE_POINTS = 0.005
"""Two shares in percent that differ by less are the same: writers of coverage files round."""


def is_number(value: float | None) -> TypeGuard[float]:
    """Whether there is a value that can be compared: not None, not infinite, not "not a number"."""
    return value is not None and math.isfinite(value)


def percent_of(share: Share | None) -> float | None:
    """The share in percent; None where there is none, also where it makes no sense."""
    if share is None or not 0 <= share.covered <= share.total:
        return None
    return share.percent


def text_of(value: float) -> str:
    """A number as people write it: no idle fraction, no exponent, six digits where it has more."""
    if value == int(value):
        return f"{value:.0f}"
    return f"{value:.6g}" if 1e-4 < abs(value) < 1e6 else f"{value:.1f}" if abs(value) > 1 else f"{value:g}"


def points(value: float) -> str:
    """A share in percent."""
    return f"{value:.2f} %"


def plural(count: int, noun: str) -> str:
    """``1 test``, ``2 tests``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
