"""A whole run under the guard of other systems: it works, and says everywhere that it is best effort."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Project, alive_with

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux stands in for a system without its help")

# Only the choice of the guard is another; nothing else of gatekeeper knows what system it is on.
ELSEWHERE = """
from gatekeeper.adapters.guard import choice
choice.start_helpers.__defaults__ = ("darwin",)
choice.new_guard.__kwdefaults__["platform"] = "darwin"
choice.reap.__defaults__ = ("darwin",)
from gatekeeper.__main__ import main
main()
"""
CYCLE = """
gates:
  stack:
    steps:
      up:
        run: "setsid sleep 611 & until [ \\"$(tr -d '\\\\0' < /proc/$!/cmdline)\\" = sleep611 ]; do :; done"
        keep: stack
  suite:
    needs: [stack]
    steps:
      leaves: {run: "setsid sleep 612 & until [ \\"$(tr -d '\\\\0' < /proc/$!/cmdline)\\" = sleep612 ]; do :; done"}
      last: {run: "echo done"}
"""


@pytest.fixture
def elsewhere(tiny: MakeTiny) -> Iterator[Project]:
    project = tiny(CYCLE)
    project.command = [sys.executable, "-c", ELSEWHERE]
    yield project
    assert not alive_with(f"BEACONS={project.temporary}")


def test_it_is_labelled_wherever_containment_shows(elsewhere: Project) -> None:
    """Journal, console, execution log, show; and the stray is told of as elsewhere."""
    done = elsewhere.gatekeeper("run", "tiny").expect(0)
    journal = elsewhere.journal
    assert journal.last("run.started")["containment"] == ["best-effort"]
    (stray,) = journal.last("step.finished", step="leaves")["strays"]
    assert (stray["argv"], stray["layer"]) == (["sleep", "612"], "best-effort")
    assert journal.events("service.ended", service="stack", how="ended")
    assert "contained by best effort only" in done.out
    assert "best effort only" in elsewhere.gatekeeper("show").expect(0).out
    log = Path(journal.last("run.finished")["log"]).read_text("utf-8")
    assert "**Containment:** best effort only" in log


def test_no_level_can_be_required_of_it(elsewhere: Project) -> None:
    done = elsewhere.gatekeeper("run", "tiny", "--require-containment", "guardian").expect(3)
    assert "there is: best-effort" in done.err
    assert elsewhere.journals() == []


@pytest.mark.slow
def test_it_is_killed_and_the_next_start_finishes(elsewhere: Project) -> None:
    """Service and step are ended, by the watchdog or by whoever looks next, and the run is closed as aborted."""
    elsewhere.define(CYCLE.replace("echo done", "touch $BEACONS/there; sleep 613"))
    going = elsewhere.start("run", "tiny")
    going.until((elsewhere.temporary / "there").exists, "the last step")
    going.send(signal.SIGKILL)
    going.end()
    found = elsewhere.gatekeeper("reap").expect(0)
    assert "closed as aborted" in found.out
    assert not alive_with(f"BEACONS={elsewhere.temporary}")
