"""The main job as somebody without rights: no cgroup to write to, nobody else's processes to see."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.main_job import SHORT, is_green
from tests.support.examples import make_example
from tests.support.ordinary_user import NAME, copy_gatekeeper, give, python_for_everybody
from tests.support.projects import Project, git


@pytest.fixture
def example_of_nobody() -> Iterator[Project]:
    """A clone that belongs to an ordinary user, outside of pytest's own folders, which are root's alone."""
    if os.geteuid() != 0:
        pytest.skip("this run is an ordinary user's already")
    python = python_for_everybody()
    if python is None:
        pytest.skip("there is no Python of this version that every user may run")
    with tempfile.TemporaryDirectory(prefix="of nobody ") as parent:
        here = Path(parent)
        copy_gatekeeper(here / "site")
        (here / "clone").mkdir()
        make_example(here / "clone")
        project = Project(here / "clone", here / "tmp", [python, "-m", "gatekeeper"], user=NAME)
        project.always = {"PYTHONPATH": str(here / "site"), "PYTHON": python, "HOME": str(here / "no home")}
        give(here)
        yield project
        project.clean_up()


@pytest.mark.slow
def test_an_ordinary_user_gets_the_same_green(example_of_nobody: Project) -> None:
    """With fewer layers around it, and the run says which."""
    done = example_of_nobody.gatekeeper("run", "backend-cycle", **SHORT)
    journal = is_green(example_of_nobody, done)
    assert "guardian" in journal.last("run.started")["containment"]
    assert git(example_of_nobody.root, "-c", "safe.directory=*", "status", "--porcelain") == ""
