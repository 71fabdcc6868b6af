"""How a run that waited for a person and did not get to green says how to allow more."""

from __future__ import annotations

import pytest

from gatekeeper.adapters.console.closing_help import help_said
from gatekeeper.model.events import Entry, Event, RoundStarted, RunFinished, RunStarted
from gatekeeper.model.help_events import ChangeAwaited
from gatekeeper.policy.fold import fold

STARTED = RunStarted("backend-cycle", "sha256:0", "sha256:1", (), (), rounds=9, watch=True)


def said(*events: Event) -> list[str]:
    entries = [Entry(seq, "2026-11-27T15:00:00.000Z", "run-1", event) for seq, event in enumerate(events)]
    return [one.words for one in help_said(fold("run-1", entries)) if one.label == "to go on"]


def ended(verdict: str, rounds: int) -> RunFinished:
    return RunFinished(verdict, 1, rounds, "sha256:1", 1.0)


def test_the_rounds_are_used_up() -> None:
    assert said(STARTED, ended("red", 9)) == [
        "its rounds are used up; for more: gatekeeper run backend-cycle --watch --rounds 36"
    ]


def test_nobody_changed_anything_within_the_time() -> None:
    (words,) = said(STARTED, ChangeAwaited("sha256:1", 7, 10.0), ended("red", 2))
    assert "within" in words


@pytest.mark.parametrize(
    "events",
    [
        (STARTED, ended("green-after-fix", 9)),
        (STARTED, ended("aborted", 9)),
        (STARTED, ChangeAwaited("sha256:1", 7, 10.0), RoundStarted(3, "…", "sha256:2", 1), ended("red", 3)),
        (STARTED._replace(watch=False), ended("red", 9)),
        (STARTED,),
    ],
)
def test_where_the_budget_is_not_what_ended_it_nothing_is_said(events: tuple[Event, ...]) -> None:
    assert said(*events) == []
