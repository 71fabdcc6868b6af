"""What outside keeps failing is left alone for a while, and then one attempt finds out."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gatekeeper.policy.breaker import (
    BORNE,
    FIRST_COOLDOWN_S,
    LONGEST_COOLDOWN_S,
    TABLE,
    Breaker,
    Signal,
    State,
    ended,
    left_s,
    let_through,
    seen_at,
)


def failing(breaker: Breaker, times: int, *, at: float) -> Breaker:
    """The breaker after so many attempts, one after the other, that began and failed at `at`."""
    for _ in range(times):
        breaker = ended(let_through(breaker, at) or breaker, False, began=at, now=at)
    return breaker


def test_every_signal_is_answered_in_every_state() -> None:
    assert set(TABLE) == set(product(State, Signal))


@pytest.mark.parametrize(("state", "signal"), list(product(State, Signal)))
def test_the_table_as_a_whole(state: State, signal: Signal) -> None:
    """An answer always closes; only time makes half-open of open; only failures open."""
    after = TABLE[state, signal]
    match state, signal:
        case _, Signal.ANSWERED:
            assert after is State.CLOSED
        case State.OPEN, Signal.COOLED:
            assert after is State.HALF_OPEN
        case State.CLOSED, Signal.FAILED_OFTEN:
            assert after is State.OPEN
        case State.HALF_OPEN, Signal.FAILED | Signal.FAILED_OFTEN:
            assert after is State.OPEN
        case _:
            assert after is state


def test_it_opens_at_the_third_failure_in_a_row_and_not_before() -> None:
    breaker = failing(Breaker(), BORNE - 1, at=100)
    assert breaker.state is State.CLOSED
    assert let_through(breaker, 100) is not None
    breaker = failing(breaker, 1, at=100)
    assert breaker.state is State.OPEN
    assert let_through(breaker, 100) is None
    assert left_s(breaker, 110) == FIRST_COOLDOWN_S - 10


def test_an_answer_in_between_begins_the_count_anew() -> None:
    breaker = failing(Breaker(), BORNE - 1, at=100)
    breaker = ended(breaker, True, began=101, now=102)
    assert failing(breaker, BORNE - 1, at=103).state is State.CLOSED


def test_what_says_nothing_counts_for_nothing() -> None:
    """A cancelled attempt is neither an answer nor a failure."""
    breaker = failing(Breaker(), BORNE - 1, at=100)
    breaker = ended(breaker, None, began=101, now=102)
    assert failing(breaker, 1, at=103).state is State.OPEN


def test_half_open_lets_one_attempt_through_and_its_answer_closes() -> None:
    breaker = failing(Breaker(), BORNE, at=100)
    trying = let_through(breaker, 130)
    assert trying is not None
    assert trying.state is State.HALF_OPEN
    assert let_through(trying, 140) is None
    closed = ended(trying, True, began=130, now=141)
    assert (closed.state, closed.failures) == (State.CLOSED, 0)


def test_half_open_and_still_failing_it_opens_for_twice_as_long_up_to_five_minutes() -> None:
    breaker, now, waits = failing(Breaker(), BORNE, at=0), 0.0, []
    for _ in range(6):
        waits.append(breaker.cooldown_s)
        now = breaker.opened_at + breaker.cooldown_s
        breaker = failing(breaker, 1, at=now)
    assert waits == [30, 60, 120, 240, 300, 300]


def test_after_it_closed_the_next_cooldown_is_a_short_one_again() -> None:
    breaker = failing(Breaker(), BORNE, at=0)
    breaker = failing(breaker, 1, at=30)
    breaker = ended(let_through(breaker, 90) or breaker, True, began=90, now=91)
    assert failing(breaker, BORNE, at=92).cooldown_s == FIRST_COOLDOWN_S


def test_an_attempt_that_is_given_up_leaves_the_place_to_another() -> None:
    """It was let through half-open, and then cancelled."""
    trying = let_through(failing(Breaker(), BORNE, at=100), 130)
    assert trying is not None
    free = ended(trying, None, began=130, now=131)
    assert let_through(free, 132) is not None


def test_what_began_before_it_opened_is_old_news() -> None:
    """Side by side, others were under way when it opened: neither their failure nor their answer tells anything new."""
    breaker = failing(Breaker(), BORNE, at=100)
    for answered in (True, False, None):
        assert ended(breaker, answered, began=99, now=105) == breaker
    trying = let_through(breaker, 130)
    assert trying is not None
    assert ended(trying, True, began=99, now=131) == trying


def test_a_command_that_asked_all_the_same_and_was_answered_closes_it() -> None:
    breaker = failing(Breaker(), BORNE, at=100)
    assert ended(breaker, True, began=105, now=106).state is State.CLOSED
    assert ended(breaker, False, began=105, now=106).opened_at == 100


class SideBySide(RuleBasedStateMachine):
    """Attempts come and go in any order, and time passes."""

    def __init__(self) -> None:
        super().__init__()
        self.breaker = Breaker()
        self.now = 0.0
        self.running: list[float] = []
        self.trying = 0
        self.failures = 0

    @rule(seconds=st.floats(0.001, 400))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def somebody_asks(self) -> None:
        before = seen_at(self.breaker, self.now)
        after = let_through(self.breaker, self.now)
        if after is None:
            assert before.state is not State.CLOSED
            assert before.state is State.OPEN or before.trying
            return
        assert before.state is not State.OPEN
        self.breaker = after
        self.running.append(self.now)

    @precondition(lambda self: self.running)
    @rule(which=st.integers(0, 50), answered=st.sampled_from([True, False, None]))
    def an_attempt_ends(self, which: int, answered: bool | None) -> None:
        began = self.running.pop(which % len(self.running))
        before = self.breaker
        self.breaker = ended(before, answered, began=began, now=self.now)
        if began <= before.opened_at:
            assert self.breaker == before
        elif answered:
            assert self.breaker.state is State.CLOSED

    @invariant()
    def nobody_is_let_through_while_it_is_open(self) -> None:
        if left_s(self.breaker, self.now) > 0:
            assert let_through(self.breaker, self.now) is None

    @invariant()
    def it_is_always_half_open_or_closed_in_the_end(self) -> None:
        later = self.now + LONGEST_COOLDOWN_S
        assert seen_at(self.breaker, later).state is not State.OPEN

    @invariant()
    def half_open_at_most_one_is_under_way(self) -> None:
        if seen_at(self.breaker, self.now).state is State.HALF_OPEN:
            under_way = [began for began in self.running if began > self.breaker.opened_at]
            assert len(under_way) == self.breaker.trying <= 1

    @invariant()
    def cooldowns_are_within_their_bounds(self) -> None:
        assert FIRST_COOLDOWN_S <= self.breaker.cooldown_s <= LONGEST_COOLDOWN_S


SideBySide.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestSideBySide = SideBySide.TestCase
