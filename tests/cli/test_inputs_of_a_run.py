"""A step whose inputs are as they were when it passed is not run again, and only then."""

from __future__ import annotations

import pytest

from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Project, git

CYCLE = """\
until_green:
  rounds: 5
  prove_fix: never
  fixer: {run: 'echo good >src/code', scope: [src]}
gates:
  g:
    steps:
      text: {run: cat docs/text, inputs: ["docs/**"]}
      code: {run: grep good src/code, inputs: ["src/**"]}
      after: {run: cat docs/text, inputs: ["docs/**"], needs: [code]}
      built: {run: cat dist/x, inputs: ["dist/**"]}
      all: {run: 'true'}
"""


@pytest.fixture
def project(tiny: MakeTiny) -> Project:
    """A project in git whose code is bad, and a fixer that knows what is good."""
    project = tiny(CYCLE)
    for name, text in {"src/code": "bad\n", "docs/text": "text\n", "dist/x": "", ".gitignore": "dist\n"}.items():
        (project.root / name).parent.mkdir(exist_ok=True)
        (project.root / name).write_text(text)
    git(project.root, "init", "--quiet")
    git(project.root, "add", "--all")
    git(project.root, "commit", "--quiet", "--message", "first")
    return project


def ran(project: Project) -> dict[str, list[int]]:
    """In which rounds each step was run."""
    found: dict[str, list[int]] = {}
    for data in project.journal.events("step.started"):
        found.setdefault(data["step"], []).append(data["round"])
    return found


@pytest.mark.slow
def test_what_the_fix_cannot_have_touched_is_not_run_again(project: Project) -> None:
    """The confirming round says so, with the digest on which the step passed; what has no inputs is run."""
    project.gatekeeper("run", "tiny").expect(0)
    assert ran(project) == {"text": [1], "code": [1, 2], "after": [2], "built": [1, 3], "all": [1, 3]}
    [reused] = project.journal.events("step.finished", reused=True)
    assert (reused["step"], reused["verdict"], reused["attempt"]) == ("text", "passed", 0)
    assert reused["inputs"] == project.journal.events("step.finished", step="text")[0]["inputs"]
    assert project.journal.end["verdict"] == "green-after-fix"
    project.gatekeeper("verify", project.journal.run).expect(0)


@pytest.mark.slow
def test_what_the_fix_touched_is_run_again(project: Project) -> None:
    """Whatever it was that the fix was about."""
    project.define(
        CYCLE.replace("echo good >src/code", "echo good >src/code; echo more >>docs/text").replace("[src]", "['**']")
    )
    project.gatekeeper("run", "tiny").expect(0)
    assert ran(project)["text"] == [1, 3]
    assert project.journal.events("step.finished", reused=True) == []


@pytest.mark.slow
def test_another_run_knows_nothing_of_it(project: Project) -> None:
    """A pass holds in its own run only."""
    project.gatekeeper("run", "tiny").expect(0)
    project.gatekeeper("run", "tiny").expect(0)
    second = project.journals()[-1]
    assert {data["step"] for data in second.events("step.started")} == {"text", "code", "after", "built", "all"}


@pytest.mark.slow
def test_no_secret_is_behind_a_digest(project: Project) -> None:
    """A short secret could be found by trying; the digest is the same whatever it is."""
    text = CYCLE.replace("cat docs/text, ", 'cat docs/text, env: {T: "${env:TOKEN}"}, ', 1)
    project.define(f"secrets: [TOKEN]\n{text}")
    for token in ("first-token", "other-token"):
        project.gatekeeper("run", "tiny", TOKEN=token).expect(0)
        (project.root / "src/code").write_text("bad\n")
    first, second = (journal.events("step.finished", step="text")[0]["inputs"] for journal in project.journals())
    assert first == second != ""
