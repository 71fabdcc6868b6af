"""Where a repo stands: commit, branch, upstream and drift, in every shape that a repository can have."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from gatekeeper.adapters.repos.reading import DRIFT_LINES, BoundRepo, read_tree
from tests.adapters.repos.conftest import Repo


def test_a_clean_repo_says_its_commit_subject_and_branch(repo: Repo) -> None:
    """What the execution log shows before a run is what git shows."""
    commit = repo.commit("Größe: a subject with ünicode")
    state = repo.state()
    assert (state.commit, state.subject, state.branch) == (commit, "Größe: a subject with ünicode", "main")
    assert state.clean
    assert (state.upstream, state.ahead, state.behind) == ("", None, None)


def test_ahead_and_behind_count_against_the_upstream(repo: Repo, tmp_path: Path) -> None:
    """One commit here and two there are told apart, also where the settings turn the counting off."""
    repo.git("clone", "--quiet", str(repo.path), str(tmp_path / "clone"))
    clone = Repo(tmp_path / "clone")
    clone.git("config", "status.aheadBehind", "false")
    clone.commit("mine")
    repo.commit("theirs")
    repo.commit("theirs too")
    clone.git("fetch", "--quiet")
    state = clone.state()
    assert (state.upstream, state.ahead, state.behind) == ("origin/main", 1, 2)


def test_an_upstream_that_is_gone_gives_no_counts(repo: Repo, tmp_path: Path) -> None:
    """A branch whose upstream was deleted is neither ahead nor behind of anything."""
    repo.git("clone", "--quiet", str(repo.path), str(tmp_path / "clone"))
    clone = Repo(tmp_path / "clone")
    clone.git("update-ref", "-d", "refs/remotes/origin/main")
    state = clone.state()
    assert (state.upstream, state.ahead, state.behind) == ("origin/main", None, None)


def test_drift_lists_what_git_status_lists(repo: Repo) -> None:
    """Modified, staged, deleted, renamed and untracked files appear in git's short form."""
    for name in ("a.txt", "b.txt", "c.txt", "old.txt"):
        repo.write(name, f"{name}\n" * 5)
    repo.commit()
    repo.write("a.txt", "changed")
    repo.write("b.txt", "staged")
    repo.git("add", "b.txt")
    (repo.path / "c.txt").unlink()
    repo.git("mv", "old.txt", "new.txt")
    repo.write("folder/untracked.txt")
    assert repo.state().drift == (
        " M a.txt",
        "M  b.txt",
        " D c.txt",
        "A  new.txt",
        "D  old.txt",
        "?? folder/untracked.txt",
    )


def test_drift_is_bounded_and_counted_in_full(repo: Repo) -> None:
    """A thousand stray files do not fill the log, and are not made fewer either."""
    for number in range(DRIFT_LINES + 50):
        repo.write(f"stray/{number}")
    state = repo.state()
    assert (len(state.drift), state.drift_count) == (DRIFT_LINES, DRIFT_LINES + 50)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        (b"with space", "?? with space"),
        (b"new\nline", '?? "new\\nline"'),
        (b"not-\xff-utf8", '?? "not-\\377-utf8"'),
        ("größe".encode(), "?? größe"),
        (b'quote"and\\', '?? "quote\\"and\\\\"'),
        (b"-option", "?? -option"),
    ],
)
def test_any_file_name_stays_on_one_line_and_counts(repo: Repo, name: bytes, line: str) -> None:
    """A name with a newline or with bytes that are no text can neither break the log nor hide."""
    before = repo.digest()
    repo.write(name)
    tree = repo.read()
    assert tree.repos[0].drift == (line,)
    assert tree.digest != before
    assert "\\udc" not in ascii(tree.files)


def test_a_repo_without_commits_is_no_problem(tmp_path: Path) -> None:
    """Before the first commit there is a branch, drift and no commit."""
    repo = Repo(tmp_path / "app")
    repo.git("init", "--quiet")
    empty = repo.digest()
    repo.write("first.txt")
    state = repo.state()
    assert (state.commit, state.subject, state.branch, state.drift) == ("", "", "main", ("?? first.txt",))
    assert not state.problem
    assert repo.digest() != empty


def test_a_detached_head_has_a_commit_and_no_branch(repo: Repo) -> None:
    """A checkout of a commit, as CI makes it, is told as such."""
    repo.git("checkout", "--quiet", "--detach")
    state = repo.state()
    assert (state.branch, state.subject, state.clean) == ("", "first commit", True)


def test_a_linked_worktree_is_read_as_itself(repo: Repo, tmp_path: Path) -> None:
    """A linked worktree has a branch and drift of its own."""
    repo.git("worktree", "add", "--quiet", "-b", "side", str(tmp_path / "linked"))
    linked = Repo(tmp_path / "linked")
    linked.write("only-here.txt")
    assert (linked.state().branch, linked.state().drift) == ("side", ("?? only-here.txt",))
    assert repo.state().clean


def test_a_conflict_is_drift(repo: Repo) -> None:
    """A merge that stopped in the middle shows its conflict and counts with its markers."""
    repo.git("checkout", "--quiet", "-b", "side")
    repo.write("kept.txt", "theirs\n")
    repo.commit()
    repo.git("checkout", "--quiet", "main")
    repo.write("kept.txt", "ours\n")
    repo.commit()
    before = repo.digest()
    merged = subprocess.run(("git", "merge", "--quiet", "side"), cwd=repo.path, capture_output=True, check=False)
    assert merged.returncode == 1
    assert repo.state().drift == ("UU kept.txt",)
    conflicted = repo.digest()
    assert conflicted != before
    repo.write("kept.txt", "settled\n")
    assert repo.digest() not in {before, conflicted}


def test_a_partial_and_sparse_clone_is_clean(repo: Repo, tmp_path: Path) -> None:
    """Files that a sparse checkout leaves out are no deletions, and reading fetches nothing."""
    repo.write("in/a.txt")
    repo.write("out/b.txt")
    repo.commit()
    repo.git("config", "uploadpack.allowFilter", "true")
    address = f"file://{repo.path}"
    repo.git("clone", "--quiet", "--filter=blob:none", "--sparse", address, str(tmp_path / "clone"))
    clone = Repo(tmp_path / "clone")
    clone.git("sparse-checkout", "set", "in")
    assert not (clone.path / "out").exists()
    os.rename(repo.path, tmp_path / "gone")
    assert clone.state().clean
    before = clone.digest()
    clone.write("in/a.txt", "changed")
    assert clone.digest() != before


def test_a_folder_inside_a_repository_counts_alone(repo: Repo) -> None:
    """A project in a subfolder: its own changes count and are named from there, the neighbour's do not."""
    repo.write("backend/app.py")
    commit = repo.commit()
    before = repo.read(under="backend")
    assert before.repos[0].commit == commit
    repo.write("frontend/page.html")
    assert repo.read(under="backend") == before
    repo.write("backend/app.py", "changed")
    repo.write("backend/new.py")
    changed = repo.read(under="backend")
    assert changed.repos[0].drift == (" M app.py", "?? new.py")
    assert [path for _, path, _ in changed.files] == ["app.py", "new.py"]
    repo.git("stash", "--quiet", "--include-untracked")
    assert repo.read(under="backend").digest == before.digest
    repo.write("frontend/page.html")
    repo.commit("elsewhere")
    assert repo.read(under="backend").digest != before.digest


def test_two_repos_of_the_cycle_may_lie_in_one_repository(repo: Repo) -> None:
    """Both are read, and a change shows in each that holds it."""
    repo.write("backend/app.py")
    repo.commit()
    repos = (BoundRepo("plan", str(repo.path)), BoundRepo("backend", str(repo.path / "backend")))
    repo.write("backend/app.py", "changed")
    tree = read_tree(repos, ())
    assert [(name, path) for name, path, _ in tree.files] == [("plan", "backend/app.py"), ("backend", "app.py")]


def test_the_same_folder_under_two_names_has_both(repo: Repo, tmp_path: Path) -> None:
    """A repo that falls back to another's folder is told under its own name and path, also through a symlink."""
    (tmp_path / "link").symlink_to(repo.path)
    repo.write("new.txt")
    tree = read_tree((BoundRepo("a", str(repo.path)), BoundRepo("b", str(tmp_path / "link"))), ())
    assert [(state.name, state.path) for state in tree.repos] == [("a", str(repo.path)), ("b", str(tmp_path / "link"))]
    assert [(name, path) for name, path, _ in tree.files] == [("a", "new.txt"), ("b", "new.txt")]


def test_many_repos_are_all_read_in_their_order(new_repo: Callable[[str], Repo]) -> None:
    """More repos than there are readers: each comes once, in the order that was asked for."""
    repos = tuple(BoundRepo(f"r{number}", str(new_repo(f"r{number}").path)) for number in range(10))
    assert [state.name for state in read_tree(repos, ()).repos] == [repo.name for repo in repos]
