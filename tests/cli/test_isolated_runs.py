"""A run in worktrees of the tree as it is: the same tree, another place, and nothing of it afterwards."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Project, git

CYCLE = "gates: {g: {steps: {s: {run: 'cat fact; git status --short'}}}}\n"


@pytest.fixture
def project(tiny: MakeTiny) -> Project:
    made = tiny(CYCLE)
    (made.root / "fact").write_text("committed\n", "utf-8")
    git(made.root, "init", "--quiet")
    commit(made)
    return made


def commit(project: Project) -> None:
    git(project.root, "add", "--all")
    git(project.root, "commit", "--quiet", "--message", "as it is")


def worktrees(project: Project) -> list[Path]:
    found = re.findall("^worktree (.*)$", git(project.root, "worktree", "list", "--porcelain"), re.MULTILINE)
    return [Path(path) for path in found if Path(path) != project.root]


@pytest.mark.slow
def test_what_nobody_committed_is_there_and_stays_what_it_is(project: Project) -> None:
    (project.root / "fact").write_text("half done\n", "utf-8")
    (project.root / "new").write_text("", "utf-8")
    project.define(CYCLE + "until_green: {rounds: 2}\n")
    before = git(project.root, "status", "--porcelain")
    project.gatekeeper("run", "tiny", "--isolate").expect(0)
    assert project.journal.output("s") == "half done\n M fact\n M gates/tiny.yaml\n?? new\n"
    assert git(project.root, "status", "--porcelain") == before
    assert not worktrees(project)
    assert project.journal.last("run.started")["isolated"] is True
    assert Path(project.journal.last("run.started")["log"]) == project.journal.folder / "execution-log.md"


@pytest.mark.slow
def test_its_verdict_holds_for_a_commit_and_for_nothing_that_cannot_be_named(project: Project) -> None:
    project.define("gates: {g: {steps: {s: {run: 'cat fact'}}}}\n")
    commit(project)
    project.gatekeeper("run", "tiny", "--isolate").expect(0)
    project.gatekeeper("verdict", "HEAD").expect(0)
    (project.root / "fact").write_text("half done\n", "utf-8")
    project.gatekeeper("run", "tiny", "--isolate").expect(0)
    project.gatekeeper("verdict").expect(3)


@pytest.mark.slow
def test_worktrees_are_kept_when_asked_until_they_are_asked_away(project: Project) -> None:
    project.define(CYCLE.replace("cat fact", "touch left-over"))
    done = project.gatekeeper("run", "tiny", "--isolate", "--keep-worktrees")
    (kept,) = worktrees(project)
    assert str(kept) in done.err
    assert (kept / "left-over").exists()
    project.gatekeeper("reap").expect(0)
    project.gatekeeper("run", "tiny", "--at", "HEAD").expect(0)
    assert worktrees(project) == [kept]
    removed = project.gatekeeper("reap", "--worktrees").expect(0)
    assert f"removed the scratch worktree {kept}, which was kept" in removed.out
    assert not worktrees(project)


@pytest.mark.slow
def test_what_is_not_in_git_is_refused_by_name(project: Project, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    project.define(f"repos: {{there: {{path: {tmp_path / 'elsewhere'}}}}}\n{CYCLE}")
    done = project.gatekeeper("run", "tiny", "--isolate").expect(3)
    assert f"the repo there: {tmp_path / 'elsewhere'}" in done.err
    assert not project.journals()


@pytest.mark.slow
def test_what_cannot_be_held_whole_is_refused(project: Project) -> None:
    inner = project.root / "inner"
    inner.mkdir()
    git(inner, "init", "--quiet")
    (inner / "file").write_text("x", "utf-8")
    done = project.gatekeeper("run", "tiny", "--isolate").expect(3)
    assert "would not have the tree as it is" in done.err
    assert not worktrees(project)


@pytest.mark.slow
def test_a_repository_without_a_commit(tiny: MakeTiny) -> None:
    made = tiny(CYCLE)
    git(made.root, "init", "--quiet")
    done = made.gatekeeper("run", "tiny", "--isolate").expect(3)
    assert "has it a commit yet?" in done.err


@pytest.mark.slow
def test_who_would_change_the_tree_for_good_is_left_out_and_that_is_said(project: Project) -> None:
    project.define(
        "until_green: {fixer: {run: 'touch $BEACONS/called'}, rounds: 2, retry_unchanged: 0}\n"
        "gates: {g: {steps: {s: {run: 'false'}}}}\n"
    )
    done = project.gatekeeper("run", "tiny", "--isolate").expect(1)
    assert "isolated, so the fixer is not called" in done.err
    assert not (project.temporary / "called").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--isolate", "--watch"), "--isolate runs beside it"),
        (("--isolate", "--at", "HEAD"), "of the tree as it is"),
        (("--parallel", "0"), "not a whole number above 0"),
    ],
)
def test_options_that_do_not_go_together(project: Project, options: tuple[str, ...], says: str) -> None:
    assert says in project.gatekeeper("run", "tiny", *options).expect(2).err


@pytest.mark.slow
def test_it_cannot_be_taken_up_again(project: Project) -> None:
    project.gatekeeper("run", "tiny", "--isolate").expect(0)
    assert "ran isolated" in project.gatekeeper("run", "--resume").expect(2).err


@pytest.mark.slow
def test_cycles_side_by_side_on_a_commit(project: Project) -> None:
    project.define(CYCLE, "other")
    commit(project)
    (project.root / "fact").write_text("half done\n", "utf-8")
    project.gatekeeper("run", "tiny", "other", "--at", "HEAD", "--parallel", "auto").expect(0)
    project.gatekeeper("run", "tiny", "other", "--at", "HEAD", "--parallel", "2").expect(0)
    assert [journal.output("s") for journal in project.journals()] == ["committed\n"] * 4
