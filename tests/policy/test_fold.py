"""A run is the sum of its events, and the same sum however they come."""

from __future__ import annotations

from gatekeeper.model.events import (
    Entry,
    Event,
    IncidentHappened,
    NoteAdded,
    RoundFinished,
    RoundStarted,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
)
from gatekeeper.model.help_events import RetryScheduled, TreeChanged
from gatekeeper.model.incident import IncidentKind
from gatekeeper.model.service_events import ServiceEnded, ServiceStarted
from gatekeeper.policy.fold import RunRecord, fold

from .situations import sid

STORY: list[Event] = [
    RunStarted("cycle", "sha256:0", "T1", (), ()),
    RoundStarted(1, "first", "T1"),
    StepStarted("g", "a", 1, 1, 60.0),
    StepFinished("g", "a", 1, 1, "passed"),
    ServiceStarted("stack", "g", "a"),
    StepStarted("g", "b", 1, 1, 60.0),
    IncidentHappened(IncidentKind.STRAY, "one left", "g", "b"),
    StepFinished("g", "b", 1, 1, "infra"),
    StepFinished("h", "c", 1, 0, "blocked"),
    RoundFinished(1, "T1", ("g/b", "h/c")),
    RetryScheduled("g", "b", "infra", 1.0, 1),
    TreeChanged("unknown", ("backend: x",)),
    RoundStarted(2, "again", "T2"),
    ServiceEnded("stack", "replaced"),
    StepStarted("g", "b", 2, 2, 60.0),
    StepFinished("g", "b", 2, 2, "passed"),
    RoundFinished(2, "T2", ()),
    StepStarted("teardown", "stop", 2, 1, 30.0),
    StepFinished("teardown", "stop", 2, 1, "passed"),
    NoteAdded("p", "r", "s", "g"),
    RunFinished("green-after-fix", 0, 2, "T2", 9.0),
]


def entries(events: list[Event]) -> list[Entry]:
    return [Entry(n, f"t{n}", "run-1", event) for n, event in enumerate(events)]


def test_the_whole_story() -> None:
    record = fold("run-1", entries(STORY))
    assert record.seq == len(STORY) - 1
    assert [len(each.steps) for each in record.rounds] == [3, 1]
    assert [len(each.retries) for each in record.rounds] == [1, 0]
    assert record.latest[sid("g/b")].verdict == "passed"
    assert record.attempts == {sid("g/a"): 1, sid("g/b"): 2, sid("teardown/stop"): 1}
    assert sid("teardown/stop") not in record.latest
    assert [each.step for each in record.teardown] == ["stop"]
    assert record.services == {}
    assert [(time, each.how) for time, each in record.ended_services] == [("t13", "replaced")]
    assert [each.message for _, each in record.incidents] == ["one left"]
    assert record.running == {}
    assert record.interrupted == []
    assert record.finished == STORY[-1]


def test_live_and_from_a_journal_it_is_the_same() -> None:
    """Event by event, or all at once."""
    live = RunRecord("run-1")
    for entry in entries(STORY):
        live.apply(entry)
    whole = fold("run-1", entries(STORY))
    assert live.latest == whole.latest
    assert [each.steps for each in live.rounds] == [each.steps for each in whole.rounds]


def test_a_journal_that_was_cut_short_can_be_read_at_every_line() -> None:
    for length in range(len(STORY) + 1):
        record = fold("run-1", entries(STORY[:length]))
        assert record.seq == length - 1
        assert (record.finished is None) == (length < len(STORY))


def test_what_was_running_when_the_run_was_closed_is_known() -> None:
    record = fold("run-1", entries([*STORY[:6], RunFinished("aborted", 130, 1, "T1", 1.0)]))
    assert record.running == {}
    assert [(started.step, time) for started, time in record.interrupted] == [("b", "t5")]


def test_the_last_closing_event_holds() -> None:
    """A run that was closed as aborted and then resumed goes on in the same journal."""
    record = fold("run-1", entries([*STORY[:4], RunFinished("aborted", 130, 1, "T1", 1.0), *STORY[4:]]))
    assert record.finished is not None
    assert record.finished.verdict == "green-after-fix"
