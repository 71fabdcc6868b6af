"""One run a tree, one user a port: who comes second is told who came first."""

from __future__ import annotations

import os
import re
import signal
import socket

import pytest

from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Project, git

pytestmark = pytest.mark.slow

WAITING = """
gates:
  a:
    steps:
      one: {run: "touch $BEACONS/began; until [ -e $BEACONS/go-on ]; do sleep 0.01; done"}
"""
PORT = """
ports: {api: "${env:PORT:-auto}"}
gates:
  a:
    steps:
      one: {run: "echo on $PORT"}
"""


def test_a_second_run_is_told_who_holds_the_tree_and_since_when(tiny: MakeTiny) -> None:
    """It exits at once with 75, leaves nothing of its own, and does not disturb the first."""
    project = tiny(WAITING)
    first = project.start("run", "tiny")
    first.until((project.temporary / "began").exists, "the first run is at work")
    second = project.gatekeeper("run", "tiny").expect(75)
    assert f"pid {first.process.pid}" in second.err
    assert re.search(r"since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", second.err)
    assert first.journal.run in second.err
    assert len(project.journals()) == 1
    (project.temporary / "go-on").touch()
    first.end().expect(0)
    project.gatekeeper("run", "tiny").expect(0)


def test_another_project_on_the_same_backend_waits_too(tiny: MakeTiny) -> None:
    """The tree is the repo, whoever's gates are judging it."""
    one, other = tiny(WAITING), tiny("gates:\n  a:\n    steps:\n      one: {run: 'true'}\n")
    git(one.root, "init", "-q")
    for project in (one, other):
        path = project.root / "gates" / "tiny.yaml"
        path.write_text(path.read_text("utf-8") + f"repos:\n  shared: {{path: {one.root}}}\n", "utf-8")
    first = one.start("run", "tiny")
    first.until((one.temporary / "began").exists, "the first run is at work")
    assert f"pid {first.process.pid}" in other.gatekeeper("run", "tiny").expect(75).err
    first.send(signal.SIGTERM)
    first.end().expect(143)
    other.gatekeeper("run", "tiny").expect(0)


def test_a_port_that_was_asked_for_and_is_taken(tiny: MakeTiny) -> None:
    """Inconclusive, with the holder named: nothing says that the code is wrong."""
    project = tiny(PORT)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = project.gatekeeper("run", "tiny", PORT=str(port)).expect(3)
    assert str(port) in done.err
    assert str(os.getpid()) in done.err
    assert not project.journals()
    done = project.gatekeeper("run", "tiny", PORT=str(port)).expect(0)
    output = project.journal.folder / project.journal.last("step.finished")["output"]
    assert output.read_text("utf-8") == f"on {port}\n"


@pytest.mark.parametrize(
    "nonsense", ["http", "70000", *(pytest.param(other, marks=pytest.mark.slow) for other in ("0", "-1", " "))]
)
def test_a_port_that_is_none(tiny: MakeTiny, nonsense: str) -> None:
    """Said with what would be one."""
    done = tiny(PORT).gatekeeper("run", "tiny", PORT=nonsense)
    assert done.code in {3, 78}, done.text
    assert "ports.api" in done.err
    assert "auto" in done.err


def test_the_main_job_on_a_port_that_is_taken(example: Project) -> None:
    """As a developer whose own backend is still running meets it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = example.gatekeeper("run", "backend-cycle", PORT=str(port)).expect(3)
    assert str(os.getpid()) in done.err
