"""`doctor` tells whom the definitions would notify, which extras are there, and who else can look into the state."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from gatekeeper.cli.doctor import checks
from gatekeeper.cli.doctor.checks import further_rows
from tests.support.projects import Project

CYCLE = """\
notify:
  - {to: "${env:HOOK:-}", on: [red, recovered]}
  - {to: "https://chat.example/hooks/sesame", on: red}
  - {to: "tgram://sesame/1", on: red}
gates: {a: {steps: {one: {run: 'true'}}}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.with_cycle(tmp_path / "a project", CYCLE)


def told(project: Project, name: str) -> list[tuple[str, str]]:
    return [(row.grade.value, row.found) for row in further_rows(str(project.root)) if row.name == name]


def test_targets_are_told_and_no_token_of_them(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOOK", raising=False)
    nobody, web, chat = told(project, "notifications")
    assert nobody == ("note", "tiny, on red, recovered: to nobody, because ${env:HOOK:-} is empty here")
    assert web == ("ok", "tiny, on red: to https://chat.example/•••; gatekeeper notify test tiny tries it")
    there = find_spec("apprise") is not None
    assert chat[0] == ("ok" if there else "look")
    assert there or chat[1].endswith("for which the extra notify is missing")
    assert "sesame" not in str(further_rows(str(project.root)))


def test_a_definition_that_is_wrong_is_told_and_the_rest_too(project: Project) -> None:
    project.define("gates: {}\n", "broken")
    assert told(project, "notifications")[0] == ("look", "broken: its definition is wrong")
    assert len(told(project, "notifications")) == 4


def test_an_extra_says_what_it_is_for_and_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_EXTRAS", (("here", "json", "this"), ("gone", "no_such.module", "that")))
    here, gone = further_rows(None)
    assert (here.grade.value, here.found) == ("ok", "installed, for this")
    assert (gone.grade.value, gone.found) == ("note", "not installed; it is for that")
    assert gone.advice == "python -m pip install 'gatekeeper-run[gone]'"


def test_who_else_can_look_into_the_state_folder(project: Project) -> None:
    assert told(project, "private") == []
    state = project.root / ".gatekeeper"
    for mode, grade in ((0o700, "ok"), (0o711, "ok"), (0o755, "note"), (0o775, "look")):
        state.mkdir(exist_ok=True)
        state.chmod(mode)
        assert [row[0] for row in told(project, "private")] == [grade]
    state.rmdir()
    state.symlink_to(project.root.parent)
    assert told(project, "private") == [("wrong", f"{state} is a symbolic link to {project.root.parent}")]


@pytest.mark.slow
def test_the_command_has_them_among_what_a_run_leans_on(project: Project) -> None:
    found = json.loads(project.gatekeeper("doctor", "--json").out)["surroundings"]
    names = [row["name"] for row in found]
    assert names[-2:] == ["extra notify", "extra otel"]
    assert names.count("notifications") == 3
