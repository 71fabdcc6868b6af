"""`check` names what a run obeys and others can write: definitions, patterns, scripts, hooks, and their folders."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.projects import Project, git

CYCLE = """\
gates:
  a:
    steps:
      one:
        run: |
          true
          ./scripts/build.sh now
      two: {run: [sh, scripts/test.sh]}
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    found = Project.with_cycle(tmp_path / "a project", CYCLE)
    for name in ("scripts/build.sh", "scripts/test.sh"):
        path = found.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
    for path in (found.root, *found.root.rglob("*")):
        path.chmod(path.stat().st_mode & ~0o022)
    return found


def told(project: Project, code: int) -> list[tuple[str, str, str]]:
    done = project.gatekeeper("check", "--format", "json").expect(code)
    (definition,) = json.loads(done.out)["definitions"]
    return [(each["rule"], each["key"], each["message"]) for each in definition["findings"]]


def test_where_nobody_else_can_write_there_is_nothing_to_say(project: Project) -> None:
    git(project.root, "init", "-q")
    assert told(project, 0) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "key", "said"),
    [
        ("gates/tiny.yaml", "gatekeeper", "gates/tiny.yaml can be written by others, and the definition lies there"),
        ("gates", "gatekeeper", "the folder gates can be written by others, and the definition lies in"),
        (".", "gatekeeper", "the project's folder can be written by others, and the definition lies in"),
        ("scripts/build.sh", "gates.a.steps.one.run", "scripts/build.sh can be written by others, and build.sh lies"),
        ("scripts/test.sh", "gates.a.steps.two.run", "scripts/test.sh can be written by others, and test.sh lies"),
        ("scripts", "gates.a.steps.one.run", "the folder scripts can be written by others, and build.sh lies in"),
    ],
)
def test_a_file_or_a_folder_that_everybody_can_write(project: Project, path: str, key: str, said: str) -> None:
    place = project.root / path
    place.chmod(place.stat().st_mode | 0o002)
    ((rule, at, message),) = told(project, 1)
    assert (rule, at) == ("others-can-write", key)
    assert message.startswith(said)
    assert message.endswith("everybody can write it")


def test_it_is_told_with_its_place_and_what_to_do(project: Project) -> None:
    (project.root / "scripts" / "build.sh").chmod(0o777)
    out = project.gatekeeper("check").expect(1).out
    assert "gates/tiny.yaml:8:" in out
    assert "chmod go-w scripts/build.sh" in out


def test_a_script_that_is_meant_to_be_shared_can_be_allowed(project: Project) -> None:
    (project.root / "scripts" / "test.sh").chmod(0o777)
    definition = project.root / "gates" / "tiny.yaml"
    text = definition.read_text().replace("test.sh]}", 'test.sh], allow: {others-can-write: "a shared machine"}}')
    definition.write_text(text)
    assert told(project, 0) == []


def test_hooks_of_the_repo_count_and_samples_do_not(project: Project) -> None:
    git(project.root, "init", "-q")
    hooks = project.root / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    hooks.chmod(0o755)
    for name in ("pre-push", "pre-commit.sample"):
        (hooks / name).write_text("#!/bin/sh\n")
        (hooks / name).chmod(0o777)
    ((rule, _, message),) = told(project, 1)
    assert rule == "others-can-write"
    assert message.startswith(".git/hooks/pre-push can be written by others")


def test_a_pattern_is_obeyed_too(project: Project) -> None:
    folder = project.root / "gates" / "patterns"
    folder.mkdir(mode=0o755)
    pattern = folder / "own.yaml"
    pattern.write_text('pattern: own\nclass: infra\ntitle: t\nroot_cause: r\nmatch: {text: ["boom"]}\n')
    pattern.chmod(0o666)
    ((_, _, message),) = told(project, 1)
    assert message.startswith("gates/patterns/own.yaml can be written by others")
