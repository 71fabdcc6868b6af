"""A whole `gatekeeper run` killed at random instants, alone and with all its helpers: nothing lives, all is told."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gatekeeper.adapters.guard.system import cgroup, procfs
from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Going, Project, alive_with, until

pytestmark = pytest.mark.slow

INSTANTS = 20
LONGEST_S = 0.1
# A service, and a daemon that has nothing in its environment to be known by.
STORY = """
gates:
  stack:
    steps:
      up: {run: "setsid sleep 300 & echo $! > $BEACONS/service", keep: stack}
  work:
    needs: [stack]
    steps:
      long:
        run: "setsid env -i sleep 300 & echo $! > $BEACONS/daemon.new; mv $BEACONS/daemon.new $BEACONS/daemon; wait"
"""


def helpers_of(gatekeeper: int) -> list[int]:
    """The warden and the guardians of a gatekeeper with this pid."""
    found = []
    for pid in procfs.pids():
        line = procfs.argv(pid, 1 << 16)
        seen = procfs.stat(pid)
        if line[-1:] and line[-1].startswith(f"{gatekeeper}:") and "-I" in line and seen and seen.alive:
            found.append(pid)
    return found


def leaves_of(gatekeeper: int) -> list[str]:
    return cgroup.with_prefix(f"{cgroup.own_group()}/gk-{gatekeeper}_")


def daemons(project: Project) -> list[int]:
    """Who said that they are there, and still are."""
    found = []
    for name in ("service", "daemon"):
        path = project.temporary / name
        text = path.read_text("utf-8").strip() if path.exists() else ""
        if text and procfs.start_of(int(text)) and procfs.argv(int(text)) == ("sleep", "300"):
            found.append(int(text))
    return found


def stages(project: Project, going: Going) -> list[Callable[[], bool]]:
    """Moments that every run comes to, from its first on."""
    open_runs = project.root / ".gatekeeper" / "open"
    return [
        lambda: True,
        lambda: bool(helpers_of(going.process.pid)),
        lambda: open_runs.exists() and bool(os.listdir(open_runs)),
        (project.temporary / "service").exists,
        (project.temporary / "daemon").exists,
    ]


def test_killed_at_random_instants(tiny: MakeTiny) -> None:
    """Its processes die without help; what is open is closed by the next command, and the journal holds together."""
    project = tiny(STORY)
    chance = random.Random(20_260_218)
    pids: list[int] = []
    for number in range(INSTANTS):
        for name in ("service", "daemon"):
            (project.temporary / name).unlink(missing_ok=True)
        going = project.start("run", "tiny")
        # A run that was killed before it began leaves nothing that could be waited for.
        going.until(stages(project, going)[number % 5], "the moment came")
        time.sleep(chance.uniform(0.0, LONGEST_S))
        going.send(signal.SIGKILL)
        assert going.end().code == -signal.SIGKILL
        pid = going.process.pid
        until(lambda: not helpers_of(pid) and not daemons(project), "everything of the run died")  # noqa: B023
        done = project.gatekeeper("reap").expect(0)
        assert "ended what" not in done.out, done.out
        pids.append(pid)
        assert not (open_runs := project.root / ".gatekeeper" / "open").exists() or not os.listdir(open_runs)
    for journal in project.journals():
        assert not journal.path.exists() or not journal.lines() or journal.is_whole()
    project.define("gates:\n  a:\n    steps:\n      one: {run: 'true'}\n")
    project.gatekeeper("run", "tiny").expect(0)
    assert [leaf for pid in pids for leaf in leaves_of(pid)] == []


def test_killed_with_all_its_helpers_at_once(tiny: MakeTiny) -> None:
    """With nobody left to end anything, `gatekeeper reap` does, and names it."""
    project = tiny(STORY.replace("setsid env -i sleep", "setsid sleep"))
    going = project.start("run", "tiny")
    going.until(lambda: len(daemons(project)) == 2, "both daemons are there")
    left = daemons(project)
    everybody = [going.process.pid, *helpers_of(going.process.pid)]
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in everybody:
            os.kill(pid, number)
    assert going.end().code == -signal.SIGKILL
    until(lambda: not helpers_of(going.process.pid), "the helpers died")
    assert daemons(project) == left
    done = project.gatekeeper("reap").expect(0)
    assert daemons(project) == []
    assert not alive_with(f"GATEKEEPER_RUN={project.journal.run}")
    for pid in left:
        assert str(pid) in done.out
    assert leaves_of(going.process.pid) == []
    assert project.journal.end["verdict"] == "aborted"
    assert project.journal.is_whole()
    assert "aborted" in Path(project.journal.last("run.started")["log"]).read_text("utf-8").lower()
    assert "nothing was left behind" in project.gatekeeper("reap").expect(0).out
