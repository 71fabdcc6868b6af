"""`gatekeeper patterns`: what is known, and whether an output is."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from gatekeeper.cli.main import run
from tests.adapters.patterns.written import yaml

CYCLE = "gatekeeper: 1\ncycle: app\ngates:\n  suite:\n    steps:\n      unit: {run: make lint}\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a pattern of its own, seen from inside."""
    (tmp_path / "gates" / "patterns").mkdir(parents=True)
    (tmp_path / "gates" / "app.yaml").write_text(CYCLE)
    (tmp_path / "gates" / "patterns" / "lost_cause.yaml").write_text(
        yaml(priority="99", match='{text: ["lost (?P<what>\\\\w+) for good"]}', suggestion="look for {what}")
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_all_are_listed_in_the_order_in_which_they_are_tried(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Those of the project with their file."""
    assert run(["patterns", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:3] == ["lost_cause", "code", "99"]
    assert lines[0].endswith("gates/patterns/lost_cause.yaml")
    assert any(line.startswith("port_in_use ") for line in lines)
    assert run(["patterns", "list", "--format", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)["patterns"]
    assert [each["priority"] for each in listed] == sorted((each["priority"] for each in listed), reverse=True)


def test_one_is_shown_as_its_file_says_it(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["patterns", "show", "lost_cause"]) == 0
    shown = capsys.readouterr().out
    assert shown.partition("\n")[2] == (root / "gates/patterns/lost_cause.yaml").read_text()
    assert run(["patterns", "show", "disk_full", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["file"] == "built-in/disk_full.yaml"


def test_an_unknown_one_is_wrong_usage(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the one that was probably meant."""
    assert run(["patterns", "show", "disc_full"]) == 2
    assert "there is no pattern 'disc_full'; did you mean `disk_full`?" in capsys.readouterr().err


def test_an_output_that_is_known_is_explained(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "output.log").write_text("starting\nlost keys for good\n")
    assert run(["patterns", "test", "output.log"]) == 0
    told = capsys.readouterr().out
    assert "lost_cause (code)" in told
    assert "look for keys" in told
    assert run(["patterns", "test", "output.log", "--format", "json"]) == 0
    known = json.loads(capsys.readouterr().out)["known"]
    assert (known["pattern"], known["class"], known["captures"]) == ("lost_cause", "code", {"what": "keys"})


def test_an_output_that_nobody_knows_says_so(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1; also where one pattern alone is asked for, and another one would know it."""
    (root / "output.log").write_text("lost keys for good\n")
    assert run(["patterns", "test", "output.log", "--only", "disk_full"]) == 1
    assert "no pattern knows this output" in capsys.readouterr().out


def test_the_exit_code_counts(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where a pattern asks for one."""
    (root / "output.log").write_text("bash: line 1: ./run.sh: Is a directory\n")
    assert run(["patterns", "test", "output.log"]) == 1
    assert run(["patterns", "test", "output.log", "--exit-code", "126"]) == 0
    assert "not_executable" in capsys.readouterr().out


def test_standard_input_is_read_for_a_dash(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"lost keys for good\n")))
    assert run(["patterns", "test", "-"]) == 0
    assert "lost_cause" in capsys.readouterr().out


def test_a_file_that_is_not_there_is_wrong_usage(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["patterns", "test", "nowhere.log"]) == 2
    assert "nowhere.log: there is no such file" in capsys.readouterr().err


def test_a_wrong_pattern_file_is_told_with_its_place(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By every command on patterns, and by `check`, from wherever it is asked."""
    (root / "gates" / "patterns" / "bad.yaml").write_text(yaml(pattern="bad", class_="infa"))
    assert run(["patterns", "list"]) == 78
    said = capsys.readouterr().err
    assert "gates/patterns/bad.yaml:2:8: class: 'infa' is none of those that are known" in said
    assert "did you mean `infra`?" in said
    (root / "below").mkdir()
    monkeypatch.chdir(root / "below")
    assert run(["check", "app"]) == 78
    assert "../gates/patterns/bad.yaml:2:8" in capsys.readouterr().out


def test_outside_of_any_project_the_built_in_ones_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["patterns", "list"]) == 0
    assert "python_missing_dep" in capsys.readouterr().out
