"""A stranger clones the project and types one command."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.journeys.main_job import PROBES, STEPS, is_green, log_of, port_of
from tests.support.project_fixtures import MakeExample
from tests.support.projects import Done, Project, git


def test_the_whole_main_job_on_a_fresh_clone(example: Project) -> None:
    """Green, all of it told truly, the tree untouched, and nothing alive."""
    done = example.gatekeeper("run", "backend-cycle")
    journal = is_green(example, done)
    assert journal.verdicts().keys() == STEPS | {"teardown/stop-stack"}
    assert log_of(done) == Path(journal.end["log"])
    assert journal.last("step.finished", step="test-suite")["tests"]["total"] > 40
    assert git(example.root, "status", "--porcelain") == ""
    checks = journal.last("step.finished", step="duplicate-signup")["checks"]
    assert [(check["kind"], check["received"]["status"]) for check in checks] == [("after_each", 200)]
    listed = example.gatekeeper().expect(0).out
    assert "backend-cycle  green" in listed


@pytest.mark.slow
def test_twice_in_a_row(example: Project) -> None:
    """The second run finds nothing of the first in its way, and tells its own story in the same log."""
    first, second = example.gatekeeper(*PROBES), example.gatekeeper(*PROBES)
    for journal, done in zip(example.journals(), (first, second), strict=True):
        is_green(example, done, journal)
    assert log_of(first) == log_of(second)
    assert example.journals()[1].run in log_of(second).read_text("utf-8")
    assert git(example.root, "status", "--porcelain") == ""


@pytest.mark.slow
def test_two_clones_at_the_same_time(clone: MakeExample) -> None:
    """Neither ports nor processes nor locks of one are in the way of the other."""
    projects = clone("one"), clone("other")
    going = [project.start(*PROBES) for project in projects]
    journals = [is_green(project, each.end()) for project, each in zip(projects, going, strict=True)]
    assert port_of(journals[0]) != port_of(journals[1])


@pytest.mark.parametrize("home", [pytest.param(None, marks=pytest.mark.slow), "no such home"])
def test_from_a_folder_deep_inside_and_without_a_home(example: Project, tmp_path: Path, home: str | None) -> None:
    """The project is found from below, and nobody's home is needed: as cron and containers have it."""
    deep = example.root / "examples" / "backend" / "calorie_backend"
    done = example.gatekeeper(*PROBES, cwd=deep, HOME=home and str(tmp_path / home))
    is_green(example, done)


def test_with_standard_input_closed_and_nobody_reading(example: Project) -> None:
    """A console that cannot be written to changes no verdict and leaves nothing behind."""
    done = subprocess.run(
        ["bash", "-c", '"$@" <&- | true; exit ${PIPESTATUS[0]}', "bash", *example.command, *PROBES],
        cwd=example.root,
        env=example.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    is_green(example, Done(done.returncode, done.stdout, done.stderr))
    assert done.stderr == ""


def test_what_was_typed_ahead_is_not_a_steps_to_take(example: Project) -> None:
    """Our standard input is nobody's: steps find theirs empty."""
    reading, writing = os.pipe()
    try:
        os.write(writing, b"typed ahead\n")
        process = subprocess.run(
            [*example.command, "run", "backend-cycle", "--only", "stack"],
            cwd=example.root,
            env=example.environment(),
            stdin=reading,
            capture_output=True,
            timeout=50,
            check=False,
        )
        assert process.returncode == 0, process.stderr
        assert os.read(reading, 100) == b"typed ahead\n"
    finally:
        os.close(reading)
        os.close(writing)
