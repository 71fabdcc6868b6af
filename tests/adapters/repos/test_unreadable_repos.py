"""Repos that cannot be read as they should: each is told in words, and none can pass for what it is not."""

from __future__ import annotations

import os
import select
import signal
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from gatekeeper.adapters.repos.bounds import Bounds
from gatekeeper.adapters.repos.folder import read_folder
from gatekeeper.adapters.repos.reading import BoundRepo, read_tree
from gatekeeper.model.tree import Tree
from gatekeeper.policy.drift import changed_files
from tests.adapters.repos.conftest import Repo, wait_until_gone


def _read(path: Path, bounds: Bounds | None = None) -> Tree:
    return read_tree((BoundRepo("app", str(path)),), (), bounds)


def test_a_folder_without_git_counts_with_all_its_files(tmp_path: Path) -> None:
    """Without git there is a digest all the same, over content and mode, not over times."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src/app.py").write_text("one")
    (tmp_path / "link").symlink_to("/etc")
    first = _read(tmp_path)
    assert first.repos[0].problem == "not a git repository"
    assert not first.repos[0].clean
    assert [path for _, path, _ in first.files] == ["link", "src/app.py"]
    os.utime(tmp_path / "src/app.py", (1, 1))
    assert _read(tmp_path).digest == first.digest
    (tmp_path / "src/app.py").chmod(0o755)
    executable = _read(tmp_path)
    (tmp_path / "src/app.py").write_text("two")
    changed = _read(tmp_path)
    assert len({first.digest, executable.digest, changed.digest}) == 3
    assert changed_files(first, changed) == ("app: src/app.py",)


def test_what_gatekeeper_itself_keeps_in_a_folder_does_not_count(tmp_path: Path) -> None:
    """A run must not change the tree by being one."""
    (tmp_path / "app.py").write_text("one")
    before = _read(tmp_path)
    (tmp_path / ".gatekeeper/runs").mkdir(parents=True)
    (tmp_path / ".gatekeeper/runs/journal.jsonl").write_text("{}")
    assert _read(tmp_path).digest == before.digest


def test_beyond_the_bound_files_are_told_apart_by_size_and_time(tmp_path: Path) -> None:
    """A folder too large to read whole says so, and a change beyond the bound still makes a difference."""
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"x" * 100)
    files, problems = read_folder(os.fsencode(tmp_path), lambda _path: False, Bounds(10), limit=150)
    assert problems == ("too large to read whole: 1 files were told apart by size and time only",)
    (tmp_path / "b").write_bytes(b"y" * 101)
    again, _ = read_folder(os.fsencode(tmp_path), lambda _path: False, Bounds(10), limit=150)
    assert files[b"a"] == again[b"a"]
    assert files[b"b"] != again[b"b"]


def test_a_path_that_is_not_there_is_told_with_the_path(tmp_path: Path) -> None:
    """A wrong path in the definition can be found by reading the problem."""
    tree = _read(tmp_path / "nowhere")
    assert tree.repos[0].problem == f"{tmp_path}/nowhere does not exist"
    assert _read(tmp_path / "nowhere").digest == tree.digest
    (tmp_path / "nowhere").mkdir()
    assert _read(tmp_path / "nowhere").digest != tree.digest


def test_a_path_that_is_a_file_is_no_repo(tmp_path: Path) -> None:
    """A file where a repo should be is told apart from nothing at all."""
    (tmp_path / "file").write_text("")
    assert _read(tmp_path / "file").repos[0].problem == f"{tmp_path}/file is not a folder"


def test_without_git_on_the_machine_the_content_still_counts(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No git is told, and a change still makes another tree."""
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    before = repo.read()
    assert before.repos[0].problem.startswith("git is not installed (or not on PATH)")
    repo.write("kept.txt", "changed\n")
    assert repo.digest() != before.digest


def test_a_broken_repository_is_told_in_gits_own_words(repo: Repo) -> None:
    """What git complains about is what the person can search for."""
    (repo.path / ".git/index").write_bytes(b"garbage" * 10)
    before = repo.read()
    assert before.repos[0].problem.startswith("git cannot read it: ")
    assert "index" in before.repos[0].problem
    repo.write("kept.txt", "changed\n")
    assert repo.digest() != before.digest


def test_a_bare_repository_has_no_working_tree(tmp_path: Path) -> None:
    """A server-side repository is not what a cycle can run on, and is told as such."""
    bare = Repo(tmp_path / "bare.git")
    bare.git("init", "--quiet", "--bare")
    assert bare.state().problem == "a bare git repository, which has no working tree"


def test_a_folder_that_the_repository_around_it_ignores_is_read_as_it_is(repo: Repo) -> None:
    """A project below a home folder that is a repository ignoring everything must not look unchanged for ever."""
    repo.write(".gitignore", "projects/\n")
    repo.commit()
    repo.write("projects/app/main.py", "one")
    before = repo.read(under="projects/app")
    assert before.repos[0].problem == "not a git repository: the one around it ignores this folder"
    repo.write("projects/app/main.py", "two")
    assert repo.read(under="projects/app").digest != before.digest


def test_an_untracked_folder_of_a_repository_needs_no_repository_of_its_own(repo: Repo) -> None:
    """A project that nobody has committed yet is drift, and counts."""
    repo.write("new/app.py")
    tree = repo.read(under="new")
    assert (tree.repos[0].drift, tree.repos[0].problem) == (("?? app.py",), "")


def test_an_unreadable_file_is_named_and_a_change_of_it_counts(
    open_place: Path, read_as_ordinary_user: Callable[..., Tree]
) -> None:
    """A file without read permission is told; left alone it stays the same tree, rewritten it is another."""
    place = open_place / "app"
    make = "git init -q; echo a > secret; echo b > plain; chmod 000 secret"
    first = read_as_ordinary_user(place, make)
    assert first.repos[0].problem == "secret: Permission denied"
    assert first.repos[0].drift == ("?? plain", "?? secret")
    assert read_as_ordinary_user(place).digest == first.digest
    changed = read_as_ordinary_user(place, "chmod 600 secret; echo c > secret; chmod 000 secret")
    assert changed.digest != first.digest


def test_an_unreadable_folder_is_named(open_place: Path, read_as_ordinary_user: Callable[..., Tree]) -> None:
    """What git only mumbles about beside a success is told, for tracked and untracked folders alike."""
    place = open_place / "app"
    make = (
        "git init -q; mkdir tracked untracked; echo a > tracked/file; git add .; "
        "git -c user.name=n -c user.email=e commit -qm one; echo b > untracked/file"
    )
    before = read_as_ordinary_user(place, make)
    assert before.repos[0].problem == ""
    closed = read_as_ordinary_user(place, "chmod 000 tracked untracked")
    assert "tracked/file: Permission denied" in closed.repos[0].problem
    assert "untracked: Permission denied" in closed.repos[0].problem
    assert closed.digest != before.digest
    assert not closed.repos[0].clean


def test_a_repo_that_may_not_be_entered_is_told(open_place: Path, read_as_ordinary_user: Callable[..., Tree]) -> None:
    """A folder without any permission is a problem with its path."""
    place = open_place / "app"
    place.mkdir()
    place.chmod(0o000)
    assert read_as_ordinary_user(place).repos[0].problem == f"{place} cannot be read: Permission denied"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a repository that belongs to somebody else")
def test_another_users_repository_is_refused_with_what_to_do(
    repo: Repo, open_place: Path, read_as_ordinary_user: Callable[..., Tree]
) -> None:
    """git's ownership check is not got around: the problem says how to trust the folder, and the content counts."""
    os.rename(repo.path, open_place / "app")
    state = read_as_ordinary_user(open_place / "app").repos[0]
    assert state.problem == (
        "git refuses to read it, because it belongs to another user; "
        f"if you trust it: git config --global --add safe.directory {open_place}/app"
    )
    assert state.commit == ""


@pytest.mark.slow
def test_a_git_that_hangs_is_killed_with_its_helpers_and_the_tree_is_never_the_same(
    repo: Repo, hanging_filter: Callable[[Repo], int]
) -> None:
    """A reading has an end; what could not be read is another tree each time, because nobody can say otherwise."""
    ready = hanging_filter(repo)
    # On a busy machine git may not have come to its filter by then: it is given more.
    for within_s in (0.5, 3.0, 20.0):
        trees = [_read(repo.path, Bounds(within_s)) for _ in range(2)]
        if select.select([ready], [], [], 0)[0]:
            break
    helpers = os.read(ready, 100).split()
    assert [tree.repos[0].problem for tree in trees] == [f"it could not be read within {within_s:g} s"] * 2
    assert trees[0].digest != trees[1].digest
    assert changed_files(*trees) == (f"app: it could not be read within {within_s:g} s",)
    assert helpers
    for pid in helpers:
        wait_until_gone(int(pid))


def test_nothing_of_the_repository_is_run_that_reading_does_not_need(repo: Repo, tmp_path: Path) -> None:
    """A repository's own hooks, file system monitor and signature check are not called for a look at it."""
    called = tmp_path / "called"
    script = tmp_path / "script.sh"
    script.write_text(f"#!/bin/sh\ntouch {called}\n")
    script.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "post-index-change").symlink_to(script)
    repo.git("config", "core.fsmonitor", str(script))
    repo.git("config", "core.hooksPath", str(hooks))
    repo.git("config", "log.showSignature", "true")
    repo.git("config", "gpg.program", str(script))
    called.unlink(missing_ok=True)
    index = (repo.path / ".git/index").read_bytes()
    os.utime(repo.path / "kept.txt")
    assert repo.state().clean
    assert not called.exists()
    assert (repo.path / ".git/index").read_bytes() == index


def test_inside_a_hook_the_own_repos_are_read(
    repo: Repo, new_repo: Callable[[str], Repo], monkeypatch: pytest.MonkeyPatch
) -> None:
    """git tells a hook which repository and index it works on: that is another one than the cycle's."""
    other = new_repo("other")
    other.write("other.txt")
    expected = repo.read()
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.path))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.path / ".git/index"))
    monkeypatch.setenv("GIT_PREFIX", "somewhere/")
    monkeypatch.setenv("GIT_TRACE", "2")
    monkeypatch.setenv("LANGUAGE", "de")
    assert repo.read() == expected


def test_reading_works_with_signals_blocked(repo: Repo) -> None:
    """A thread with every signal blocked, as the journal's may be, reads like any other."""
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    try:
        assert repo.state().clean
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def test_a_socket_in_an_untracked_folder_is_no_problem(tmp_path: Path) -> None:
    """Sockets and pipes of a running service have no content, and nobody waits for them."""
    os.mkfifo(tmp_path / "pipe")
    tree = _read(tmp_path)
    assert tree.repos[0].problem == "not a git repository"
    assert tree.files == (("app", "pipe", f"{stat.S_IFIFO:06o} special 0"),)
