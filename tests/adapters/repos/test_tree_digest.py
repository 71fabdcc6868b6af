"""The digest: two contents never share one, and one content has one, whatever else is different."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.adapters.repos.conftest import Repo


def test_the_digest_is_the_same_whatever_the_times_say(repo: Repo) -> None:
    """Touching files makes no other tree."""
    repo.write("kept.txt", "changed\n")
    repo.write("new.txt")
    before = repo.read()
    for name in ("kept.txt", "new.txt"):
        os.utime(repo.path / name, (1, 1))
    assert repo.read() == before


def test_a_change_counts_the_same_staged_or_not(repo: Repo) -> None:
    """`git add` is bookkeeping: steps run on the working tree, which it does not touch."""
    repo.write("kept.txt", "changed\n")
    repo.write("new.txt")
    unstaged = repo.digest()
    repo.git("add", "new.txt")
    assert repo.digest() == unstaged
    repo.git("add", "--all")
    assert repo.digest() == unstaged
    repo.git("reset", "--quiet")
    repo.git("add", "--intent-to-add", "new.txt")
    assert repo.digest() == unstaged


def test_an_untracked_file_counts_before_and_after_its_folder_is_staged(repo: Repo) -> None:
    """Untracked folders are looked into: a second file in one makes another tree."""
    repo.write("folder/one.txt")
    one = repo.digest()
    repo.write("folder/deeper/two.txt")
    two = repo.digest()
    repo.write("folder/deeper/two.txt", "other\n")
    assert len({one, two, repo.digest()}) == 3


def test_staged_and_taken_back_is_the_same_as_never_changed(repo: Repo) -> None:
    """What is staged but not there is not what steps run on: the content is the commit's again."""
    clean = repo.digest()
    repo.write("kept.txt", "changed\n")
    repo.git("add", "kept.txt")
    repo.write("kept.txt", "kept\n")
    repo.write("added.txt")
    repo.git("add", "added.txt")
    (repo.path / "added.txt").unlink()
    assert repo.state().drift == ("AD added.txt", "MM kept.txt")
    assert repo.digest() == clean
    repo.git("reset", "--quiet")
    repo.git("rm", "--cached", "--quiet", "kept.txt")
    assert repo.state().drift == ("D  kept.txt", "?? kept.txt")
    assert repo.digest() == clean


def test_each_kind_of_change_makes_another_tree(repo: Repo) -> None:
    """Content, mode, type, target, name and absence are all told apart."""
    repo.write("script.sh", "echo\n")
    (repo.path / "link").symlink_to("kept.txt")
    repo.commit()
    seen = {repo.digest()}

    def is_new() -> bool:
        digest = repo.digest()
        new = digest not in seen
        seen.add(digest)
        return new

    (repo.path / "script.sh").chmod(0o755)
    assert is_new()
    (repo.path / "link").unlink()
    (repo.path / "link").symlink_to("script.sh")
    assert is_new()
    (repo.path / "link").unlink()
    assert is_new()
    repo.write("link", "script.sh")
    assert is_new()
    (repo.path / "kept.txt").rename(repo.path / "renamed.txt")
    assert is_new()
    (repo.path / "renamed.txt").chmod(0o755)
    assert is_new()
    (repo.path / "renamed.txt").unlink()
    assert is_new()
    (repo.path / "renamed.txt").symlink_to("/etc/hostname")
    assert is_new()
    repo.commit("empty or not, a commit is another tree")
    assert is_new()


def test_a_file_whose_size_and_mtime_were_put_back_still_counts(repo: Repo) -> None:
    """A change cannot hide behind the times that git's cache goes by, nor behind settings that trust them."""
    path = repo.path / "kept.txt"
    os.utime(path, (1_000_000_000, 1_000_000_000))
    repo.git("update-index", "--refresh")
    repo.git("config", "core.trustctime", "false")
    repo.git("config", "core.checkStat", "minimal")
    before = repo.digest()
    checked_out = int(path.stat().st_ctime)
    path.write_text("KEPT\n")
    while int(path.stat().st_ctime) == checked_out:  # git's cache keeps whole seconds
        path.write_text("KEPT\n")
    os.utime(path, (1_000_000_000, 1_000_000_000))
    assert repo.digest() != before


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_a_change_that_git_was_told_not_to_see_counts(repo: Repo, flag: str) -> None:
    """A file under a flag that silences `git status` is compared nevertheless, and named as drift."""
    clean = repo.digest()
    repo.git("update-index", flag, "kept.txt")
    assert repo.digest() == clean
    repo.write("kept.txt", "hidden change\n")
    assert repo.git("status", "--porcelain") == ""
    changed = repo.read()
    assert changed.digest != clean
    assert changed.repos[0].drift == (f" M kept.txt (git does not look: {flag[2:]})",)
    repo.git("update-index", f"--no{flag[1:]}", "kept.txt")
    assert repo.digest() == changed.digest


def test_ignored_files_never_count(repo: Repo) -> None:
    """What `.gitignore` names may come and go."""
    repo.write(".gitignore", "*.log\nbuild/\n")
    repo.commit()
    before = repo.read()
    repo.write("run.log")
    repo.write("build/out.bin")
    assert repo.read() == before


def test_what_the_cycle_writes_is_left_out_of_the_digest(repo: Repo) -> None:
    """The execution log, reports and artifacts change nothing, tracked or not; drift still tells of them."""
    repo.write("logs/log.md")
    repo.commit()
    leave_out = (
        str(repo.path / "logs/log.md"),
        str(repo.path / "reports/*.xml"),
        str(repo.path / "dist/"),
        str(repo.path / "**/*.tmp"),
    )
    before = repo.read(*leave_out)
    repo.write("logs/log.md", "a new round\n")
    repo.write("reports/junit.xml")
    repo.write("dist/deep/bundle.js")
    repo.write("a/b/c.tmp")
    repo.write("top.tmp")
    after = repo.read(*leave_out)
    assert (after.digest, after.files) == (before.digest, ())
    assert after.repos[0].drift_count == 5
    repo.write("reports/notes.txt")
    assert repo.read(*leave_out).digest != before.digest


def test_a_project_folder_that_looks_like_a_glob_is_none(new_repo: Callable[[str], Repo]) -> None:
    """Only the part of a pattern that does not exist as it is written can be a glob."""
    repo = new_repo("[ab]*")
    repo.write("reports/a.xml")
    repo.write("other/a.xml")
    assert [path for _, path, _ in repo.read(str(repo.path / "reports/*.xml")).files] == ["other/a.xml"]


def test_left_out_through_a_symlinked_folder(repo: Repo, tmp_path: Path) -> None:
    """The log is left out by whatever path its folder was named."""
    (tmp_path / "link").symlink_to(repo.path)
    repo.write("log.md")
    assert repo.read(str(tmp_path / "link/log.md")).files == ()


def test_a_submodule_counts_with_its_commit_and_its_content(repo: Repo, new_repo: Callable[[str], Repo]) -> None:
    """A moved submodule, a changed file in it and another change of that file are three trees."""
    library = new_repo("library")
    repo.git("submodule", "--quiet", "add", str(library.path), "lib")
    repo.git("config", "submodule.lib.ignore", "all")
    repo.commit()
    assert repo.state().clean
    inner = Repo(repo.path / "lib")
    seen = {repo.digest()}
    inner.write("kept.txt", "one\n")
    seen.add(repo.digest())
    inner.write("kept.txt", "two\n")
    tree = repo.read()
    seen.add(tree.digest)
    assert [path for _, path, _ in tree.files] == ["lib", "lib/kept.txt"]
    inner.write("untracked.txt")
    seen.add(repo.digest())
    inner.commit("moved")
    seen.add(repo.digest())
    assert len(seen) == 5
    inner.git("reset", "--quiet", "--hard", "HEAD~")
    assert repo.digest() in seen


def test_a_repository_inside_the_repo_counts_with_its_content(repo: Repo) -> None:
    """git names an embedded repository and looks no further; a change in it is a change all the same."""
    inner = Repo(repo.path / "vendored")
    inner.git("init", "--quiet")
    inner.write("code.py")
    one = repo.digest()
    inner.write("code.py", "other\n")
    two = repo.digest()
    inner.commit()
    three = repo.digest()
    assert len({one, two, three}) == 3
    inner.commit("another")
    assert repo.digest() != three


def test_names_and_content_cannot_run_into_one_another(repo: Repo) -> None:
    """One file whose name looks like two does not have the digest of two."""
    repo.write("a")
    repo.write("b")
    two = repo.read()
    (repo.path / "b").unlink()
    line = two.files[0][2]
    (repo.path / "a").rename(repo.path / f"a\n{line}\nb")
    assert repo.digest() != two.digest


def test_two_clones_of_the_same_content_have_the_same_digest(repo: Repo, tmp_path: Path) -> None:
    """The tree is what is in it, not where it lies."""
    repo.git("clone", "--quiet", str(repo.path), str(tmp_path / "clone"))
    clone = Repo(tmp_path / "clone")
    for each in (repo, clone):
        each.write("new.txt")
    assert clone.digest() == repo.digest()


def test_a_pipe_or_a_device_in_the_tree_is_not_opened(repo: Repo) -> None:
    """A tracked file that became a named pipe is another tree, and reading it does not hang."""
    before = repo.digest()
    (repo.path / "kept.txt").unlink()
    os.mkfifo(repo.path / "kept.txt")
    assert repo.digest() != before


def test_a_tracked_folder_that_became_a_symlink_is_not_followed(repo: Repo, tmp_path: Path) -> None:
    """What lies behind the symlink is not of the tree."""
    repo.write("folder/file.txt")
    repo.commit()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "file.txt").write_text("text\n")
    (repo.path / "folder").rename(tmp_path / "away")
    (repo.path / "folder").symlink_to(elsewhere)
    before = repo.read()
    assert [path for _, path, _ in before.files] == ["folder", "folder/file.txt"]
    (elsewhere / "file.txt").write_text("other\n")
    assert repo.digest() == before.digest
