"""Where nobody looks, a definition that differs from the one that judged last is said, once."""

from __future__ import annotations

from pathlib import Path

from tests.support.projects import Project, git

CYCLE = "gates: {a: {steps: {one: {run: 'true'}}}}\n"


def test_a_timer_says_it_the_first_time_and_is_silent_again(tmp_path: Path) -> None:
    project = Project.with_cycle(tmp_path / "a project", CYCLE)
    git(project.root, "init", "-q")
    said = []
    for text in (CYCLE, CYCLE, CYCLE.replace("true", ":"), CYCLE.replace("true", ":")):
        project.define(text)
        git(project.root, "add", "-A")
        git(project.root, "commit", "-q", "--allow-empty", "-m", "x")
        said.append(project.gatekeeper("cron", "run", "tiny").expect(0).text)
    first, again, changed, then = said
    assert (first, again, then) == ("", "", "")
    assert changed.startswith("gatekeeper: tiny: its definition is not the one that judged last: sha256:")
