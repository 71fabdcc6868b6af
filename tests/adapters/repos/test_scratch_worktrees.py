"""Scratch worktrees: a commit in a folder of its own, and nothing of it afterwards."""

from __future__ import annotations

import os
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from gatekeeper.adapters.repos.at_ref import CannotRead
from gatekeeper.adapters.repos.scratch import Scratch, scratch_worktree, tidy
from tests.adapters.repos.conftest import Repo
from tests.support.projects import until


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    repo = Repo(tmp_path / "repo")
    repo.begin()
    repo.write("app/code.py", "old\n")
    repo.commit("old")
    repo.write("app/code.py", "new\n")
    repo.write("late/only.py", "late\n")
    repo.commit("new")
    return repo


def untouched(repo: Repo) -> tuple[object, ...]:
    git = repo.path / ".git"
    index = (git / "index").stat()
    return (
        repo.git("for-each-ref"),
        repo.git("--no-optional-locks", "status", "--porcelain", "--ignored"),
        repo.git("worktree", "list"),
        repo.git("stash", "list"),
        (index.st_mtime_ns, index.st_size),
        (git / "HEAD").read_text(),
    )


def test_an_old_commit_is_there_for_a_while_and_nothing_else_changes(repo: Repo, tmp_path: Path) -> None:
    """Neither index nor branches, nor what the person has not committed yet; and no hook of theirs runs."""
    hook = repo.write(".git/hooks/post-checkout", f"#!/bin/sh\ntouch {tmp_path}/hook-ran\n")
    hook.chmod(0o755)
    repo.write("app/code.py", "in work\n")
    before = untouched(repo)

    async def use() -> None:
        async with scratch_worktree(str(repo.path), "HEAD~1", str(tmp_path / "into")) as scratch:
            there = Path(scratch.path)
            assert (there / "app/code.py").read_text() == "old\n"
            assert scratch.commit == repo.git("rev-parse", "HEAD~1")
            # What is written there, also where nobody may write, goes with it.
            (there / "sealed").mkdir()
            (there / "sealed" / "file").write_text("x")
            (there / "sealed").chmod(0o500)

    anyio.run(use)
    assert untouched(repo) == before
    assert sorted(os.listdir(tmp_path / "into")) == [".gitignore"]
    assert not (tmp_path / "hook-ran").exists()


def test_a_folder_inside_a_repository_stands_for_itself(repo: Repo, tmp_path: Path) -> None:
    scratch = Scratch(str(repo.path / "app"), "HEAD~1", str(tmp_path / "into"))
    try:
        scratch.open()
        assert scratch.path == os.path.join(scratch.top, "app")
        assert Path(scratch.path, "code.py").read_text() == "old\n"
    finally:
        scratch.close()
    assert not os.path.exists(scratch.top)


def test_what_is_not_to_be_had_leaves_nothing(repo: Repo, tmp_path: Path) -> None:
    """An unknown ref, a folder that the commit does not have, a folder outside of git."""
    into = tmp_path / "into"
    before = untouched(repo)
    for folder, commit, words in (
        (repo.path, "origin/main", "not known"),
        (repo.path / "late", "HEAD~1", "has no folder late"),
        (tmp_path, "HEAD", "in no git repository"),
    ):
        scratch = Scratch(str(folder), commit, str(into))
        with pytest.raises(CannotRead, match=words):
            scratch.open()
        scratch.close()
    assert untouched(repo) == before
    assert os.listdir(into) == [".gitignore"]


def test_an_error_or_a_cancellation_in_the_block_leaves_nothing(repo: Repo, tmp_path: Path) -> None:
    into = str(tmp_path / "into")
    before = untouched(repo)

    async def fail() -> None:
        async with scratch_worktree(str(repo.path), "HEAD", into):
            raise RuntimeError("a step went wrong")

    async def cancelled() -> None:
        async with anyio.create_task_group() as tasks:

            async def use() -> None:
                async with scratch_worktree(str(repo.path), "HEAD", into):
                    tasks.cancel_scope.cancel()
                    await anyio.sleep_forever()

            tasks.start_soon(use)

    with pytest.raises(RuntimeError):
        anyio.run(fail)
    anyio.run(cancelled)
    assert untouched(repo) == before
    assert os.listdir(into) == [".gitignore"]


def test_what_a_killed_process_left_is_tidied_up_and_a_living_ones_is_not(repo: Repo, tmp_path: Path) -> None:
    into = str(tmp_path / "into")
    before = untouched(repo)
    living = Scratch(str(repo.path), "HEAD", into)
    living.open()
    child = os.fork()
    if not child:
        # It dies like a killed one: with its worktree open.
        Scratch(str(repo.path), "HEAD~1", into).open()
        os._exit(0)
    os.waitpid(child, 0)
    assert len(repo.git("worktree", "list").splitlines()) == 3
    (gone,) = tidy(into)
    assert os.path.basename(gone).startswith(f"{child}-")
    assert Path(living.path, "app/code.py").read_text() == "new\n"
    living.close()
    assert untouched(repo) == before
    assert tidy(into) == ()


def test_a_checkout_that_takes_too_long_can_be_given_up(repo: Repo, tmp_path: Path) -> None:
    """Nothing of git, of its filters or of the worktree is left."""
    repo.git("config", "filter.slow.smudge", f"touch {tmp_path}/there; sleep 60; cat")
    repo.write(".gitattributes", "*.py filter=slow\n")
    repo.commit()
    before = untouched(repo)

    async def there() -> None:
        await anyio.to_thread.run_sync(until, (tmp_path / "there").exists, "the filter runs")

    async def use() -> None:
        async with scratch_worktree(str(repo.path), "HEAD", str(tmp_path / "into"), there):
            raise AssertionError("it was checked out")

    with pytest.raises(CannotRead, match="could not be checked out"):
        anyio.run(use)
    assert untouched(repo) == before
    assert os.listdir(tmp_path / "into") == [".gitignore"]
