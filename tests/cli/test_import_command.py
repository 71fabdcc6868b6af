"""`gatekeeper import`: from a plan for people to a file, without ever overwriting what nobody said may be."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from gatekeeper.cli.main import run

REFERENCE = Path(__file__).parents[1] / "adapters" / "executionlog" / "reference-log.md"
OUT = "gates/cycle-17-backend.yaml"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the reference in it, and us there."""
    monkeypatch.chdir(tmp_path)
    shutil.copyfile(REFERENCE, tmp_path / "log.md")
    return tmp_path


def test_it_goes_to_standard_output(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What found no place, and what is to be filled in, to standard error; nothing is written."""
    assert run(["import", "log.md"]) == 0
    said = capsys.readouterr()
    assert "\ncycle: cycle-17-backend  # from log.md:39, high" in said.out
    assert "found no place:\n" in said.err
    assert "log.md:43  Resolve local drift" in said.err
    assert "fill in before a run: DUPLICATE_SIGNUP_URL" in said.err
    assert [path.name for path in project.iterdir()] == ["log.md"]


def test_what_it_writes_can_be_checked_and_planned(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The whole way of somebody who starts with a plan."""
    assert run(["import", "log.md", "-o", OUT]) == 0
    assert capsys.readouterr().out == f"wrote {OUT}\n"
    assert run(["check"]) == 0
    assert "2 gates, 5 steps" in capsys.readouterr().out
    assert run(["plan", "cycle-17-backend"]) == 0
    assert "restart-stack           5m  class restart-health  ./dev-scripts/restart-stack.sh" in capsys.readouterr().out


def test_a_file_that_is_there_is_left_alone(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Until somebody says --force; the bytes are the same then, and stay the same."""
    (project / "out.yaml").write_text("mine\n")
    assert run(["import", "log.md", "-o", "out.yaml"]) == 1
    assert capsys.readouterr().err == "gatekeeper: out.yaml: this is there already; --force replaces it\n"
    assert (project / "out.yaml").read_text() == "mine\n"
    assert run(["import", "log.md", "-o", "out.yaml", "--force"]) == 0
    first = (project / "out.yaml").read_bytes()
    assert run(["import", "log.md", "-o", "out.yaml", "--force"]) == 0
    assert (project / "out.yaml").read_bytes() == first


@pytest.mark.parametrize("target", ["log.md", ".", "/dev/null", "dangling"])
def test_what_must_not_be_replaced_is_not(project: Path, target: str) -> None:
    """The plan itself, a folder, a device, a link to nowhere: not with --force either."""
    os.symlink("nowhere", project / "dangling")
    assert run(["import", "log.md", "-o", target, "--force"]) == 1
    assert (project / "log.md").read_bytes() == REFERENCE.read_bytes()
    assert not (project / "nowhere").exists()


def test_a_file_of_another_name(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In gates/ file and cycle have one name; what to do is told before `check` complains."""
    assert run(["import", "log.md", "-o", "gates/backend.yaml"]) == 0
    assert "the cycle is called cycle-17-backend" in capsys.readouterr().err
    assert run(["import", "log.md", "-o", OUT]) == 0
    assert "the cycle is called" not in capsys.readouterr().err


def test_a_place_that_takes_no_file(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file where a folder should be: refused in words."""
    assert run(["import", "log.md", "-o", "log.md/x.yaml"]) == 1
    assert "gatekeeper: log.md/x.yaml: " in capsys.readouterr().err


def test_what_is_no_plan(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was looked for is told, and no file comes of it."""
    (project / "notes.md").write_text("# Notes\n\nnothing\n")
    assert run(["import", "notes.md", "-o", "out.yaml"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("gatekeeper: notes.md: nothing in it says what to run, so it is no plan\n  looked for: ")
    assert not (project / "out.yaml").exists()


@pytest.mark.parametrize("words", [["nowhere.md"], ["."], [], ["log.md", "--frce"]])
def test_wrong_usage(project: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A plan that is not there, a folder, nothing, an option nobody knows: 2, and no traceback."""
    assert run(["import", *words]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_name_that_would_leave_its_comment(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A plan's own name is only text, too."""
    shutil.copyfile(REFERENCE, project / "a\ngates: {}.md")
    assert run(["import", "a\ngates: {}.md", "-o", OUT]) == 0
    assert run(["check"]) == 0
