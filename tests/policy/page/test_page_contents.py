"""The report page: what is told in full, what is folded, and trees of processes."""

from __future__ import annotations

from gatekeeper.model.events import RoundStarted, StepFinished
from gatekeeper.model.outcome import Stray
from gatekeeper.policy.fold import RunRecord, fold
from gatekeeper.policy.page import contents
from gatekeeper.policy.page.contents import told_in_full, unfolded
from gatekeeper.policy.page.places import attempt_place
from gatekeeper.policy.page.processes import tree_of
from tests.adapters.executionlog import log_stories as stories
from tests.adapters.executionlog.log_telling import RUN, TREE, Story, started


def record(*steps: StepFinished) -> RunRecord:
    return fold(RUN, Story().tell(started(), RoundStarted(1, "first", TREE, 1), *steps).entries)


def test_what_something_speaks_against_is_never_crowded_out() -> None:
    passed = [StepFinished("a", f"s{number}", 1, 1, "passed") for number in range(contents.DETAILED + 10)]
    bad = StepFinished("a", "bad", 1, 1, "failed")
    told = told_in_full(record(bad, *passed))
    assert len(told) == contents.DETAILED
    assert told[0] == bad


def test_of_each_step_the_last_failure_is_seen_at_once() -> None:
    first, second = (StepFinished("a", "b", 1, number, "failed") for number in (1, 2))
    stray = StepFinished("a", "c", 1, 1, "passed", strays=(Stray(1, ("sleep",), 1.0, "cgroup2"),))
    blocked, fine = StepFinished("a", "d", 1, 0, "blocked"), StepFinished("a", "e", 1, 1, "passed")
    assert unfolded(record(first, second, stray, blocked, fine)) == {attempt_place(second), attempt_place(stray)}


def test_a_green_run_folds_all() -> None:
    assert not unfolded(fold(RUN, stories.green().entries))


def test_processes_stand_below_their_parents() -> None:
    found = [
        {"pid": 12, "parent": 11, "argv": ["sleep", "60"], "waits_for": "sleep"},
        {"pid": 10, "parent": 1, "argv": ["bash"]},
        {"pid": 11, "parent": 10, "argv": []},
    ]
    lines = tree_of(found, {12})
    assert [(line.pid, line.depth, line.stray) for line in lines] == [(10, 0, False), (11, 1, False), (12, 2, True)]
    assert lines[1].words == "a process without a name"
    assert lines[2].facts == "waits for sleep"


def test_what_is_no_process_and_what_goes_in_circles_ends() -> None:
    assert tree_of([None, 3, {"pid": "x"}, {"parent": 4}]) == ()
    own = {"pid": 1, "parent": 1, "argv": ["init"]}
    circle = [{"pid": 2, "parent": 3, "argv": ["a"]}, {"pid": 3, "parent": 2, "argv": ["b"]}]
    assert [line.pid for line in tree_of([own, *circle])] == [1]
