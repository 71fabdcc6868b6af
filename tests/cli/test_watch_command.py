"""`gatekeeper run --watch`: a person edits, and the run goes on until it is green."""

from __future__ import annotations

import signal

import pytest

from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Project, alive_with, git

ANSWER = """
until_green: {rounds: 9}
gates:
  a:
    steps:
      quick: {run: "true"}
      answer: {run: "grep -q good answer.txt"}
"""
LONG = """
until_green: {rounds: 9}
gates:
  stack:
    steps:
      up: {run: "sleep 1000 & echo up", keep: stack}
  suite:
    needs: [stack]
    steps:
      long: {run: 'grep -q good answer.txt || { touch "$BEACONS/began"; sleep 1000; }'}
      after: {run: "true"}
"""


def begun(project: Project) -> Project:
    """The project as a repository in which the answer is wrong, and what runs write is ignored."""
    (project.root / "answer.txt").write_text("bad\n")
    git(project.root, "init", "--quiet")
    git(project.root, "add", "--all")
    git(project.root, "commit", "--quiet", "--message", "the answer is wrong")
    return project


def save(project: Project, text: str) -> None:
    (project.root / "answer.txt").write_text(f"{text}\n")


@pytest.mark.slow
def test_a_person_mends_what_was_red(tiny: MakeTiny) -> None:
    """Without a terminal: it waits, sees the edit, runs what failed, confirms the rest, and is green-after-fix."""
    project = begun(tiny(ANSWER))
    going = project.start("run", "tiny", "--watch")
    waited = going.wait_for("change.awaited")
    assert (waited["rounds_left"], going.journal.events("run.started")[0]["watch"]) == (7, True)
    save(project, "good")
    going.end().expect(0)
    assert project.journal.end["verdict"] == "green-after-fix"
    assert project.journal.verdicts() == {"a/quick": "passed", "a/answer": "passed"}
    assert project.journal.is_whole()
    project.gatekeeper("verify", project.journal.run).expect(0)


@pytest.mark.slow
def test_an_edit_while_a_round_runs_begins_the_next_one(tiny: MakeTiny) -> None:
    """The old round is cleaned up: its processes are gone, its stack lives until it is brought up anew."""
    project = begun(tiny(LONG))
    going = project.start("run", "tiny", "--watch")
    going.until((project.temporary / "began").exists, "the long step began")
    save(project, "good")
    abandoned = going.wait_for("round.finished", round=1)
    assert abandoned["abandoned"] is True
    going.end().expect(0)
    first = [(each["step"], each["verdict"]) for each in project.journal.events("step.finished", round=1)]
    assert first == [("up", "passed"), ("long", "cancelled")]
    assert [each["how"] for each in project.journal.events("service.ended")] == ["replaced", "ended"]
    assert project.journal.end["verdict"] == "green-after-fix"
    assert alive_with(f"GATEKEEPER_RUN={project.journal.run}") == {}
    project.gatekeeper("verify", project.journal.run).expect(0)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_wait(tiny: MakeTiny, number: signal.Signals) -> None:
    going = begun(tiny(ANSWER)).start("run", "tiny", "--watch")
    going.wait_for("change.awaited")
    going.send(number)
    done = going.end().expect(128 + number)
    assert going.journal.end["verdict"] == "aborted"
    assert "waiting" in done.text


@pytest.mark.slow
def test_a_signal_ends_a_watched_round(tiny: MakeTiny) -> None:
    project = begun(tiny(LONG))
    going = project.start("run", "tiny", "--watch")
    going.until((project.temporary / "began").exists, "the long step began")
    going.send(signal.SIGINT)
    going.end().expect(130)
    assert alive_with(f"GATEKEEPER_RUN={project.journal.run}") == {}


@pytest.mark.slow
def test_a_run_whose_rounds_are_used_up_waits_for_nobody(tiny: MakeTiny) -> None:
    """And says how to allow more."""
    done = begun(tiny(ANSWER)).gatekeeper("run", "tiny", "--watch", "--rounds", "1").expect(1)
    assert "--rounds" in done.text


def test_only_one_cycle_can_be_watched(tiny: MakeTiny) -> None:
    """The second one would wait for ever."""
    project = tiny(ANSWER)
    project.define(ANSWER, "other")
    done = project.gatekeeper("run", "tiny", "other", "--watch").expect(2)
    assert "--watch is for one cycle" in done.err
