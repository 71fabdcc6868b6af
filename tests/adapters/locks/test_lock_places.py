"""Which trees are one: projects, the repos they share, folders of one repository."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.adapters.locks.conftest import OtherRun, acquire, conflict


def test_two_projects_cannot_run_on_one_backend_at_once(
    project: Path, tmp_path: Path, backend: Path, other_run: Callable[..., OtherRun]
) -> None:
    """A repo outside the project is locked too, and what was locked before it is given back."""
    (tmp_path / "second").mkdir()
    other = other_run(tmp_path / "second", backend)
    assert str(backend) in conflict(project, backend)
    acquire(project).release()
    other.kill()
    acquire(project, backend).release()


def test_a_backend_that_is_a_project_itself_is_one_tree(
    project: Path, backend: Path, other_run: Callable[..., OtherRun]
) -> None:
    """It makes no difference from which project a run on the repo was started."""
    other_run(backend)
    assert str(backend) in conflict(project, backend)


def test_a_linked_worktree_is_a_tree_of_its_own(backend: Path, project: Path, tmp_path: Path) -> None:
    """Each worktree of a repository can have its run, and each only one, from whatever project."""
    identity = ("-c", "user.name=n", "-c", "user.email=e@example.test")
    subprocess.run(("git", *identity, "commit", "--quiet", "--allow-empty", "-m", "one"), cwd=backend, check=True)
    linked, second = tmp_path / "linked", tmp_path / "second"
    subprocess.run(("git", "worktree", "add", "--quiet", str(linked)), cwd=backend, check=True)
    second.mkdir()
    with acquire(backend), acquire(project, linked):
        assert str(linked) in conflict(second, linked)


def test_two_projects_inside_one_repository_can_run_side_by_side(backend: Path) -> None:
    """Subfolders of one repository are different trees; each is locked for itself, whoever comes from where."""
    for name in ("a", "b", "very/" * 80):
        (backend / name).mkdir(parents=True)
    with acquire(backend / "a"), acquire(backend / "b"):
        assert str(backend / "a") in conflict(backend / "b" / "..", backend / "a")
    acquire(backend, backend / ("very/" * 80)).release()


def test_the_same_repo_named_twice_is_locked_once(backend: Path, tmp_path: Path) -> None:
    """A repo that falls back to the project's own folder, also through a symlink, is no conflict with itself."""
    (tmp_path / "link").symlink_to(backend)
    with acquire(backend, backend, tmp_path / "link"):
        assert conflict(tmp_path / "link")


def test_a_repo_that_is_not_there_needs_no_lock(project: Path, tmp_path: Path) -> None:
    """A missing repo is told where repos are read, not here."""
    acquire(project, tmp_path / "nowhere").release()
    assert not (tmp_path / "nowhere").exists()


def test_locking_leaves_a_git_tree_clean(backend: Path) -> None:
    """What a run keeps in the project ignores itself."""
    with acquire(backend):
        status = subprocess.run(("git", "status", "--porcelain"), cwd=backend, capture_output=True, check=True)
    assert status.stdout == b""
