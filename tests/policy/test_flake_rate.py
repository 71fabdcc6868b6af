"""How often a step fails although it passes, with how sure that is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.policy.flake_rate import describe_rate, flake_rate


@pytest.mark.parametrize(
    ("failed", "attempts", "low", "high"),
    [
        # Known values of Wilson's interval (without continuity correction) at 95 %.
        (0, 10, 0.0, 27.75),
        (1, 10, 1.79, 40.42),
        (2, 9, 6.32, 54.74),
        (5, 10, 23.66, 76.34),
        (10, 10, 72.25, 100.0),
        (81, 263, 25.53, 36.62),
        (15, 148, 6.24, 16.05),
        (1, 1, 20.65, 100.0),
    ],
)
def test_the_interval_is_wilsons(failed: int, attempts: int, low: float, high: float) -> None:
    """As tables and other programs give it."""
    rate = flake_rate(failed, attempts)
    assert rate is not None
    assert (round(rate.low, 2), round(rate.high, 2)) == (low, high)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_rate_lies_in_its_interval(counts: tuple[int, int]) -> None:
    """And the interval between none and all, whatever was counted; the other way round it is its mirror."""
    failed, attempts = counts
    rate, mirrored = flake_rate(failed, attempts), flake_rate(attempts - failed, attempts)
    assert rate is not None
    assert mirrored is not None
    assert 0 <= rate.low <= rate.percent + 1e-9 <= rate.high + 2e-9 <= 100 + 3e-9
    assert rate.low == pytest.approx(100 - mirrored.high, abs=1e-6)


def test_no_attempt_has_no_rate() -> None:
    """Not zero percent."""
    assert flake_rate(0, 0) is None


def test_a_rate_is_told_with_its_sample_and_its_interval() -> None:
    """Never as a number alone."""
    rate = flake_rate(2, 9)
    assert rate is not None
    assert describe_rate(rate) == "failed 2 of 9 attempts on trees that also passed: 22 %, 95 % interval 6 to 55 %"
