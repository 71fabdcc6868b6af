"""Owns how long to wait before infrastructure is asked again. Randomness and time come in as arguments."""

from __future__ import annotations

import math

_FIRST_S = 1.0
_LONGEST_S = 30.0
_DOUBLINGS = 5


def delay_before_retry(n: int, jitter: float, *, at_least_s: float = 0.0, left_s: float = math.inf) -> float:
    """Seconds before the `n`-th retry (from 1): doubling from one second to thirty, plus up to a fifth by `jitter`.

    `jitter` is between 0 and 1; it keeps many runs that failed together from coming back together. What is to be asked
    may not want to be before `at_least_s` are over. Nothing waits beyond the `left_s` that the run has.
    """
    base: float = min(_LONGEST_S, _FIRST_S * 2.0 ** min(n - 1, _DOUBLINGS))
    return min(left_s, max(base * (1 + jitter / 5), at_least_s))
