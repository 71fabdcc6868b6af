"""A git that does not come back, at every moment of a run: whoever asks for an end gets it, and so does `within:`."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Going, Project, alive_with, git, until

pytestmark = pytest.mark.slow

# Git hangs once the word is given: it says so, and waits at a pipe that nobody writes to.
WRAPPER = """#!/bin/sh
{first}
if [ -e "$BEACONS/hang" ]; then
    touch "$BEACONS/hung"
    {hangs}
fi
exec "$REAL_GIT" "$@"
"""
MEEK, DEAF = "exec cat <$BEACONS/pipe", "while :; do cat <$BEACONS/pipe; done"
CYCLE = "gates: {g: {steps: {s: {run: 'touch $BEACONS/hang; touch made'}}}}\n"


def with_hanging_git(project: Project, hangs: str = MEEK, first: str = "") -> dict[str, Any]:
    """The environment in which git is one that hangs as soon as the beacon `hang` is there."""
    git(project.root, "init", "-q")
    real = shutil.which("git")
    assert real is not None
    os.mkfifo(project.temporary / "pipe")
    folder = project.temporary / "bin"
    folder.mkdir()
    (folder / "git").write_text(WRAPPER.format(first=first, hangs=hangs), "utf-8")
    (folder / "git").chmod(0o755)
    return {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "BEACONS": str(project.temporary),
        "REAL_GIT": real,
    }


def hung(project: Project, going: Going) -> None:
    going.until((project.temporary / "hung").exists, "git hangs")


def ended(project: Project, going: Going, code: int) -> None:
    """In order, with nothing of git left."""
    done = going.end().expect(code)
    assert not alive_with(f"BEACONS={project.temporary}"), "alive at the moment gatekeeper returned"
    journal = going.journal
    assert journal.is_whole()
    assert (journal.end["verdict"], journal.end["exit_code"]) == ("aborted", code), done.text
    assert "aborted" in Path(journal.end["log"]).read_text("utf-8").lower()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_while_the_tree_is_read_after_a_round(tiny: MakeTiny, number: signal.Signals) -> None:
    project = tiny(CYCLE)
    going = project.start("run", "tiny", **with_hanging_git(project))
    hung(project, going)
    going.send(number)
    ended(project, going, 128 + number)


def test_a_git_that_does_not_listen_is_ended_as_well(tiny: MakeTiny) -> None:
    project = tiny(CYCLE)
    going = project.start("run", "tiny", **with_hanging_git(project, DEAF, first="trap '' TERM"))
    hung(project, going)
    going.send(signal.SIGINT)
    ended(project, going, 130)


def test_asked_before_the_first_step(tiny: MakeTiny) -> None:
    project = tiny(CYCLE)
    environment = with_hanging_git(project)
    (project.temporary / "hang").touch()
    going = project.start("run", "tiny", **environment)
    hung(project, going)
    going.send(signal.SIGINT)
    ended(project, going, 130)
    assert not (project.root / "made").exists()


def test_asked_before_the_run_is_open(tiny: MakeTiny) -> None:
    """What the definition is at a ref is read before there is a run: nothing is begun, and nothing called wrong."""
    project = tiny(CYCLE)
    environment = with_hanging_git(project)
    (project.temporary / "hang").touch()
    going = project.start("run", "tiny", "--judge-by", "HEAD", **environment)
    hung(project, going)
    going.send(signal.SIGINT)
    done = going.end().expect(130)
    assert "told to stop before the run began" in done.err
    # What would have guarded it leaves by itself when nobody holds the other end any more.
    until(lambda: not alive_with(f"BEACONS={project.temporary}"), "nothing is left")
    assert not project.journals()


def test_what_git_itself_waits_for(tiny: MakeTiny) -> None:
    """No wrapper: git reads a file that is a pipe."""
    project = tiny(
        "gates: {g: {steps: {s: {run: 'rm -f .git/info/exclude; mkfifo .git/info/exclude; touch $BEACONS/hung'}}}}\n"
    )
    git(project.root, "init", "-q")
    going = project.start("run", "tiny", BEACONS=str(project.temporary))
    hung(project, going)
    going.wait_for("step.finished")
    going.send(signal.SIGINT)
    ended(project, going, 130)


def test_the_time_of_the_run_is_kept(tiny: MakeTiny) -> None:
    """A reading has a minute, and two; the run has less, and what it wants to be closed."""
    project = tiny("until_green: {within: 2s, rounds: 3}\n" + CYCLE.replace("touch made", "exit 1"))
    ended(project, project.start("run", "tiny", **with_hanging_git(project)), 124)
