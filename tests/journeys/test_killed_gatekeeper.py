"""SIGKILL to gatekeeper itself: what it started dies with it, and the next command that looks closes its run."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.journeys.main_job import is_open, port_of
from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Going, Journal, Project, alive_with, until

pytestmark = pytest.mark.slow

STORY = """
gates:
  stack:
    steps:
      up: {run: "setsid sleep 300 &", keep: stack}
  work:
    needs: [stack]
    steps:
      long: {run: "echo so far; trap '' TERM; touch $BEACONS/began; setsid sleep 300 & while :; do wait; done"}
"""


def killed(project: Project, going: Going, *, at: Callable[[], bool]) -> Journal:
    """Kill gatekeeper; all that it started is seen to go, with no deadline of its own: the guardians notice."""
    going.until(at, "the moment came")
    going.send(signal.SIGKILL)
    assert going.end().code == -signal.SIGKILL
    journal = going.journal
    until(lambda: not alive_with(f"GATEKEEPER_RUN={journal.run}"), "everything of the run died")
    assert not journal.events("run.finished")
    return journal


@pytest.fixture
def dead(tiny: MakeTiny) -> Project:
    """A project whose last run was killed in the middle of a step."""
    project = tiny(STORY)
    going = project.start("run", "tiny")
    killed(project, going, at=(project.temporary / "began").exists)
    return project


@pytest.mark.parametrize(
    "command", [(), ("reap",), *(pytest.param(other, marks=pytest.mark.slow) for other in (("show",), ("log", "tiny")))]
)
def test_the_next_command_that_looks_closes_it_as_aborted(dead: Project, command: tuple[str, ...]) -> None:
    """The journal is whole again, and the log tells how the run ended and what it had done until then."""
    done = dead.gatekeeper(*command).expect(0)
    assert dead.journal.is_whole()
    assert dead.journal.end["verdict"] == "aborted"
    assert "died" in dead.journal.end["reason"]
    if command != ("log", "tiny"):
        assert "aborted" in done.out.lower()
    log = Path(dead.journal.last("run.started")["log"]).read_text("utf-8")
    assert "aborted" in log.lower()
    assert "stack/up" in log
    assert re.search(r"^\*\*Closed:\*\* .* UTC *$", log, re.MULTILINE), "for how long it ran is not known"
    captured = dead.journal.folder / dead.journal.last("step.started", step="long")["output"]
    assert captured.read_text("utf-8") == "so far\n"


def test_the_next_run_takes_the_lock_over_and_says_what_it_found(dead: Project) -> None:
    """Nobody has to remove a lock file, ever."""
    dead.define("gates:\n  a:\n    steps:\n      one: {run: 'true'}\n")
    done = dead.gatekeeper("run", "tiny").expect(0)
    first, second = dead.journals()
    assert first.end["verdict"] == "aborted"
    assert second.end["verdict"] == "green"
    assert first.run in done.err
    assert first.is_whole()
    assert second.is_whole()
    assert "nothing was left behind" in dead.gatekeeper("reap").expect(0).out


def test_the_main_job_killed_while_its_service_is_up(example: Project) -> None:
    """The port is free again, and the next main job is green."""
    going = example.start("run", "backend-cycle", "--only", "negative-paths")
    going.wait_for("step.started", step="signup")
    journal = going.journal
    killed(example, going, at=lambda: True)
    until(lambda: not is_open(port_of(journal)), "the port is free")
    example.gatekeeper("run", "backend-cycle", "--only", "stack").expect(0)
    assert journal.end["verdict"] == "aborted"
    assert [each.end["verdict"] for each in example.journals()] == ["aborted", "green"]


def test_killed_before_the_first_step(tiny: MakeTiny) -> None:
    """However little was written, the next command has an answer."""
    project = tiny(STORY)
    going = project.start("run", "tiny")
    killed(project, going, at=lambda: bool(project.journals()))
    done = project.gatekeeper().expect(0)
    assert "tiny" in done.out
    project.gatekeeper("reap").expect(0)
    project.define("gates:\n  a:\n    steps:\n      one: {run: 'true'}\n")
    project.gatekeeper("run", "tiny").expect(0)


def test_gatekeeper_is_stopped_while_a_step_runs(tiny: MakeTiny) -> None:
    """Its deadline holds although nobody is there to keep it, and once gatekeeper goes on it tells so."""
    work = "setsid env -i sleep 300 & echo $! > $BEACONS/pid.new; mv $BEACONS/pid.new $BEACONS/pid; wait"
    step = f"one: {{run: '{work}', timeout: 5s, grace: 100ms}}"
    project = tiny(f"until_green: {{rounds: 1}}\ngates:\n  a:\n    steps:\n      {step}\n")
    going = project.start("run", "tiny")
    pidfile = project.temporary / "pid"
    going.until(pidfile.exists, "the daemon is there")
    daemon = Path("/proc") / pidfile.read_text("utf-8").strip()
    going.send(signal.SIGSTOP)
    until(lambda: not daemon.exists(), "the step was ended")
    going.send(signal.SIGCONT)
    going.end().expect(1)
    assert project.journal.verdicts() == {"a/one": "timed-out"}
