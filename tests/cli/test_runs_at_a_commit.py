"""A run on a commit: in a worktree of it, by its own definition, and without a trace in the working tree."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Project, git

CYCLE = """
gates:
  g:
    steps:
      reads: {run: 'cat fact; test "$(cat fact)" = committed'}
      on-main: {run: "true", if: {branch: [main]}}
"""


def committed(project: Project) -> str:
    """Everything that is there now, as one commit; its id."""
    if not (project.root / ".git").exists():
        git(project.root, "init", "--quiet")
    git(project.root, "add", "--all")
    git(project.root, "commit", "--quiet", "--message", "as it is")
    return git(project.root, "rev-parse", "HEAD").strip()


@pytest.fixture
def project(tiny: MakeTiny) -> Project:
    made = tiny(CYCLE)
    (made.root / "fact").write_text("committed\n", "utf-8")
    committed(made)
    return made


def worktrees(project: Project) -> list[str]:
    return git(project.root, "worktree", "list", "--porcelain").split("worktree ")[1:]


def test_the_working_tree_is_neither_judged_nor_touched(project: Project) -> None:
    (project.root / "fact").write_text("half done\n", "utf-8")
    before = git(project.root, "status", "--porcelain")
    project.gatekeeper("run", "tiny", "--at", "HEAD").expect(0)
    assert git(project.root, "status", "--porcelain") == before
    assert len(worktrees(project)) == 1
    started = project.journal.last("run.started")
    assert started["at"] == git(project.root, "rev-parse", "HEAD").strip()
    assert Path(started["log"]) == project.journal.folder / "execution-log.md"
    assert "passed" in Path(started["log"]).read_text("utf-8")
    project.gatekeeper("run", "tiny").expect(1)


@pytest.mark.slow
def test_everything_says_which_commit_was_judged(project: Project) -> None:
    """And none of it sends anybody into the worktree, which is gone."""
    (project.root / "fact").write_text("worse\n", "utf-8")
    commit = committed(project)[:12]
    said = f"commit {commit} in a scratch worktree"
    told = project.gatekeeper("run", "tiny", "--at", "HEAD", "--format", "github").expect(1).out
    told, end = told.splitlines()[0], told[told.index("✗ red") :]
    log = Path(project.journal.last("run.started")["log"]).read_text("utf-8")
    shown = project.gatekeeper("show").expect(0).out
    page = project.root / "page.html"
    project.gatekeeper("report", "-o", str(page)).expect(0)
    html = page.read_text("utf-8")
    assert all(said in text for text in (told, end, log, shown, html))
    assert all(".gatekeeper/worktrees" not in text for text in (told, end, log, shown))
    assert f"gatekeeper run tiny --at {commit} --only g/reads" in end
    summary = project.gatekeeper("export", "--to", "summary").expect(0).out
    assert json.loads(summary)["at"].startswith(commit)


@pytest.mark.slow
def test_it_is_judged_by_the_definition_of_that_commit(project: Project) -> None:
    project.define("gates: {g: {steps: {fails: {run: 'false'}}}}")
    project.gatekeeper("run", "tiny", "--at", "HEAD").expect(0)
    committed(project)
    project.gatekeeper("run", "tiny", "--at", "HEAD").expect(1)
    project.gatekeeper("run", "tiny", "--at", "HEAD~1").expect(0)


@pytest.mark.slow
def test_another_ref_may_judge_it(project: Project) -> None:
    project.define("gates: {g: {steps: {easy: {run: 'true'}}}}")
    (project.root / "fact").write_text("worse\n", "utf-8")
    committed(project)
    project.gatekeeper("run", "tiny", "--at", "HEAD").expect(0)
    done = project.gatekeeper("run", "tiny", "--at", "HEAD", "--judge-by", "HEAD~1").expect(1)
    assert "worse" in done.out


@pytest.mark.slow
@pytest.mark.parametrize(("rev", "ran"), [("main", "passed"), ("HEAD", "passed"), ("HEAD^{commit}", "skipped")])
def test_a_condition_sees_the_branch_that_was_named(project: Project, rev: str, ran: str) -> None:
    project.gatekeeper("run", "tiny", "--at", rev).expect(0)
    assert project.journal.verdicts()["g/on-main"] == ran


@pytest.mark.slow
def test_dependencies_that_git_ignores_are_lent(project: Project) -> None:
    (project.root / ".gitignore").write_text("node_modules/\n", "utf-8")
    project.define("gates: {g: {steps: {uses: {run: 'cat node_modules/pad/index.js; git status --porcelain'}}}}")
    committed(project)
    (project.root / "node_modules" / "pad").mkdir(parents=True)
    (project.root / "node_modules" / "pad" / "index.js").write_text("lent\n", "utf-8")
    project.gatekeeper("run", "tiny", "--at", "HEAD").expect(0)
    assert project.journal.output("uses") == "lent\n"


@pytest.mark.slow
def test_a_project_below_the_top_of_its_repository(tmp_path: Path) -> None:
    inner = Project.with_cycle(tmp_path / "mono" / "service", CYCLE)
    (inner.root / "fact").write_text("committed\n", "utf-8")
    outer = Project(tmp_path / "mono", tmp_path / "mono-tmp")
    committed(outer)
    inner.gatekeeper("run", "tiny", "--at", "HEAD").expect(0)
    inner.clean_up()


def test_what_is_no_commit_is_said(project: Project, tiny: MakeTiny) -> None:
    done = project.gatekeeper("run", "tiny", "--at", "nowhere").expect(3)
    assert "--at nowhere: the ref 'nowhere' is not known" in done.err
    done = project.gatekeeper("run", "tiny", "--at", "HEAD", "--watch").expect(2)
    assert "--watch waits for a change of the working tree" in done.err
    done = tiny(CYCLE).gatekeeper("run", "tiny", "--at", "HEAD").expect(3)
    assert "is in no git repository" in done.err
    assert project.journals() == []


@pytest.mark.slow
def test_it_is_killed_and_the_worktree_goes_with_the_next_look(project: Project) -> None:
    project.define("gates: {g: {steps: {holds: {run: 'touch \"$BEACONS/there\"; sleep 614'}}}}")
    committed(project)
    going = project.start("run", "tiny", "--at", "HEAD")
    going.until((project.temporary / "there").exists, "the step")
    going.send(signal.SIGKILL)
    going.end()
    assert "removed the scratch worktree" in project.gatekeeper("reap").expect(0).out
    assert len(worktrees(project)) == 1
    done = project.gatekeeper("run", "--resume").expect(2)
    assert "in a scratch worktree, which is gone; run anew" in done.err


@pytest.mark.slow
def test_ctrl_c_leaves_no_worktree(project: Project) -> None:
    project.define("gates: {g: {steps: {holds: {run: 'touch \"$BEACONS/there\"; sleep 615'}}}}")
    committed(project)
    going = project.start("run", "tiny", "--at", "HEAD")
    going.until((project.temporary / "there").exists, "the step")
    going.send(signal.SIGINT)
    going.end().expect(130)
    assert len(worktrees(project)) == 1
    assert sorted(os.listdir(project.root / ".gatekeeper" / "worktrees")) == [".gitignore"]
