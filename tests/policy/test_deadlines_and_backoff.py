"""Whose deadline binds, and how long infrastructure is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.policy.backoff import delay_before_retry
from gatekeeper.policy.deadlines import Deadline, binding_deadline

LEFT = st.none() | st.floats(-1e6, 1e6)


@given(step=st.floats(0.1, 1e6), gate=LEFT, round_=LEFT, run=LEFT)
def test_the_smallest_deadline_binds_and_says_whose_it_is(
    step: float, gate: float | None, round_: float | None, run: float | None
) -> None:
    levels = {"step": step, "gate": gate, "round": round_, "run": run}
    deadline = binding_deadline(step, gate_left_s=gate, round_left_s=round_, run_left_s=run)
    assert deadline.seconds == min(left for left in levels.values() if left is not None)
    assert levels[deadline.limit] == deadline.seconds


def test_where_two_are_equal_the_step_is_blamed_first() -> None:
    assert binding_deadline(10, gate_left_s=10, round_left_s=10, run_left_s=10) == Deadline(10, "step")
    assert binding_deadline(10, gate_left_s=5, round_left_s=5, run_left_s=5) == Deadline(5, "gate")


def test_a_level_without_a_deadline_binds_nothing() -> None:
    assert binding_deadline(10, gate_left_s=None, round_left_s=None, run_left_s=None) == Deadline(10, "step")


def test_what_is_over_stays_over() -> None:
    """At most zero means that nothing may start; it is not rounded up to a little."""
    assert binding_deadline(10, gate_left_s=None, round_left_s=0, run_left_s=-3) == Deadline(-3, "run")


@pytest.mark.parametrize(("n", "seconds"), [(1, 1), (2, 2), (3, 4), (5, 16), (6, 30), (7, 30), (100_000, 30)])
def test_delays_double_up_to_half_a_minute(n: int, seconds: float) -> None:
    assert delay_before_retry(n, 0.0) == seconds


@given(n=st.integers(1, 10_000), jitter=st.floats(0, 1))
def test_jitter_only_ever_waits_longer_and_at_most_a_fifth(n: int, jitter: float) -> None:
    assert delay_before_retry(n, 0.0) <= delay_before_retry(n, jitter) <= delay_before_retry(n, 0.0) * 1.2


def test_what_wants_to_be_left_alone_is_left_alone() -> None:
    """The longer of backoff and plea counts, and jitter never takes anything off either."""
    assert delay_before_retry(1, 0.0, at_least_s=45.0) == 45.0
    assert delay_before_retry(6, 1.0, at_least_s=10.0) == 36.0


@given(n=st.integers(1, 10_000), jitter=st.floats(0, 1), least=st.floats(0, 300), left=st.floats(0, 1e6))
def test_nothing_waits_beyond_the_time_that_is_left(n: int, jitter: float, least: float, left: float) -> None:
    delay = delay_before_retry(n, jitter, at_least_s=least, left_s=left)
    assert 0 <= delay <= left
    assert delay == left or delay >= least
