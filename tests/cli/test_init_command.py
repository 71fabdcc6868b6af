"""`gatekeeper init`: from the files of a project to a definition that runs, and nothing written that nobody wanted."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gatekeeper.cli.main import run
from tests.support.projects import Project, alive_with, git

SUITE = "import unittest\n\n\nclass Sums(unittest.TestCase):\n    def test_sum(self):\n        assert 1 + 1 == 2\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project, and us in it, with nobody at a terminal."""
    root = tmp_path / "A Project"
    (root / "tests").mkdir(parents=True)
    (root / "setup.py").write_text("")
    (root / "tests" / "__init__.py").write_text("")
    (root / "tests" / "test_sums.py").write_text(SUITE)
    (root / ".gitignore").write_text("__pycache__/\n/reports/\n")
    git(root, "init", "-q")
    monkeypatch.chdir(root)
    return root


def test_without_a_terminal_it_only_shows(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """To standard output; that nothing was written is said."""
    assert run(["init"]) == 0
    said = capfd.readouterr()
    assert "cycle: a-project\n" in said.out
    assert (
        "run: python3 -m unittest discover  # from tests/test_sums.py:1, medium: the tests import unittest" in said.out
    )
    assert said.err == "not written: there is no terminal to ask at; --yes writes it\n"
    assert not (project / "gates").exists()


def test_what_it_writes_is_checked_planned_and_green(project: Path, tmp_path: Path) -> None:
    """The whole way of a newcomer."""
    here = Project(project, tmp_path / "tmp")
    assert here.gatekeeper("init", "--yes").expect(0).out == "wrote gates/a-project.yaml\n"
    here.gatekeeper("check").expect(0)
    assert "python3 -m unittest discover" in here.gatekeeper("plan", "a-project").expect(0).out
    assert "green" in here.gatekeeper("run", "a-project").expect(0).out


@pytest.mark.slow
def test_measuring_runs_each_step_once(project: Path, tmp_path: Path) -> None:
    """What passed gets a timeout with what it took beside it, what did not keeps its class's; the run is told apart."""
    (project / "Makefile").write_text("lint:\n\tfalse\n")
    done = Project(project, tmp_path / "tmp").gatekeeper("init", "--measure").expect(0)
    lint, suite = done.out.partition("  tests:\n")[::2]
    assert "# measured: it did not pass, after " in lint
    assert "timeout: 30s\n" not in lint
    assert "# measured: it passed after " in suite
    assert "timeout: 30s\n" in suite
    assert "make lint" in done.err
    assert "verdict" not in done.out
    assert not (project / "gates").exists()


@pytest.mark.slow
def test_stopped_while_it_measures(project: Path, tmp_path: Path) -> None:
    """Nothing of the step is left, and nothing is written."""
    (project / "Makefile").write_text("lint:\n\ttouch began\n\tsleep 600\n")
    here = Project(project, tmp_path / "tmp")
    going = here.start("init", "--measure", "--yes")
    going.until((project / "began").exists, "the step runs")
    going.send(signal.SIGINT)
    assert going.end().code == 130
    assert alive_with(going.journal.run) == {}
    assert not (project / "gates").exists()


@pytest.mark.slow
def test_a_folder_inside_of_another_project_is_measured_as_its_own(project: Path, tmp_path: Path) -> None:
    """Its steps run where they will run, and the project around it gets no run."""
    (project / "gates").mkdir()
    inner = project / "inner"
    inner.mkdir()
    (inner / "Makefile").write_text("test:\n\t[ -f ../setup.py ]\n")
    done = Project(project, tmp_path / "tmp").gatekeeper("init", "inner", "--measure", "--yes").expect(0)
    assert done.out == "wrote inner/gates/inner.yaml\n"
    assert "# measured: it passed after " in (inner / "gates" / "inner.yaml").read_text()
    assert (inner / ".gatekeeper" / "runs").exists()
    assert not (project / ".gatekeeper").exists()


def test_a_definition_that_is_there_is_left_alone(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Until somebody says --force, or another name."""
    mine = project / "gates" / "a-project.yaml"
    mine.parent.mkdir()
    mine.write_text("mine\n")
    assert run(["init", "--yes"]) == 1
    assert capfd.readouterr().err == "gatekeeper: gates/a-project.yaml: this is there already; --force replaces it\n"
    assert run(["init", "--yes", "--name", "other"]) == 0
    assert mine.read_text() == "mine\n"
    assert run(["init", "--yes", "--force"]) == 0
    assert "cycle: a-project" in mine.read_text()


def test_where_nothing_says_what_to_run(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """What was looked for, and what was seen and left in doubt."""
    (tmp_path / "compose.yaml").write_text("services: {db: {image: postgres}}\n")
    assert run(["init", "--yes", str(tmp_path)]) == 1
    said = capfd.readouterr().err
    assert f"gatekeeper: {tmp_path}: nothing here says how it is tested" in said
    assert "seen and in doubt: docker compose up --detach --wait (compose.yaml)" in said
    assert "looked for: Node: package.json" in said
    assert [path.name for path in tmp_path.iterdir()] == ["compose.yaml"]


@pytest.mark.parametrize("words", [["nowhere"], ["setup.py"], ["--name", "A Name"], ["--mesure"]])
def test_wrong_usage(project: Path, words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    """A folder that is none, a name that a cycle can't have: 2."""
    assert run(["init", *words]) == 2
    assert "Traceback" not in capfd.readouterr().err
    assert not (project / "gates").exists()


def test_another_folder_and_a_reminder(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """What git does not ignore counts as a change, so it says what to ignore."""
    scripts = {"scripts": {"test": "node --test"}}
    (project / "web").mkdir()
    (project / "web" / "package.json").write_text(json.dumps(scripts))
    (project / ".gitignore").unlink()
    assert run(["init", "web", "--yes"]) == 0
    said = capfd.readouterr()
    assert said.out == "wrote web/gates/web.yaml\n"
    assert "the steps write into reports/: add it to .gitignore" in said.err


@pytest.mark.parametrize(("answer", "code"), [(b"y\n", 0), (b"n\n", 1), (b"\n", 1), (b"\x04", 1)])
def test_at_a_terminal_it_shows_and_asks(project: Path, answer: bytes, code: int) -> None:
    """Only a yes writes."""
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "gatekeeper", "init"], cwd=project, stdin=terminal, stdout=terminal, stderr=terminal
    )
    os.close(terminal)
    said, deadline = b"", time.monotonic() + 50
    while b"[y/N]" not in said:
        assert time.monotonic() < deadline, said
        if select.select([controller], [], [], 0.05)[0]:
            said += os.read(controller, 65536)
    os.write(controller, answer)
    assert process.wait(50) == code
    os.close(controller)
    assert b"cycle: a-project" in said
    assert b"Write this to gates/a-project.yaml?" in said
    assert (project / "gates" / "a-project.yaml").exists() is (code == 0)
