"""What a run is judged by is seen to change: in commits, in working trees, beside a base, and outside of all trees."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from gatekeeper.adapters.repos.guarding import Guarding, Watched
from gatekeeper.adapters.repos.reading import BoundRepo, read_tree
from gatekeeper.model.demands import IntegritySpec
from gatekeeper.model.integrity import IntegrityChange
from gatekeeper.model.tree import Tree
from tests.support.projects import git

TEST = "def test_a():\n    assert f() == 1\n"
WEAK = "def test_a():\n    assert True\n"


class Watching:
    """A repo that somebody watches."""

    def __init__(
        self, root: Path, *, base: str = "", repo: str = ".", scripts: Iterable[str] = (), helped: bool = False
    ) -> None:
        self.root = root
        self.repos = (BoundRepo("project", str(root / repo)),)
        watched = Watched(
            str(root),
            str(root / "gates/c.yaml"),
            IntegritySpec(),
            lambda: frozenset(str(root / path) for path in scripts),
            lambda _content, _path: None,
            base,
            helped,
        )
        self.guarding = Guarding(self.repos, watched)

    def tree(self) -> Tree:
        return read_tree(self.repos, ())

    async def begin(self) -> Tree:
        """Read the tree, and wait until all that must be kept of it is."""
        first = self.tree()
        self.guarding.begin(first)
        assert await self.guarding.outside() == ()
        return first

    async def since(self, first: Tree) -> dict[str, str]:
        return told(await self.guarding.changes(first, self.tree()))

    async def outside(self) -> dict[str, str]:
        return told(await self.guarding.outside())


def told(changes: tuple[IntegrityChange, ...]) -> dict[str, str]:
    return {change.file: f"{change.kind} {change.effect}" for change in changes}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    for path, text in {"tests/test_a.py": TEST, "gates/c.yaml": "cycle: c\n", "src/a.py": "x = 1\n"}.items():
        write(root, path, text)
    git(root, "init", "-q")
    commit(root)
    return root


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text, "utf-8")


def commit(root: Path) -> None:
    git(root, "add", "-A")
    git(root, "commit", "-qm", "Work", "--allow-empty")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


pytestmark = pytest.mark.anyio


async def test_an_edited_test_is_compared_with_the_commit(root: Path) -> None:
    watching = Watching(root)
    first = await watching.begin()
    write(root, "tests/test_a.py", WEAK)
    write(root, "src/a.py", "x = 2\n")
    assert await watching.since(first) == {"tests/test_a.py": "test weakening"}


async def test_a_file_that_was_dirty_is_compared_with_what_it_was(root: Path) -> None:
    write(root, "tests/test_a.py", TEST.replace("1", "2"))
    write(root, "tests/test_new.py", TEST.replace("test_a", "test_new"))
    watching = Watching(root)
    first = await watching.begin()
    write(root, "tests/test_a.py", TEST.replace("1", "3"))
    write(root, "tests/test_new.py", WEAK.replace("test_a", "test_new"))
    assert await watching.since(first) == {"tests/test_a.py": "test neutral", "tests/test_new.py": "test weakening"}


async def test_a_weakening_that_is_committed_is_seen(root: Path) -> None:
    watching = Watching(root)
    first = await watching.begin()
    write(root, "tests/test_a.py", WEAK)
    commit(root)
    assert await watching.since(first) == {"tests/test_a.py": "test weakening"}


async def test_to_commit_what_was_there_changes_nothing(root: Path) -> None:
    write(root, "tests/test_a.py", WEAK)
    watching = Watching(root)
    first = await watching.begin()
    commit(root)
    assert await watching.since(first) == {}


async def test_what_was_weakened_and_mended_again_is_no_change(root: Path) -> None:
    watching = Watching(root)
    first = await watching.begin()
    write(root, "tests/test_a.py", WEAK)
    middle = watching.tree()
    assert told(await watching.guarding.changes(first, middle)) == {"tests/test_a.py": "test weakening"}
    write(root, "tests/test_a.py", TEST)
    assert told(await watching.guarding.changes(middle, watching.tree())) == {"tests/test_a.py": "test strengthening"}
    assert await watching.since(first) == {}


async def test_a_moved_file_is_one_change_and_not_two(root: Path) -> None:
    watching = Watching(root)
    first = await watching.begin()
    (root / "tests/test_a.py").rename(root / "tests/test_b.py")
    assert await watching.since(first) == {"tests/test_a.py": "test neutral", "tests/test_b.py": "test neutral"}


async def test_a_test_that_became_a_link_is_not_called_harmless(root: Path) -> None:
    watching = Watching(root)
    first = await watching.begin()
    (root / "tests/test_a.py").unlink()
    (root / "tests/test_a.py").symlink_to("../src/a.py")
    assert await watching.since(first) == {"tests/test_a.py": "test weakening"}


async def test_a_test_file_of_megabytes_is_not_called_harmless(root: Path) -> None:
    write(root, "tests/test_a.py", TEST + "# " + "x" * (1 << 20))
    commit(root)
    watching = Watching(root)
    first = await watching.begin()
    write(root, "tests/test_a.py", TEST)
    assert await watching.since(first) == {"tests/test_a.py": "test weakening"}


async def test_a_script_is_guarded_because_a_step_runs_it(root: Path) -> None:
    write(root, "check", "set -e\npytest\n")
    commit(root)
    watching = Watching(root, scripts=["check"])
    first = await watching.begin()
    write(root, "check", "set -e\npytest || true\n")
    assert await watching.since(first) == {"check": "script weakening"}


async def test_a_folder_that_git_does_not_keep_is_watched_too(tmp_path: Path) -> None:
    write(tmp_path, "tests/test_a.py", TEST)
    watching = Watching(tmp_path)
    first = await watching.begin()
    write(tmp_path, "tests/test_a.py", WEAK)
    assert await watching.since(first) == {"tests/test_a.py": "test weakening"}


async def test_git_s_own_hooks_are_watched(root: Path) -> None:
    hook = root / ".git/hooks/pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("gatekeeper hook run\n")
    watching = Watching(root)
    await watching.begin()
    hook.write_text("exit 0\n")
    assert await watching.outside() == {str(hook): "hook weakening"}
    hook.unlink()
    assert await watching.outside() == {str(hook): "hook weakening"}


async def test_where_git_looks_for_hooks_is_watched(root: Path) -> None:
    git(root, "config", "core.hooksPath", ".husky")
    watching = Watching(root)
    await watching.begin()
    git(root, "config", "core.hooksPath", "/dev/null")
    assert await watching.outside() == {str(root / ".git/config"): "hook weakening"}


async def test_a_hook_that_comes_in_weakens_nothing(root: Path) -> None:
    watching = Watching(root)
    await watching.begin()
    write(root, ".git/hooks/post-checkout", "true\n")
    assert await watching.outside() == {str(root / ".git/hooks/post-checkout"): "hook neutral"}


async def test_gates_beside_the_cycle_s_repos_are_watched(root: Path) -> None:
    """The cycle is about a folder below, and what judges it lies above."""
    write(root, "gates/quarantine.yaml", "- test: a\n")
    watching = Watching(root, repo="src")
    first = await watching.begin()
    write(root, "gates/quarantine.yaml", "- test: a\n- test: b\n")
    assert await watching.since(first) == {}
    assert await watching.outside() == {"gates/quarantine.yaml": "quarantine weakening"}


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


async def test_a_test_is_watched_also_where_it_is_called_an_artifact(root: Path) -> None:
    watching = Watching(root)
    first = await watching.begin()
    write(root, "tests/test_a.py", WEAK)
    after = read_tree(watching.repos, (str(root / "tests"),))
    assert told(await watching.guarding.changes(first, after)) == {"tests/test_a.py": "test weakening"}


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
