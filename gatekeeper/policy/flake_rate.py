"""Owns how often a step fails although it also passes, and how sure that is. Knows no run.

The interval is Wilson's: it stays between 0 and 100 % and is honest about few attempts, where the usual one is not.
"""

from __future__ import annotations

import math

from gatekeeper.model.record import NamedTuple

_Z = 1.959963984540054
"""The quantile of the normal distribution for 95 % on two sides."""


class FlakeRate(NamedTuple):
    """So many of so many attempts failed. `low` and `high` bound the rate in percent, with 95 % confidence."""

    failed: int
    attempts: int
    percent: float
    low: float
    high: float


def flake_rate(failed: int, attempts: int) -> FlakeRate | None:
    """The rate with its interval; None where there was no attempt."""
    if not attempts:
        return None
    share = failed / attempts
    scale = 1 + _Z * _Z / attempts
    middle = (share + _Z * _Z / (2 * attempts)) / scale
    half = _Z * math.sqrt(share * (1 - share) / attempts + _Z * _Z / (4 * attempts * attempts)) / scale
    low = max(0.0, middle - half) if failed else 0.0
    high = min(1.0, middle + half) if failed < attempts else 1.0
    return FlakeRate(failed, attempts, 100 * share, 100 * low, 100 * high)


def describe_rate(rate: FlakeRate) -> str:
    """The rate in words, never without its interval and its sample."""
    of = "1 attempt" if rate.attempts == 1 else f"{rate.attempts} attempts"
    return (
        f"failed {rate.failed} of {of} on trees that also passed: {rate.percent:.0f} %, "
        f"95 % interval {rate.low:.0f} to {rate.high:.0f} %"
    )
