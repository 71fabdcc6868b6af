"""Keys at a live view: whose output they show."""

from __future__ import annotations

import pytest

from gatekeeper.adapters.console.watched import Watched
from gatekeeper.model.plan import StepId

A, B, C = (StepId("gate", name) for name in "abc")


def test_one_after_the_other_and_then_none() -> None:
    watched = Watched()
    seen = []
    for _ in range(5):
        seen.append(watched.of([A, B, C]))
        watched.press("t")
    assert seen == [None, A, B, C, None]


def test_pressed_twice_at_once() -> None:
    watched = Watched()
    watched.of([A, B])
    watched.press("tt")
    assert watched.of([A, B]) == B


@pytest.mark.parametrize("key", ["\r", "\n", "\t"])
def test_other_keys_for_the_same(key: str) -> None:
    watched = Watched()
    watched.of([A])
    watched.press(key)
    assert watched.of([A]) == A


@pytest.mark.parametrize("key", ["x", "\x1b"])
def test_none_at_once(key: str) -> None:
    watched = Watched()
    watched.press("t")
    assert watched.of([A, B]) == A
    watched.press(key)
    assert watched.of([A, B]) is None


def test_a_step_that_ended_gives_its_place_to_another() -> None:
    """Also after a moment in which nothing ran."""
    watched = Watched()
    watched.press("t")
    assert watched.of([A, B]) == A
    assert watched.of([B, C]) == B
    assert watched.of([]) is None
    assert watched.of([C]) == C


@pytest.mark.parametrize("keys", ["q", "\x1b[A", "\x1bOP", "é", "\x00"])
def test_keys_that_mean_nothing(keys: str) -> None:
    watched = Watched()
    watched.press("t")
    watched.of([A])
    watched.press(keys)
    assert watched.of([A]) == A
    assert not watched.explained
