"""The report page: who ran when, as a picture."""

from __future__ import annotations

from gatekeeper.model.events import Entry, Event, RoundFinished, RoundStarted, StepFinished, StepStarted
from gatekeeper.model.help_events import (
    ChangeAwaited,
    FixerFinished,
    FixerStarted,
    MitigationFinished,
    MitigationStarted,
    RetryScheduled,
    RunResumed,
    TreeChanged,
)
from gatekeeper.model.service_events import ServiceEnded, ServiceStarted
from gatekeeper.policy.page import picture as pictures
from gatekeeper.policy.page.picture import Lane, Picture, Span, picture_of
from tests.adapters.executionlog import log_stories as stories
from tests.adapters.executionlog.log_telling import TREE, Story, started

# In a story, every event is two seconds after the last.


def picture(*events: Event) -> Picture:
    return picture_of(Story().tell(started(), RoundStarted(1, "first", TREE, 1), *events).entries)


def lane(drawn: Picture, name: str) -> Lane:
    return next(lane for lane in drawn.lanes if lane.name == name)


def test_a_step_is_drawn_from_its_beginning_to_its_end() -> None:
    drawn = picture(StepStarted("a", "b", 1, 1, 9.0), StepFinished("a", "b", 1, 1, "passed", duration_s=1.5))
    assert lane(drawn, "a/b").spans == (
        Span(4.0, 6.0, "passed", "attempt 1 in round 1: passed, 1.5 s", place="a/b:1.1"),
    )
    assert drawn.seconds == 6.0
    assert drawn.rounds == (2.0,)


def test_what_was_killed_is_marked() -> None:
    spans = lane(
        picture(StepFinished("a", "b", 1, 1, "timed-out"), StepFinished("a", "b", 1, 2, "failed", signal=9)), "a/b"
    ).spans
    assert [span.killed for span in spans] == [True, True]
    assert spans[1].words.endswith("ended by signal 9")


def test_a_blocked_step_is_a_moment() -> None:
    (span,) = lane(picture(StepFinished("a", "b", 1, 0, "blocked")), "a/b").spans
    assert span.begin_s == span.end_s == 4.0
    assert span.words == "round 1: blocked"


def test_waiting_helping_and_services_have_their_spans() -> None:
    drawn = picture(
        ServiceStarted("server", "a", "b"),
        RetryScheduled("a", "b", "infra", 3.0, 1),
        RoundFinished(1, TREE, ("a/b",)),
        MitigationStarted("git_lock", "rm x", "a", "b", TREE, 1),
        MitigationFinished("git_lock", 0),
        FixerStarted(1, "acme", "sha256:1", TREE),
        FixerFinished(1, 0, changed=("r: f",)),
        ChangeAwaited(TREE, 2, 60.0),
        TreeChanged("fixer", ("r: f",)),
        RoundStarted(2, "again", TREE),
        ServiceEnded("server", "died"),
    )
    assert [(span.kind, span.begin_s, span.end_s) for span in lane(drawn, "between rounds").spans] == [
        ("mitigation", 10.0, 12.0),
        ("fixer", 14.0, 16.0),
        ("change", 20.0, 20.0),
        ("waiting", 18.0, 22.0),
    ]
    assert lane(drawn, "server").spans == (Span(4.0, 24.0, "service", "lives on after a/b, died", killed=True),)
    assert lane(drawn, "a/b").spans == (Span(6.0, 9.0, "waiting", "waits 3 s before retry 1 (infra)"),)


def test_what_ran_when_gatekeeper_died_ends_there() -> None:
    drawn = picture(StepStarted("a", "b", 1, 1, 9.0), RunResumed(3, TREE))
    (span,) = lane(drawn, "a/b").spans
    assert span.kind == "unfinished"
    assert "gatekeeper died here" in span.words


def test_the_runs_own_lanes_come_first_and_services_last() -> None:
    kinds = [lane.kind for lane in picture_of(stories.service_died().entries).lanes]
    assert kinds == sorted(kinds, key=["run", "step", "service"].index)


def test_what_passed_quickly_is_left_out_first() -> None:
    events = [StepFinished("a", f"s{number}", 1, 1, "passed") for number in range(pictures.LANES + 5)]
    drawn = picture(*events, StepFinished("a", "bad", 1, 1, "failed"))
    assert drawn.left_out == 6
    assert lane(drawn, "a/bad")


def test_a_wall_clock_that_was_put_back_turns_nothing_around() -> None:
    entries = picture_entries()
    drawn = picture_of([entries[0], entries[2], entries[1]])
    assert all(span.begin_s <= span.end_s <= drawn.seconds for lane in drawn.lanes for span in lane.spans)


def picture_entries() -> list[Entry]:
    return Story().tell(started(), StepStarted("a", "b", 1, 1, 9.0), StepFinished("a", "b", 1, 1, "passed")).entries


def test_a_time_that_is_none_moves_nothing() -> None:
    """A journal may be older than any rule of ours, or have been written by hand."""
    entries = [entry._replace(time=time) for entry, time in zip(picture_entries(), ("", "soon", "2026"), strict=True)]
    assert picture_of(entries).seconds == 0.0


def test_nothing_at_all_is_an_empty_picture() -> None:
    assert picture_of([]) == Picture(0.0, ())
