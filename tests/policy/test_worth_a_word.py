"""What a person is told of a run that nobody watched."""

from __future__ import annotations

import pytest

from gatekeeper.model.events import (
    Entry,
    Event,
    IncidentHappened,
    RoundFinished,
    RoundStarted,
    RunFinished,
    StepFinished,
)
from gatekeeper.model.help_events import RepoSettled, TreeChanged
from gatekeeper.model.incident import IncidentKind
from gatekeeper.model.integrity import IntegrityChange
from gatekeeper.model.outcome import Stray
from gatekeeper.model.verdict import RunVerdict
from gatekeeper.policy.fold import fold
from gatekeeper.policy.worth_a_word import is_worth_a_word

PASSED = StepFinished("g", "s", 1, 1, "passed")


def told(*between: Event, verdict: str = "green", code: int = 0) -> bool:
    events = (RoundStarted(1, "first", "t"), *between, RunFinished(verdict, code, 1, "t", 1.0))
    return is_worth_a_word(fold("r", [Entry(number, "", "r", event) for number, event in enumerate(events)]))


@pytest.mark.parametrize("verdict", list(RunVerdict))
@pytest.mark.parametrize("code", [0, 1, 4])
def test_only_a_plain_green_is_worth_no_word(verdict: RunVerdict, code: int) -> None:
    """After a fix somebody's files are others, and flaky is told also where the cycle allows it."""
    assert told(PASSED, verdict=verdict, code=code) is not (verdict == "green" and code == 0)


def test_a_run_that_has_not_ended_is_worth_a_word() -> None:
    assert is_worth_a_word(fold("r", []))


@pytest.mark.parametrize("kind", list(IncidentKind))
def test_an_incident_beside_green(kind: IncidentKind) -> None:
    """A timeout or hang beside it is an advisory step's own; the others somebody has to know."""
    assert told(PASSED, IncidentHappened(kind, "it happened")) is (kind not in {"timeout", "hang"})


def test_what_else_is_worth_a_word_beside_green() -> None:
    """A process left behind, an untidy end, a repo that is not settled, and what judges having become weaker."""
    weaker = IntegrityChange("tests/a.py", "test", "weakening", ("fewer-assertions",), "")
    end = RoundFinished(1, "t", ())
    assert told(PASSED._replace(strays=(Stray(7, ("x",), 1.0, "cgroup2"),)))
    assert told(PASSED, end, PASSED._replace(gate="teardown", verdict="failed"))
    assert told(PASSED, end, RepoSettled("backend", "unsettled"))
    assert told(PASSED, TreeChanged("unknown", ("tests/a.py",), integrity=(weaker,)))
    assert not told(PASSED, PASSED._replace(step="lint", tier="advisory", verdict="failed"), end)
    assert not told(PASSED, end, PASSED._replace(gate="teardown"))
