"""A baseline that is measured: the step is run on the base ref, in a worktree of which nothing stays."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.cli.recorded_suites import suite_project, suite_says
from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Going, Project, git

MEASURED = "{ref: main, measure: true}"


@pytest.fixture
def project(tiny: MakeTiny) -> Project:
    project = suite_project(tiny("gates: {}\n"), MEASURED, one="passed", two="failed")
    git(project.root, "switch", "--quiet", "--create", "work")
    return project


def worktrees(project: Project) -> list[str]:
    folder = project.root / ".gatekeeper" / "worktrees"
    return [name for name in os.listdir(folder) if name != ".gitignore"] if folder.exists() else []


def nothing_stays(project: Project) -> bool:
    return not worktrees(project) and len(git(project.root, "worktree", "list").splitlines()) == 1


def running_on_the_ref(project: Project) -> Going:
    """A run whose step, for the second time, does not come back."""
    slow = 'cd .; if [ -e "$BEACONS/again" ]; then touch "$BEACONS/there"; sleep 60; fi; touch "$BEACONS/again"; '
    definition = project.root / "gates" / "tiny.yaml"
    definition.write_text(definition.read_text().replace("python3 suite.py", f"'{slow}python3 suite.py'"))
    going = project.start("run", "tiny")
    going.until(lambda: Path(project.temporary, "there").exists(), "the step runs on the ref")
    return going


@pytest.mark.slow
def test_a_step_is_run_on_the_ref_and_what_it_came_to_is_known_next_time(project: Project) -> None:
    """What is not committed has no part in it; a new definition of the step has."""
    suite_says(project.root, one="passed", two="passed", three="passed")
    project.gatekeeper("run", "tiny")
    commit = git(project.root, "rev-parse", "main").strip()
    journal = project.journals()[-1]
    told = journal.last("baseline.measured")
    measured = {"gate": "suite", "step": "unit", "ref": "main", "commit": commit, "tests": 2, "digest": told["digest"]}
    assert {name: told[name] for name in measured} == measured
    assert told["output"] == "output/suite.unit.0.log"
    (report,) = told["reports"]
    assert (journal.folder / report["kept"]).read_text().count("<testcase") == 2
    assert nothing_stays(project)
    assert git(project.root, "status", "--porcelain").split() == ["M", "tests.txt"]

    project.gatekeeper("run", "tiny")
    assert project.journals()[-1].last("baseline.measured") == {**measured, "reused": True}

    definition = project.root / "gates" / "tiny.yaml"
    definition.write_text(definition.read_text().replace("python3 suite.py", "python3  suite.py"))
    project.gatekeeper("run", "tiny")
    again = project.journals()[-1].last("baseline.measured")
    assert ("reused" in again, again["digest"]) == (False, told["digest"])


@pytest.mark.slow
def test_what_somebody_wrote_into_the_cache_is_measured_again(project: Project) -> None:
    project.gatekeeper("run", "tiny")
    (kept,) = (project.root / ".gatekeeper" / "measured").iterdir()
    kept.write_bytes(kept.read_bytes().replace(b'"passed"', b'"failed"'))
    project.gatekeeper("run", "tiny")
    assert "reused" not in project.journals()[-1].last("baseline.measured")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("ref: main", "ref: origin/main"), "the ref 'origin/main' is not known"),
        (("python3 suite.py", "git checkout -q work 2>/dev/null || true; exit 3"), "nothing matches 'report.xml'"),
        (("python3 suite.py", "cp tests.txt report.xml"), "report.xml is cut short or not XML"),
        (("python3 suite.py", "python3 suite.py || true"), "exit code 0, but the report has 1 failing tests"),
        (("in: .", "in: elsewhere"), "elsewhere is not there"),
    ],
)
def test_a_run_on_the_ref_that_says_nothing_is_a_problem(project: Project, change: tuple[str, str], words: str) -> None:
    """And never "no baseline"."""
    definition = project.root / "gates" / "tiny.yaml"
    text = definition.read_text().replace("        run:", "        in: .\n        run:")
    assert change[0] in text
    definition.write_text(text.replace(*change))
    project.gatekeeper("run", "tiny")
    told = project.journals()[-1].last("baseline.measured")
    assert words in told["problem"]
    assert told["problem"].startswith("the baseline of suite/unit could not be measured on ")
    assert nothing_stays(project)


@pytest.mark.slow
def test_a_step_whose_service_would_be_missing_is_not_measured(project: Project) -> None:
    """Every test that talks to it would fail on the ref, and would then be known to fail."""
    definition = project.root / "gates" / "tiny.yaml"
    text = definition.read_text().replace("gates:\n", "gates:\n  stack: {steps: {up: {run: sleep 60 &, keep: api}}}\n")
    definition.write_text(text.replace("  suite:\n", "  suite:\n    needs: [stack]\n"))
    project.gatekeeper("run", "tiny")
    told = project.journals()[-1].last("baseline.measured")
    assert "it needs stack/up, whose service api is not brought up on another commit" in told["problem"]


@pytest.mark.slow
def test_an_interrupted_run_takes_its_worktree_with_it(project: Project) -> None:
    going = running_on_the_ref(project)
    assert len(worktrees(project)) == 2
    going.send(signal.SIGINT)
    going.end().expect(130)
    assert "did not end by itself" in project.journal.last("baseline.measured")["problem"]
    assert nothing_stays(project)


@pytest.mark.slow
def test_a_round_that_is_abandoned_meanwhile_says_nothing_of_the_ref(project: Project) -> None:
    """With --watch somebody saves while the step runs on the ref: it is run there again in the next round."""
    once = '[ -e "$BEACONS/again" ] && [ ! -e "$BEACONS/there" ] && { touch "$BEACONS/there"; sleep 60; }'
    definition = project.root / "gates" / "tiny.yaml"
    command = f"'cd .; {once}; touch \"$BEACONS/again\"; python3 suite.py'"
    definition.write_text(definition.read_text().replace("python3 suite.py", command))
    suite_says(project.root, one="passed", two="passed")
    going = project.start("run", "tiny", "--watch", "--rounds", "5")
    going.until(lambda: Path(project.temporary, "there").exists(), "the step runs on the ref")
    (project.root / "notes.txt").write_text("saved\n")
    going.end().expect(0)
    assert project.journal.events("round.finished", round=1)[0].get("abandoned")
    told = project.journal.events("baseline.measured")
    assert ["problem" in each for each in told] == [True, False]
    assert nothing_stays(project)


@pytest.mark.slow
def test_a_killed_run_leaves_nothing_that_reap_does_not_find(project: Project) -> None:
    going = running_on_the_ref(project)
    going.send(signal.SIGKILL)
    going.end()
    assert len(worktrees(project)) == 2
    assert "removed the scratch worktree" in project.gatekeeper("reap").expect(0).out
    assert nothing_stays(project)


@pytest.mark.slow
def test_a_repo_of_the_cycle_stands_for_its_worktree(tiny: MakeTiny) -> None:
    """Also where it is named by its path, and is a repository of its own; what is known of it is used again."""
    project = suite_project(tiny("gates: {}\n"), MEASURED, one="passed", two="failed")
    app = project.temporary / "app"
    app.mkdir()
    (project.root / "suite.py").rename(app / "suite.py")
    (app / "tests.txt").write_text("old passed\nolder passed\n")
    (app / ".gitignore").write_text("report.xml\n")
    git(app, "init", "--quiet", "--initial-branch", "main")
    git(app, "add", "--all")
    git(app, "commit", "--quiet", "--message", "first")
    (app / "tests.txt").write_text("new failed\n")
    definition = project.root / "gates" / "tiny.yaml"
    text = definition.read_text().replace("python3 suite.py", "python3 ${repo.app.path}/suite.py, in: app")
    definition.write_text(
        text.replace("gates:\n", f"repos: {{app: {{path: {app}}}}}\ngates:\n").replace(", in", "\n        in")
    )
    for reused in (None, True):
        project.gatekeeper("run", "tiny")
        told = project.journals()[-1].last("baseline.measured")
        assert (told.get("problem"), told["tests"], told.get("reused")) == (None, 2, reused)
    assert len(git(app, "worktree", "list").splitlines()) == 1
    assert git(app, "status", "--porcelain").split() == ["M", "tests.txt"]
