"""What a run is judged by is seen to change: in commits, in working trees, beside a base, and outside of all trees."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.adapters.repos.reading import read_tree
from tests.adapters.repos.watched_repo import TEST, WEAK, Watching, commit, judged, told, write
from tests.support.projects import git


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return judged(tmp_path / "project")


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


async def test_a_test_is_watched_also_where_it_is_called_an_artifact(root: Path) -> None:
    watching = Watching(root)
    first = await watching.begin()
    write(root, "tests/test_a.py", WEAK)
    after = read_tree(watching.repos, (str(root / "tests"),))
    assert told(await watching.guarding.changes(first, after)) == {"tests/test_a.py": "test weakening"}
