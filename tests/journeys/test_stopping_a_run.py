"""Ctrl-C, TERM and HUP at every moment of a run: it ends in order, tells so, and leaves nothing."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.journeys.main_job import nothing_lives
from tests.support.examples import edit
from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Going, Project, alive_with

pytestmark = pytest.mark.slow

INT, TERM, HUP = signal.SIGINT, signal.SIGTERM, signal.SIGHUP
CODES = {INT: 130, TERM: 143, HUP: 129}

# A step that says it is there, and stays until it is ended; one that does not listen to TERM; a service.
STORY = """
gates:
  stack:
    steps:
      up: {run: "setsid sleep 300 &", keep: stack}
  work:
    needs: [stack]
    steps:
      long: {run: "touch $BEACONS/began; sleep 300", grace: 200ms}
      never: {run: "touch $BEACONS/never"}
teardown:
  - {run: "touch $BEACONS/torn-down"}
"""
LONG = "touch $BEACONS/began; sleep 300"
STUBBORN = STORY.replace(
    f'"{LONG}", grace: 200ms',
    "\"trap 'touch $BEACONS/heard' TERM; touch $BEACONS/began; while :; do sleep 300 & wait; done\", grace: 120s",
)
SLOW_END = STORY.replace(LONG, "true").replace("touch $BEACONS/torn-down", f"{LONG}; touch $BEACONS/torn-down")


DEAF_SERVICE = STORY.replace(
    '"setsid sleep 300 &", keep: stack',
    "\"(trap 'touch $BEACONS/heard' TERM; touch $BEACONS/up; while :; do sleep 300 & wait || true; done) "
    '>/dev/null 2>&1 & until [ -e $BEACONS/up ]; do :; done", keep: stack, grace: 120s',
)


def said(project: Project, going: Going, word: str) -> None:
    going.until((project.temporary / word).exists, f"a step said {word}")


def began(project: Project, going: Going) -> None:
    said(project, going, "began")


def closed_and_quiet(going: Going, number: signal.Signals) -> None:
    """What is true after every stopped run."""
    done = going.end().expect(CODES[number])
    journal = going.journal
    assert not alive_with(f"GATEKEEPER_RUN={journal.run}"), "alive at the moment gatekeeper returned"
    assert journal.is_whole()
    assert (journal.end["verdict"], journal.end["exit_code"]) == ("aborted", CODES[number])
    assert "aborted" in Path(journal.end["log"]).read_text("utf-8").lower()
    assert "aborted" in done.out


@pytest.mark.parametrize("number", [INT, TERM, HUP])
def test_asked_once_a_run_ends_in_order(tiny: MakeTiny, number: signal.Signals) -> None:
    """The step is ended, what was to come is not begun, teardown runs, the service goes, everything is written."""
    project = tiny(STORY)
    going = project.start("run", "tiny")
    began(project, going)
    going.send(number)
    closed_and_quiet(going, number)
    assert going.journal.verdicts()["work/long"] == "cancelled"
    assert (project.temporary / "torn-down").exists()
    assert not (project.temporary / "never").exists()
    assert going.journal.last("service.ended")["how"] == "ended"


@pytest.mark.parametrize(("first", "second"), [(INT, INT), (TERM, TERM), (INT, TERM)])
def test_asked_twice_it_ends_at_once(tiny: MakeTiny, first: signal.Signals, second: signal.Signals) -> None:
    """A step that does not listen is not waited for, and its grace of two minutes is cut short."""
    project = tiny(STUBBORN)
    going = project.start("run", "tiny")
    began(project, going)
    going.send(first)
    said(project, going, "heard")
    going.send(second)
    closed_and_quiet(going, max(first, second, key=[HUP, TERM, INT].index))


def test_asked_again_while_a_service_is_being_ended_it_ends_at_once(tiny: MakeTiny) -> None:
    """A service that does not listen has a grace of two minutes, and loses it."""
    project = tiny(DEAF_SERVICE)
    going = project.start("run", "tiny")
    began(project, going)
    going.send(TERM)
    said(project, going, "heard")
    going.send(INT)
    closed_and_quiet(going, INT)
    assert not going.journal.events("incident"), "it did not die by itself"


def test_asked_while_teardown_runs_it_is_finished_and_asked_again_it_is_not(tiny: MakeTiny) -> None:
    """Cleaning up goes on after the first request; nobody has to wait for it after the second."""
    project = tiny(SLOW_END)
    going = project.start("run", "tiny")
    began(project, going)
    going.send(TERM)
    going.send(INT)
    closed_and_quiet(going, INT)
    assert not (project.temporary / "torn-down").exists()


def test_asked_before_the_first_step(tiny: MakeTiny) -> None:
    """Nothing is begun at all, or it is ended; the run is closed either way."""
    project = tiny(STORY)
    going = project.start("run", "tiny")
    going.until(lambda: bool(project.journals() and project.journals()[0].path.exists()), "the journal is there")
    going.send(INT)
    closed_and_quiet(going, INT)
    assert not (project.temporary / "never").exists()


def test_asked_while_a_service_is_coming_up(tiny: MakeTiny) -> None:
    """A `ready` probe that is being waited for is given up, and what was started for it goes."""
    project = tiny("""
gates:
  stack:
    steps:
      up: {run: "setsid sleep 300 & touch $BEACONS/began", keep: stack, ready: {file: missing, within: 100s}}
""")
    going = project.start("run", "tiny")
    began(project, going)
    going.send(TERM)
    closed_and_quiet(going, TERM)


def test_asked_while_a_probe_waits_for_its_answer(example: Project) -> None:
    """The service is stopped in the middle of a request; the run does not wait for the probe's timeout."""
    backend = example.root / "examples" / "backend"
    edit(backend / "calorie_backend" / "accounts.py", "raise EmailTaken(email)  #", "__import__('time').sleep(300)  #")
    edit(backend / "dev-scripts" / "stack.py", "STOP_GRACE = 8.0", "STOP_GRACE = 0.2")
    going = example.start("run", "backend-cycle", "--only", "negative-paths")
    going.wait_for("step.started", step="duplicate-signup")
    going.send(INT)
    going.end().expect(130)
    nothing_lives(example.journal)
    assert example.journal.is_whole()
    assert example.journal.verdicts()["negative-paths/duplicate-signup"] == "cancelled"
    assert example.journal.verdicts()["teardown/stop-stack"] == "passed"


@pytest.mark.parametrize("number", [INT, TERM, HUP])
def test_a_whole_terminal_that_is_interrupted(tiny: MakeTiny, number: signal.Signals) -> None:
    """Ctrl-C reaches every process of the terminal's group, our helpers among them; the end is as orderly."""
    project = tiny(STORY)
    going = project.start("run", "tiny")
    began(project, going)
    os.killpg(going.process.pid, number)
    closed_and_quiet(going, number)
    assert (project.temporary / "torn-down").exists()


def test_what_was_ignored_before_stays_ignored(tiny: MakeTiny) -> None:
    """Under nohup a hang-up ends nothing."""
    project = tiny(STORY.replace('sleep 300"', 'until [ -e $BEACONS/go-on ]; do sleep 0.01; done"'))
    project.command = ["nohup", *project.command]
    going = project.start("run", "tiny")
    began(project, going)
    going.send(HUP)
    (project.temporary / "go-on").touch()
    assert going.end().expect(0).code == 0
