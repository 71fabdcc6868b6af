"""What a run is judged by is held against the base that the cycle names."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.adapters.repos.watched_repo import TEST, WEAK, Watching, commit, judged, told, write
from tests.support.projects import git


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return judged(tmp_path / "project")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


pytestmark = pytest.mark.anyio


async def test_a_branch_is_held_against_where_it_left_its_base(root: Path) -> None:
    git(root, "branch", "base")
    git(root, "checkout", "-q", "-b", "work")
    write(root, "tests/test_a.py", WEAK)
    commit(root)
    # What others bring to the base meanwhile is nothing that this branch takes away.
    git(root, "checkout", "-q", "base")
    write(root, "tests/test_others.py", TEST.replace("test_a", "test_others"))
    commit(root)
    git(root, "checkout", "-q", "work")
    watching = Watching(root, base="base")
    compared = await watching.guarding.beside_base(await watching.begin())
    assert compared is not None
    assert compared.against.startswith("base@")
    assert not compared.problem
    assert told(compared.changes)["tests/test_a.py"] == "test weakening"
    assert "tests/test_others.py" not in told(compared.changes)


async def test_gates_beside_the_repos_are_held_against_the_base_too(root: Path) -> None:
    write(root, "gates/quarantine.yaml", "- test: a\n")
    watching = Watching(root, repo="src", base="HEAD")
    compared = await watching.guarding.beside_base(await watching.begin())
    assert compared is not None
    assert told(compared.changes) == {"gates/quarantine.yaml": "quarantine weakening"}


async def test_what_git_ignores_and_a_runner_loads_is_held_against_the_base(root: Path) -> None:
    write(root, "conftest.py", "def pytest_runtest_makereport(item, call):\n    return None\n")
    write(root, ".git/info/exclude", "conftest.py\n")
    watching = Watching(root, base="HEAD")
    compared = await watching.guarding.beside_base(await watching.begin())
    assert compared is not None
    assert told(compared.changes) == {"conftest.py": "test-config weakening"}


async def test_git_that_looks_at_another_folder_is_not_believed(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root, tmp_path / "pristine", ignore=shutil.ignore_patterns(".git"))
    git(root, "config", "core.worktree", str(tmp_path / "pristine"))
    write(root, "tests/test_a.py", WEAK)
    watching = Watching(root, base="HEAD")
    first = watching.tree()
    assert "core.worktree" in first.repos[0].problem
    watching.guarding.begin(first)
    compared = await watching.guarding.beside_base(first)
    assert compared is not None
    assert told(compared.changes)["tests/test_a.py"] == "test weakening"


async def test_a_commit_is_what_it_is_and_not_what_git_was_told_to_put_in_its_place(root: Path) -> None:
    git(root, "branch", "base")
    git(root, "checkout", "-q", "-b", "work")
    write(root, "tests/test_a.py", WEAK)
    commit(root)
    git(root, "replace", "base", "work")
    watching = Watching(root, base="base")
    compared = await watching.guarding.beside_base(await watching.begin())
    assert compared is not None
    assert told(compared.changes) == {"tests/test_a.py": "test weakening"}


async def test_a_base_that_nobody_knows_is_a_problem_and_no_peace(root: Path) -> None:
    watching = Watching(root, base="origin/main")
    compared = await watching.guarding.beside_base(await watching.begin())
    assert compared is not None
    assert "origin/main" in compared.problem
    assert [change.effect for change in compared.changes] == ["weakening"]


async def test_without_a_base_nothing_is_compared(root: Path) -> None:
    watching = Watching(root)
    assert await watching.guarding.beside_base(await watching.begin()) is None
