"""`gatekeeper check`: every problem and danger of the definitions here, and an exit code that says which."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from gatekeeper.cli.main import run

CLEAN = "gatekeeper: 1\ncycle: {name}\ngates: {{g: {{steps: {{s: {{run: ./x}}}}}}}}\n"
WRONG = """\
gatekeeper: 1
cycle: wrong
gates:
  g:
    steps:
      a: {run: x, timeout: 5}
      b: {run: "a very long command that goes on and on, and on, and on, past what fits in a terminal", clas: x}
"""
DANGEROUS = """\
gatekeeper: 1
cycle: risky
gates:
  g:
    steps:
      a:
        run: |
          make lint || true
          npm start
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with two clean definitions, and us in it, away from any terminal."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "CLICOLOR"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "gates").mkdir()
    for name in ("one", "two"):
        (tmp_path / "gates" / f"{name}.yaml").write_text(CLEAN.format(name=name))
    return tmp_path


def test_clean_definitions_are_named_and_pass(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line each."""
    assert run(["check"]) == 0
    assert capsys.readouterr().out == ("ok     gates/one.yaml  1 gate, 1 step\nok     gates/two.yaml  1 gate, 1 step\n")


def test_a_finding_is_shown_in_its_line(
    project: Path, capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion
) -> None:
    """With its rule's name, which is what silences it; exit code 1."""
    (project / "gates" / "risky.yaml").write_text(DANGEROUS)
    assert run(["check"]) == 1
    assert capsys.readouterr().out == snapshot


def test_problems_of_all_files_are_shown(
    project: Path, capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion
) -> None:
    """Wrong goes before dangerous: exit code 78; a long line is cut around the place."""
    (project / "gates" / "risky.yaml").write_text(DANGEROUS)
    (project / "gates" / "wrong.yaml").write_text(WRONG)
    (project / "gates" / "bytes.yaml").write_bytes(b"cycle: \xff\x1b[31m\n")
    assert run(["check"]) == 78
    assert capsys.readouterr().out == snapshot


def test_only_what_is_named_is_checked(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And paths are those from here, also in a folder of the project."""
    (project / "gates" / "wrong.yaml").write_text(WRONG)
    assert run(["check", "two", "one", "two"]) == 0
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()] == ["gates/two.yaml", "gates/one.yaml"]


def test_a_problem_is_placed_from_where_one_stands(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a click on it opens the file."""
    (project / "gates" / "wrong.yaml").write_text(WRONG)
    (project / "src").mkdir()
    monkeypatch.chdir(project / "src")
    assert run(["check", "wrong"]) == 78
    assert capsys.readouterr().out.startswith("../gates/wrong.yaml:6:28  gates.g.steps.a.timeout\n")


def test_a_file_elsewhere_can_be_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a project around it, and without leaving anything."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.yaml").write_text(CLEAN.format(name="other"))
    assert run(["check", "--file", "c.yaml"]) == 0
    assert capsys.readouterr().out == "ok     c.yaml  1 gate, 1 step\n"
    assert [path.name for path in tmp_path.iterdir()] == ["c.yaml"]


def test_machines_get_json(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same facts, and the same exit code."""
    (project / "gates" / "one.yaml").write_text(DANGEROUS.replace("risky", "one"))
    (project / "gates" / "two.yaml").write_text(WRONG)
    assert run(["check", "--format", "json"]) == 78
    one, two = json.loads(capsys.readouterr().out)["definitions"]
    assert (one["file"], one["cycle"], one["valid"]) == ("gates/one.yaml", "one", True)
    assert [(found["rule"], found["line"]) for found in one["findings"]] == [
        ("swallowed-failure", 8),
        ("server-without-keep", 9),
    ]
    assert (two["cycle"], two["valid"]) == (None, False)
    assert two["problems"][0] == {
        "file": "gates/two.yaml",
        "line": 6,
        "column": 28,
        "key": "gates.g.steps.a.timeout",
        "message": "a duration is wanted here, found a number without its unit",
        "hint": "write 5s",
    }


def test_colour_comes_only_where_it_is_wanted(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """FORCE_COLOR asks for it, NO_COLOR has the last word."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    run(["check"])
    assert "\x1b[32mok" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    run(["check"])
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["check", "tow"], "did you mean two?"),
        (["check", "one", "--file", "x.yaml"], "leave out CYCLE"),
        (["check", "--file", "none.yaml"], "no such file"),
        (["check", "--file", "gates"], "regular file"),
    ],
)
def test_wrong_usage_says_what_is_right(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    """Exit code 2."""
    assert run(arguments) == 2
    assert says in capsys.readouterr().err


def test_a_project_without_definitions_is_told(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing checked is not clean."""
    for path in (project / "gates").iterdir():
        path.unlink()
    assert run(["check"]) == 2
    assert "no definition yet" in capsys.readouterr().err
