"""Two trees are told apart in words that lead to the change."""

from __future__ import annotations

from collections.abc import Callable

from gatekeeper.adapters.repos.reading import BoundRepo, read_tree
from gatekeeper.policy.drift import changed_files
from tests.adapters.repos.conftest import Repo


def test_changed_files_names_what_differs(repo: Repo, new_repo: Callable[[str], Repo]) -> None:
    """A drift is told by repo and path, and a new commit by both commits."""
    other = new_repo("other")
    repos = (BoundRepo("app", str(repo.path)), BoundRepo("other", str(other.path)))
    repo.write("same.txt")
    repo.write("gone.txt")
    old = other.git("rev-parse", "HEAD")
    before = read_tree(repos, ())
    assert changed_files(before, read_tree(repos, ())) == ()
    (repo.path / "gone.txt").unlink()
    repo.write("kept.txt", "changed\n")
    new = other.commit("moved")
    assert changed_files(before, read_tree(repos, ())) == (
        f"other: commit {old[:12]} -> {new[:12]}",
        "app: gone.txt",
        "app: kept.txt",
    )


def test_committing_what_was_there_names_the_commit_alone(repo: Repo) -> None:
    """Files that were committed did not change, and are not said to have."""
    repo.write("new.txt")
    before = repo.read()
    repo.commit()
    assert [line.partition(" ")[0:3:2] for line in changed_files(before, repo.read())] == [
        ("app:", f"commit {before.repos[0].commit[:12]} -> {repo.state().commit[:12]}")
    ]
