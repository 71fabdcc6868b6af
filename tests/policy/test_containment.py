"""What a required containment takes, and that nothing passes that was held by less."""

from __future__ import annotations

import pytest

from gatekeeper.model.containment import Containment, Level
from gatekeeper.model.incident import IncidentKind
from gatekeeper.model.outcome import Attempt, Cancelled, Exited, GuardBroken, NotStarted, Outcome, Probed, TimedOut
from gatekeeper.model.verdict import StepVerdict
from gatekeeper.policy.containment import LEVELS, described, falls_short
from gatekeeper.policy.judge import judge
from tests.policy.situations import step

FULL = ("cgroup2", "guardian", "subreaper", "cookie", "ledger")
USER = FULL[1:]
HURT = FULL[2:]
MAC = ("best-effort",)
STEP = step("g/s")


@pytest.mark.parametrize(
    ("level", "layers", "missing"),
    [
        ("cgroup", FULL, ""),
        ("cgroup", USER, "missing: cgroup2;"),
        ("cgroup", MAC, "missing: cgroup2, guardian;"),
        ("guardian", FULL, ""),
        ("guardian", USER, ""),
        ("guardian", HURT, "missing: guardian;"),
        ("guardian", MAC, "missing: guardian;"),
        ("guardian", (), "there is: nothing"),
    ],
)
def test_a_level_is_there_or_it_is_said_what_is_missing(level: Level, layers: tuple[str, ...], missing: str) -> None:
    found = falls_short(level, layers)
    assert missing in found
    assert bool(found) == bool(missing)


def test_nothing_required_is_always_there() -> None:
    assert falls_short(None, ()) == ""
    assert LEVELS == ("cgroup", "guardian")


def test_a_pass_that_was_held_by_less_than_required_is_an_error() -> None:
    """It may have left something behind, so its exit code is no evidence any more."""
    result = judge(STEP, Attempt(Exited(0), 1.0, layers=USER), Containment(FULL, "cgroup"))
    assert result.verdict is StepVerdict.ERROR
    assert [finding.kind for finding in result.findings] == ["containment-broken"]
    assert [incident.kind for incident in result.incidents] == [IncidentKind.CONTAINMENT_BROKEN]
    assert "cgroup2" in result.incidents[0].message


def test_a_failure_stays_one_and_the_weakness_is_told_of() -> None:
    """As with evidence that cannot be read: it takes a pass away, and never a failure."""
    result = judge(STEP, Attempt(Exited(1), 1.0, layers=USER), Containment(FULL, "cgroup"))
    assert result.verdict is StepVerdict.FAILED
    assert [incident.kind for incident in result.incidents] == [IncidentKind.CONTAINMENT_BROKEN]


@pytest.mark.parametrize("required", [None, "guardian"])
def test_less_than_the_run_began_with_is_told_of_even_where_it_is_enough(required: Level | None) -> None:
    result = judge(STEP, Attempt(Exited(0), 1.0, layers=USER), Containment(FULL, required))
    assert result.verdict is StepVerdict.PASSED
    assert [incident.kind for incident in result.incidents] == [IncidentKind.CONTAINMENT_BROKEN]


@pytest.mark.parametrize("layers", [FULL, USER])
def test_as_much_as_the_run_began_with_is_nothing_to_tell(layers: tuple[str, ...]) -> None:
    result = judge(STEP, Attempt(Exited(0), 1.0, layers=FULL), Containment(layers, "guardian"))
    assert (result.verdict, result.incidents) == (StepVerdict.PASSED, ())


@pytest.mark.parametrize(
    "outcome", [NotStarted("command-not-found", "x"), Cancelled(), GuardBroken("killed"), Probed(met=True)]
)
def test_where_no_command_was_held_there_is_nothing_to_ask(outcome: Outcome) -> None:
    """What never ran, a probe, and what is told of as broken anyway."""
    result = judge(STEP, Attempt(outcome, 1.0), Containment(FULL, "cgroup"))
    assert result.incidents == ()
    assert "containment-broken" not in [finding.kind for finding in result.findings]


def test_a_deadline_under_weak_containment_is_told_of_too() -> None:
    result = judge(STEP, Attempt(TimedOut(60.0), 60.0, layers=USER), Containment(FULL, "cgroup"))
    assert result.verdict is StepVerdict.TIMED_OUT
    assert IncidentKind.CONTAINMENT_BROKEN in [incident.kind for incident in result.incidents]


def test_best_effort_says_what_it_is() -> None:
    assert described(FULL) == "cgroup2, guardian, subreaper, cookie, ledger"
    assert described(FULL, "cgroup").endswith("; required: cgroup")
    assert "best effort only" in described(MAC)
    assert "may be missed" in described(MAC)
    assert described(()) == "nothing that is known"
