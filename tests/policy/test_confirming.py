"""Where everything passed but not on one tree, the run tells what keeps it from that, and how to allow more."""

from __future__ import annotations

from gatekeeper.model.events import (
    Entry,
    Event,
    IncidentHappened,
    RoundFinished,
    RoundStarted,
    RunFinished,
    StepFinished,
)
from gatekeeper.model.help_events import TreeChanged
from gatekeeper.model.incident import IncidentKind
from gatekeeper.policy.confirming import drift_words, drifted, is_unconfirmed, more_rounds
from gatekeeper.policy.fold import RunRecord, fold
from gatekeeper.policy.run_verdict import Why

DRIFT = IncidentHappened(IncidentKind.DRIFT, "the tree changed while round 1 ran")
WROTE = TreeChanged("unknown", ("app: test.sqlite",))
MENDED = TreeChanged("fixer", ("app: src/a.py",))


def record(*between: Event, reason: str = Why.NOT_CONFIRMED) -> RunRecord:
    result = StepFinished("g", "s", 1, 1, "passed", tree="T")
    end = RunFinished("inconclusive", 3, 1, "T", 1.0, reason=reason)
    events = (RoundStarted(1, "first", "T"), result, *between, RoundFinished(1, "T", ()), end)
    return fold("r", [Entry(seq, f"2026-02-18T02:00:{seq:02}Z", "r", event) for seq, event in enumerate(events)])


def test_what_steps_wrote_is_named_and_what_the_fixer_changed_is_not() -> None:
    assert drifted(record(WROTE, DRIFT, MENDED)) == ("app: test.sqlite",)


def test_a_change_that_no_step_made_is_no_drift() -> None:
    assert drifted(record(MENDED)) == ()
    assert drifted(record(WROTE)) == ()


def test_only_a_run_whose_rounds_were_used_up_is_unconfirmed() -> None:
    assert is_unconfirmed(record(WROTE, DRIFT))
    assert not is_unconfirmed(record(WROTE, DRIFT, reason=Why.FAILED))


def test_it_is_said_what_to_do_with_files_that_steps_write() -> None:
    """Many of them are not all named."""
    assert (
        drift_words(("a",)) == "if a step writes what changed (a), have git ignore it or declare it: `artifacts: […]`"
    )
    assert "(a, b, c and 2 more), have git ignore them" in drift_words(("a", "b", "c", "d", "e"))


def test_the_command_allows_twice_as_many_rounds() -> None:
    assert more_rounds(record(WROTE)) == "gatekeeper run CYCLE --rounds 2"
