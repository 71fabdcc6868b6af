"""What is news: a change, trouble that lasts, a recovery from trouble that was told; and never the same twice."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.policy.announcing import (
    OCCASIONS,
    REMINDERS_S,
    TROUBLE,
    USUAL,
    Announce,
    Announced,
    Keep,
    decide,
)
from gatekeeper.policy.announcing_words import next_words, told_words

NOW = 1_000_000.0
HOUR = 3600.0
VERDICTS = (*TROUBLE, "green", "green-after-fix")


def told(state: str, ago_s: float, times: int = 1) -> Announced:
    return Announced(state, NOW - ago_s, NOW - ago_s, times)


@pytest.mark.parametrize(
    ("on", "verdict", "before", "kind"),
    [
        (USUAL, "red", None, "first"),
        (USUAL, "red", told("green", HOUR), "first"),
        (USUAL, "red", told("flaky", 1), "first"),
        (USUAL, "red", told("red", 59 * 60), None),
        (USUAL, "red", told("red", HOUR), "still"),
        (USUAL, "red", told("red", 3 * HOUR, times=2), None),
        (USUAL, "red", told("red", 4 * HOUR, times=2), "still"),
        (USUAL, "red", told("red", 19 * HOUR, times=3), None),
        (USUAL, "red", told("red", 23.8 * HOUR, times=3), "still"),
        (USUAL, "red", told("red", 23.8 * HOUR, times=300), "still"),
        (USUAL, "red", told("red", -HOUR), "still"),
        (USUAL, "green", told("red", 1), "recovered"),
        (USUAL, "green-after-fix", told("red", 1), "recovered"),
        (USUAL, "green", told("flaky", 1), "recovered"),
        (USUAL, "green", None, None),
        (USUAL, "green", told("green", HOUR), None),
        (USUAL, "flaky", None, "first"),
        (USUAL, "inconclusive", None, "first"),
        (USUAL, "aborted", None, None),
        (USUAL, "aborted", told("red", 50 * HOUR), None),
        (("aborted",), "aborted", None, "first"),
        (("red",), "green", told("red", 1), None),
        (("green",), "green", None, "green"),
        (("green",), "green", told("green", 100 * HOUR), None),
        (("green-after-fix",), "green-after-fix", told("green", 1), "fixed"),
        (("green-after-fix",), "green", None, None),
        (("recovered",), "red", None, None),
        (("always",), "green", told("green", 1), "always"),
        (("always",), "red", told("red", 1), "always"),
        (("always",), "red", None, "first"),
        (("always",), "green", told("red", 1), "recovered"),
    ],
)
def test_what_is_told(on: tuple[str, ...], verdict: str, before: Announced | None, kind: str | None) -> None:
    """Red at once, then ever more rarely; its end only to whom its beginning was told."""
    decision = decide(on, verdict, before, NOW)
    assert (decision.kind if isinstance(decision, Announce) else None) == kind


def test_a_silent_green_ends_the_trouble() -> None:
    """Who does not want to hear of recoveries hears of the next red at once all the same."""
    decision = decide(("red",), "green", told("red", 60), NOW)
    assert isinstance(decision, Keep)
    assert isinstance(decide(("red",), "red", decision.then, NOW + 1), Announce)


def test_a_run_of_a_part_says_nothing_of_the_whole() -> None:
    """A green `--only` is no recovery; who asked for every run hears of it, and what was announced stays."""
    red = told("red", 60)
    assert decide(USUAL, "green", red, NOW, partial=True) == Keep("only some steps ran", red)
    assert decide(("always",), "green", red, NOW, partial=True) == Announce("always", red)


histories = st.lists(st.tuples(st.sampled_from(VERDICTS), st.floats(0, 3 * 86400), st.booleans()), max_size=40)


@settings(max_examples=60)
@given(st.sets(st.sampled_from(OCCASIONS), min_size=1), histories)
def test_any_history_is_told_sparingly_and_to_its_end(on: set[str], history: list[tuple[str, float, bool]]) -> None:
    """Nothing unasked, no recovery from what was not told, no reminder too early; what did not arrive is not known."""
    before: Announced | None = None
    now = NOW
    for verdict, later_s, arrives in history:
        now += later_s
        decision = decide(on, verdict, before, now)
        match decision:
            case Announce(kind, then):
                assert "always" in on or {verdict, kind} & on, "nobody asked for it"
                if kind == "recovered":
                    assert before is not None
                    assert before.state in TROUBLE
                    assert verdict.startswith("green")
                if kind == "still":
                    assert before is not None
                    assert before.state == verdict
                    assert now - before.told >= REMINDERS_S[min(before.times, 3) - 1]
                before = then if arrives else before
            case Keep(why, then, due):
                assert "always" not in on
                assert why
                assert due is None or due > now
                before = then
        if before is not None:
            assert before.since <= before.told <= now


@settings(max_examples=20)
@given(st.sampled_from(TROUBLE), st.integers(1, 40))
def test_trouble_that_lasts_is_told_once_a_night(verdict: str, nights: int) -> None:
    """A run every 24 hours, give or take what cron and daylight saving do, is told every time."""
    before: Announced | None = None
    for night in range(nights):
        decision = decide((verdict,), verdict, before, NOW + night * 24 * HOUR - (night % 2) * HOUR)
        assert isinstance(decision, Announce)
        before = decision.then


def test_what_was_told_and_what_comes_next_in_words() -> None:
    """As `gatekeeper notify show` tells it."""
    before = Announced("red", NOW - 5 * HOUR, NOW - HOUR, 2)
    assert told_words(None, NOW) == "nothing was announced yet"
    assert told_words(told("red", 60), NOW) == "last: red, 1 min ago"
    assert told_words(before, NOW) == "last: red, 1 h ago, for the 2nd time in 4 h"
    assert next_words(("red", "recovered"), before, NOW) == [
        "next: red: not told for another 3 h",
        "next: flaky, inconclusive, aborted: not told",
        "next: green, green-after-fix: told as recovered",
    ]
