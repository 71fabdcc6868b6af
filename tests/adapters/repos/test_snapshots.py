"""What working trees hold is kept as commits on no branch, and nothing of the person's git notices."""

from __future__ import annotations

import os
from pathlib import Path

import anyio
import pytest

from gatekeeper.adapters.repos.bounds import Bounds
from gatekeeper.adapters.repos.kept_trees import files_between
from gatekeeper.adapters.repos.reading import BoundRepo
from gatekeeper.adapters.repos.scratch import Scratch
from gatekeeper.adapters.repos.snapshot import LARGEST, GitSnapshots
from tests.adapters.repos.conftest import Repo
from tests.adapters.repos.keeping import kept, take, untouched


def test_everything_that_is_there_is_kept_and_nothing_of_the_persons_changes(repo: Repo) -> None:
    """Edited, staged, untracked, removed, a link, a program; not what is ignored, not what the run writes."""
    repo.write("gone.txt")
    repo.write(".gitignore", "*.log\n")
    repo.write("notes.md", "old\n")
    head = repo.commit()
    repo.write("kept.txt", "edited\n")
    repo.write("staged.txt", "staged\n")
    repo.git("add", "staged.txt")
    repo.write("staged.txt", "and edited again\n")
    repo.write(".git/hooks/post-index-change", f"#!/bin/sh\ntouch {repo.path}/hook-ran\n").chmod(0o755)
    repo.write("new folder/new.txt", "new\n")
    repo.write("run.sh", "#!/bin/sh\n").chmod(0o755)
    repo.write("noise.log")
    repo.write("notes.md", "what the run itself writes\n")
    (repo.path / "link").symlink_to("kept.txt")
    (repo.path / "gone.txt").unlink()
    before = untouched(repo)

    snapshot = take(repo, leave_out=(str(repo.path / "notes.md"),))

    assert snapshot.problem == ""
    [(name, commit)] = snapshot.commits
    assert name == "app"
    assert kept(repo, commit) == {
        ".gitignore": "*.log",
        "kept.txt": "edited",
        "link": "kept.txt",
        "new folder/new.txt": "new",
        "notes.md": "old",
        "run.sh": "#!/bin/sh",
        "staged.txt": "and edited again",
    }
    assert repo.git("ls-tree", commit, "run.sh").startswith("100755")
    assert repo.git("rev-parse", f"{commit}^") == head
    assert repo.git("branch", "--contains", commit) == ""
    assert untouched(repo) == before
    assert not (repo.path / "hook-ran").exists()
    assert take(repo, leave_out=(str(repo.path / "notes.md"),)) == snapshot, "the same content is the same commit"


def test_a_file_that_git_was_told_not_to_look_at_is_kept_as_it_is(repo: Repo) -> None:
    repo.git("update-index", "--assume-unchanged", "kept.txt")
    repo.write("kept.txt", "edited\n")
    assert kept(repo, take(repo).commits[0][1])["kept.txt"] == "edited"


def test_it_works_for_somebody_that_git_does_not_know(repo: Repo, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No name, no mail address, no settings: commits of gatekeeper's are gatekeeper's."""
    (home / ".gitconfig").write_text("[user]\n useConfigOnly = true\n[commit]\n gpgSign = true\n")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "somebody of a surrounding hook")
    snapshot = take(repo)
    assert repo.git("log", "-1", "--format=%an <%ae>", snapshot.commits[0][1]) == "gatekeeper <gatekeeper@localhost>"


def test_before_the_first_commit_there_is_no_parent(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "young")
    repo.git("init", "--quiet")
    empty = take(repo).commits[0][1]
    assert kept(repo, empty) == {}
    repo.write("first.txt", "first\n")
    [(_, commit)] = take(repo).commits
    assert kept(repo, commit) == {"first.txt": "first"}
    assert repo.git("rev-list", "--count", commit) == "1"


def test_linked_worktrees_folders_and_other_hashes(repo: Repo, tmp_path: Path) -> None:
    """A worktree has an index of its own, a folder belongs to its repository, and ids may be longer."""
    repo.write("deep/down/file.txt", "deep\n")
    repo.commit()
    repo.git("worktree", "add", "--quiet", "-b", "beside", str(tmp_path / "beside"))
    beside = Repo(tmp_path / "beside")
    beside.write("only-here.txt", "here\n")
    assert "only-here.txt" in kept(beside, take(beside).commits[0][1])
    repo.write("deep/down/file.txt", "deeper\n")
    repo.write("top.txt", "beside the folder\n")
    inside = kept(repo, take(repo, under="deep/down").commits[0][1])
    assert (inside["deep/down/file.txt"], inside["top.txt"]) == ("deeper", "beside the folder")
    long = Repo(tmp_path / "long")
    long.git("init", "--quiet", "--object-format=sha256")
    long.write("file.txt", "content\n")
    [(_, commit)] = take(long).commits
    assert len(commit) == 64
    assert kept(long, commit) == {"file.txt": "content"}


def test_what_cannot_be_kept_is_said(repo: Repo, tmp_path: Path) -> None:
    """A folder in no repository, one that is not there, and what differs inside of a repository of its own."""
    plain = Repo(tmp_path / "plain")
    gone = Repo(tmp_path / "gone")
    gone.path.rmdir()
    inner = Repo(repo.path / "vendor")
    inner.begin()
    inner.write("lib.txt", "lib\n")
    at = inner.commit()
    inner.write("lib.txt", "edited\n")
    os.mkfifo(repo.path / "pipe")

    snapshot = take(repo, plain, gone)

    [(name, commit)] = snapshot.commits
    assert name == "app"
    assert repo.git("ls-tree", commit, "vendor").split()[2] == at
    assert "app: not held: vendor: what differs from its commit in a repository of its own" in snapshot.problem
    assert f"plain: {plain.path} is in no git working tree, so that what it holds cannot be kept" in snapshot.problem
    assert f"gone: {gone.path} is not a folder" in snapshot.problem


def test_a_huge_file_is_not_copied_into_the_repository(repo: Repo) -> None:
    """It is said that it is not held, and all the rest is."""
    with (repo.path / "dump.bin").open("wb") as dump:
        dump.truncate(LARGEST + 1)
    repo.write("new.txt", "new\n")
    snapshot = take(repo)
    assert "dump.bin" not in kept(repo, snapshot.commits[0][1])
    assert kept(repo, snapshot.commits[0][1])["new.txt"] == "new"
    assert snapshot.problem == "app: not held: dump.bin: it is larger than 64 MiB"


@pytest.mark.slow
def test_a_scratch_worktree_of_a_snapshot_holds_what_was_there(repo: Repo, tmp_path: Path) -> None:
    """So that a step can be run on the tree of before."""
    repo.write("new.txt", "new\n")
    [(_, commit)] = take(repo).commits
    repo.write("new.txt", "fixed\n")
    scratch = Scratch(str(repo.path), commit, str(tmp_path / "into"))
    try:
        scratch.open()
        assert Path(scratch.path, "new.txt").read_text() == "new\n"
    finally:
        scratch.close()


def test_what_changed_between_two_snapshots_is_told_by_file(repo: Repo) -> None:
    """With git's letter and lines, also binary files, names with odd characters, and what lies beside the folder."""
    repo.write("src/a.py", "one\ntwo\n")
    repo.write("src/old.py", "old\n")
    repo.commit()
    before = take(repo, under="src").commits
    repo.write("src/a.py", "one\n2\nthree\n")
    (repo.path / "src" / "old.py").unlink()
    (repo.path / "src" / "b.bin").write_bytes(b"\0\1")
    repo.write('src/a "quoted" name.py', "x\n")
    repo.write("beside.txt", "x\n")
    after = take(repo, under="src").commits

    changes, unknown = files_between((BoundRepo("app", str(repo.path / "src")),), before, after, Bounds(30))

    assert unknown == ()
    assert [(change.name, change.status, change.added, change.removed) for change in changes] == [
        ("app: ../beside.txt", "A", 1, 0),
        ('app: "a \\"quoted\\" name.py"', "A", 1, 0),
        ("app: a.py", "M", 2, 1),
        ("app: b.bin", "A", None, None),
        ("app: old.py", "D", 0, 1),
    ]


def test_a_file_of_two_repos_is_told_of_once(repo: Repo) -> None:
    """A repo of the cycle may lie in another one: the innermost has the file."""
    repo.write("inner/a.py", "1\n")
    repo.commit()
    repos = (BoundRepo("outer", str(repo.path)), BoundRepo("inner", str(repo.path / "inner")))
    before = anyio.run(GitSnapshots(repos, leave_out=()).take).commits
    repo.write("inner/a.py", "2\n")
    repo.write("b.py", "2\n")
    after = anyio.run(GitSnapshots(repos, leave_out=()).take).commits
    changes, _ = files_between(repos, before, after, Bounds(30))
    assert [change.name for change in changes] == ["outer: b.py", "inner: a.py"]
