"""What was tried between rounds, as whole calls, and what only looks like a flake."""

from __future__ import annotations

from gatekeeper.model.event_parts import Snippet
from gatekeeper.model.events import (
    Entry,
    Event,
    NoteAdded,
    RoundFinished,
    RoundStarted,
    RunFinished,
    StepFinished,
    StepStarted,
)
from gatekeeper.model.help_events import (
    BreakerOpened,
    ChangeAwaited,
    FixerFinished,
    FixerStarted,
    FixProved,
    MitigationFinished,
    MitigationStarted,
    RetryScheduled,
    RunResumed,
    TreeChanged,
)
from gatekeeper.model.known import KnownFailure
from gatekeeper.policy.flakes import flakes, flaky_steps
from gatekeeper.policy.fold import RunRecord, fold
from gatekeeper.policy.helped import (
    FixerCall,
    Mitigated,
    changes_of,
    cut_off,
    episodes,
    fixer_calls,
    helped,
    mitigations,
    notes_of,
    retried,
    solved,
)

EASES = MitigationStarted("port_in_use", "kill 7", "g", "s", "T", 1)
EASED = MitigationFinished("port_in_use", 0)
CALL = FixerStarted(1, "somebody", "sha256:b", "T")
CALLED = FixerFinished(1, 0, changed=("r: a.py",))
AGAIN = RoundStarted(2, "again", "T")
DONE = RoundFinished(2, "T", ())


def record(*events: Event) -> RunRecord:
    return fold("r", [Entry(seq, f"2026-02-18T02:00:{seq:02}Z", "r", event) for seq, event in enumerate(events)])


def result(verdict: str, round_number: int, *, tree: str = "T", pattern: str = "") -> StepFinished:
    known = KnownFailure(pattern, "config", "because") if pattern else None
    return StepFinished("g", "s", round_number, round_number, verdict, tree=tree, known=known)


def red(*, pattern: str = "") -> tuple[Event, ...]:
    """A first round in which the step fails."""
    return RoundStarted(1, "first", "T"), result("failed", 1, pattern=pattern), RoundFinished(1, "T", ("g/s",))


def test_a_call_is_its_beginning_and_its_end() -> None:
    """One that was cut short has no end, and none takes that of another."""
    breaker, waits = BreakerOpened("no-progress", "sha256:1", "T"), ChangeAwaited("T", 1, 1.0)
    told = record(*red(), EASES, CALL, CALLED, breaker, waits, CALL._replace(call=2), EASED)
    assert episodes(helped(told)) == (
        Mitigated(EASES),
        FixerCall(CALL, CALLED),
        breaker,
        waits,
        FixerCall(CALL._replace(call=2)),
    )
    assert [one.well for one in mitigations(helped(told))] == [False]
    assert [call.finished for call in fixer_calls(told)] == [CALLED, None]


def test_an_end_without_a_beginning_is_nobodys() -> None:
    assert episodes((EASED, CALLED)) == ()


def test_what_fails_and_passes_on_one_tree_is_a_flake() -> None:
    """In either order; not where the tree was another, or changed meanwhile."""
    assert list(flakes(record(*red(), AGAIN, result("passed", 2), DONE))) == ["g/s"]
    passed_first = (RoundStarted(1, "first", "T"), result("passed", 1), RoundFinished(1, "T", ()))
    assert list(flakes(record(*passed_first, AGAIN, result("error", 2), DONE))) == ["g/s"]
    other = AGAIN._replace(tree="U")
    assert flakes(record(*red(), other, result("passed", 2, tree="U"), DONE._replace(tree="U"))) == {}
    assert flakes(record(*red(), AGAIN, result("passed", 2), DONE._replace(tree="U"))) == {}
    assert flakes(record(*red(), AGAIN, result("passed", 2)._replace(tree=""), DONE)) == {}


def test_what_a_mitigation_mended_is_no_flake() -> None:
    """Only where it ran well, and was this failure's."""
    again = (AGAIN, result("passed", 2), DONE)
    assert flakes(record(*red(pattern="port_in_use"), EASES, EASED, *again)) == {}
    assert list(flakes(record(*red(pattern="port_in_use"), EASES, EASED._replace(exit_code=1), *again))) == ["g/s"]
    assert list(flakes(record(*red(pattern="disk_full"), EASES, EASED, *again))) == ["g/s"]
    assert list(flakes(record(*red(), EASES, EASED, *again))) == ["g/s"]


def test_what_passes_on_the_tree_before_its_fix_is_flaky() -> None:
    """Its fix is not what made it pass."""
    told = record(*red(), FixProved("g", "s", "T", "passed"), FixProved("g", "t", "T", "failed"))
    assert flaky_steps(told) == ("g/s",)


def test_a_problem_that_is_no_more_tells_what_was_done_since() -> None:
    """In its order; what the fixer changed is told with its call; without a cure it is told with none."""
    edited = TreeChanged("unknown", ("r: b.py",), tree="U")
    by_fixer = TreeChanged("fixer", ("r: a.py",), tree="U")
    (one,) = solved(record(*red(), EASES, EASED, CALL, CALLED, by_fixer, edited, AGAIN, result("passed", 2), DONE))
    assert one.failure == result("failed", 1)
    assert one.by == (Mitigated(EASES, EASED), FixerCall(CALL, CALLED), edited)
    (one,) = solved(record(*red(), AGAIN, result("passed", 2), DONE))
    assert one.by == ()
    assert solved(record(*red())) == ()
    assert solved(record(*red(), AGAIN, result("passed", 2), result("failed", 2), DONE)) == ()


def test_how_often_infrastructure_was_waited_for() -> None:
    retry = RetryScheduled("g", "s", "infra", 1.0, 1)
    assert retried(record(*red(), retry, AGAIN, retry._replace(n=2))) == {"g/s": 2}
    assert retried(record(*red())) == {}


def test_what_was_cut_off_and_made_up_for_is_told_no_more() -> None:
    """An attempt that a death left without a result is told until a later one has one."""
    begun = StepStarted("g", "s", 1, 1, 60.0)
    died = (RoundStarted(1, "first", "T"), begun, RunFinished("aborted", 1, 1, "T", None))
    assert [one for one, _ in cut_off(record(*died))] == [begun]
    resumed = (*died, RunResumed(2, "T"), AGAIN._replace(round=1))
    assert [one for one, _ in cut_off(record(*resumed))] == [begun]
    again = begun._replace(attempt=2)
    assert cut_off(record(*resumed, again)) == ()
    assert cut_off(record(*resumed, again, result("passed", 2), DONE)) == ()


def test_what_was_noted_and_changed_in_a_call_belongs_to_it() -> None:
    """Not what somebody noted before, after, or with a snippet; and not what another call changed."""
    notes = [NoteAdded(f"p{number}", "", "", "") for number in range(5)]
    theirs = notes[2]._replace(snippet=Snippet("a.py:1", "x"))
    second, ended = CALL._replace(call=2), CALLED._replace(call=2)
    changes = [TreeChanged("fixer", (f"r: {name}.py",), tree=name) for name in "ab"]
    told = record(
        *(*red(), notes[0], CALL, notes[1], theirs, CALLED, changes[0], notes[3]),
        *(AGAIN, result("failed", 2), DONE, second, notes[4], ended, changes[1]),
    )
    one, two = fixer_calls(told)
    assert (notes_of(told, one), notes_of(told, two)) == ((notes[1],), (notes[4],))
    assert (changes_of(told, one), changes_of(told, two)) == ((changes[0],), (changes[1],))


def test_to_a_call_that_was_cut_short_nothing_belongs() -> None:
    told = record(*red(), CALL, NoteAdded("p", "", "", ""))
    (call,) = fixer_calls(told)
    assert notes_of(told, call) == ()
