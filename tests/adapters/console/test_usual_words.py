"""How long a step usually takes: from what, and in which words."""

from __future__ import annotations

import pytest

from gatekeeper.adapters.console.usual import Usual, left_words, usual, usual_words


def test_the_one_in_the_middle_and_the_longest() -> None:
    assert usual([]) is None
    assert usual([4.0]) == Usual(4.0, 4.0, 1)
    assert usual([9.0, 1.0, 2.0]) == Usual(2.0, 9.0, 3)
    assert usual([1.0, 2.0, 4.0, 100.0]) == Usual(3.0, 100.0, 4)


@pytest.mark.parametrize(
    ("former", "elapsed", "words"),
    [
        ([130.0, 120.0, 140.0], 5, "usually 2:10"),
        ([130.0, 120.0, 140.0], 139, "usually 2:10"),
        ([130.0, 120.0, 140.0], 141, "longer than ever"),
        ([130.0], 5, "last time 2:10"),
        ([130.0], 131, "longer than before"),
        ([0.1, 0.2, 0.3], 0.9, "usually under 1 s"),
        ([0.1, 0.2, 0.3], 1.1, "longer than ever"),
    ],
)
def test_what_is_said_of_a_running_step(former: list[float], elapsed: float, words: str) -> None:
    known = usual(former)
    assert known
    assert usual_words(known, elapsed) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "a few seconds left"),
        (38, "about 40 s left"),
        (57, "about 1 min left"),
        (170, "about 3 min left"),
        (4200, "about 1 h 10 min left"),
    ],
)
def test_what_is_left_of_a_round(seconds: float, words: str) -> None:
    assert left_words(seconds) == words
