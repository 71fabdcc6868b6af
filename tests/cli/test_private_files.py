"""What gatekeeper writes about a run is for its owner alone, and lies where it says, whatever links lead elsewhere."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.projects import Project, git

CYCLE = """\
log: {file: docs/log.md}
secrets: [TOKEN]
until_green: {rounds: 2, confirm: 2}
gates:
  a:
    steps:
      says: {run: 'echo hello; echo x > kept.txt', artifacts: [kept.txt], mutates: [kept.txt]}
      reports:
        run: |
          cat > report.xml <<'X'
          <testsuite name="s" tests="1"><testcase classname="c" name="t"/></testsuite>
          X
        report: {junit: report.xml}
        mutates: [report.xml]
        known_bad: {run: 'true', expect: nothing}
      hangs: {run: 'sleep 60', timeout: 1s, strays: kill}
      serves: {run: 'sleep 60 &', keep: it}
      ready: {environment: {required: [TOKEN]}}
"""
SHORT = """\
log: {file: docs/log.md}
gates:
  a:
    steps:
      one:
        run: echo '<testsuite name="s" tests="1"><testcase classname="c" name="t"/></testsuite>' > report.xml
        report: {junit: report.xml}
        baseline: {new_failures: 0}
        mutates: [report.xml]
"""


@pytest.fixture
def open_to_all() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def in_git(folder: Path, cycle: str) -> Project:
    found = Project.with_cycle(folder, cycle)
    git(found.root, "init", "-q")
    git(found.root, "add", "-A")
    git(found.root, "commit", "-qm", "x")
    return found


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return in_git(tmp_path / "a project", SHORT)


def open_to_others(folder: Path) -> list[str]:
    """What others can read, write or list, but for the lock: who holds the tree is theirs to know, too."""
    found = []
    for path in (folder, *folder.rglob("*")):
        state = path.lstat()
        if not stat.S_ISLNK(state.st_mode) and state.st_mode & 0o066 and path != folder / "locks" / "run.lock":
            found.append(f"{oct(state.st_mode & 0o777)} {path.relative_to(folder.parent)}")
    return found


@pytest.mark.slow
@pytest.mark.usefixtures("open_to_all")
def test_with_a_umask_that_opens_everything_nothing_of_a_run_is_open(tmp_path: Path) -> None:
    project = in_git(tmp_path / "a project", CYCLE)
    project.gatekeeper("run", "tiny", "--verbose", TOKEN="hush").expect(1)
    project.gatekeeper("show", "tiny").expect(0)
    project.gatekeeper("report").expect(0)
    project.gatekeeper("plan", "tiny", TOKEN="hush").expect(0)
    project.gatekeeper(
        "note", "latest", "--problem", "p", "--root-cause", "r", "--solution", "s", "--nugget", "n"
    ).expect(0)
    project.gatekeeper("verdict", TOKEN="hush")
    project.gatekeeper("prove", "tiny", TOKEN="hush")
    project.gatekeeper("run", "tiny", "--at", "HEAD", TOKEN="hush").expect(1)
    state = project.root / ".gatekeeper"
    assert {each.name for each in state.iterdir()} >= {"cache", "gatekeeper.log", "locks", "runs", "verdicts"}
    assert open_to_others(state) == [], "\n".join(open_to_others(state))


@pytest.mark.slow
@pytest.mark.usefixtures("open_to_all")
def test_a_document_in_the_tree_has_the_mode_that_such_documents_have(project: Project) -> None:
    project.gatekeeper("run", "tiny")
    assert (project.root / "docs" / "log.md").stat().st_mode & 0o777 == 0o666


@pytest.mark.parametrize("name", ["", "runs", "cache", "gatekeeper.log"])
def test_nothing_is_written_where_a_link_in_place_of_the_state_folder_leads(project: Project, name: str) -> None:
    elsewhere = project.root.parent / "elsewhere"
    elsewhere.mkdir()
    state = project.root / ".gatekeeper"
    if name:
        state.mkdir()
    (state / name).symlink_to(elsewhere)
    for command in (("run", "tiny"), ("show",)):
        done = project.gatekeeper(*command).expect(3)
        assert f"{state / name if name else state} is a symbolic link to {elsewhere}" in done.err
    assert list(elsewhere.iterdir()) == []


@pytest.mark.slow
def test_a_log_whose_folder_leads_out_of_the_tree_is_written_into_the_runs_folder(project: Project) -> None:
    elsewhere = project.root.parent / "elsewhere"
    elsewhere.mkdir()
    (project.root / "docs").symlink_to(elsewhere)
    done = project.gatekeeper("run", "tiny")
    assert "leads out of the tree" in done.text
    assert list(elsewhere.iterdir()) == []
    (journal,) = project.journals()
    assert (journal.folder / "log.gatekeeper.md").exists()


@pytest.mark.slow
def test_a_log_that_is_a_link_out_of_the_tree_leaves_what_it_leads_to_alone(project: Project) -> None:
    precious = project.root.parent / "precious"
    precious.write_text("mine\n")
    (project.root / "docs").mkdir()
    (project.root / "docs" / "log.md").symlink_to(precious)
    project.gatekeeper("run", "tiny")
    assert precious.read_text() == "mine\n"
    assert "one" in (project.root / "docs" / "log.gatekeeper.md").read_text()


@pytest.mark.slow
def test_a_log_behind_a_link_inside_of_the_tree_is_written_there(project: Project) -> None:
    (project.root / "plan" / "logs").mkdir(parents=True)
    (project.root / "docs").symlink_to("plan/logs")
    project.gatekeeper("run", "tiny")
    assert (project.root / "plan" / "logs" / "log.md").exists()


@pytest.mark.slow
def test_a_run_that_is_a_link_to_another_projects_run_is_not_closed_from_here(project: Project) -> None:
    """`reap` closes the runs that nobody closed; those of others are theirs."""
    other = project.root.parent / "other" / "2026-01-01T00-00-00Z-tiny-abcd"
    other.mkdir(parents=True)
    project.gatekeeper("run", "tiny")
    (journal,) = project.journals()
    first, _, _ = journal.path.read_bytes().partition(b"\n")
    (other / "journal.jsonl").write_bytes(first + b"\n")
    (journal.folder.parent / other.name).symlink_to(other)
    project.gatekeeper("reap").expect(0)
    project.gatekeeper("run", "tiny")
    assert (other / "journal.jsonl").read_bytes() == first + b"\n"


@pytest.mark.slow
def test_a_baseline_that_leads_out_of_the_tree_is_not_written(project: Project) -> None:
    elsewhere = project.root.parent / "elsewhere"
    elsewhere.mkdir()
    (project.root / "gates" / "baselines").symlink_to(elsewhere)
    project.gatekeeper("run", "tiny")
    done = project.gatekeeper("baseline", "accept", "tiny", "--reason", "first").expect(3)
    assert "leads out of the tree" in done.err
    assert list(elsewhere.iterdir()) == []
