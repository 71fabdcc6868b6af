"""Which lines differ from a base, in real repositories, whatever these are configured to show."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gatekeeper.adapters.repos.changed_lines import changed_lines
from gatekeeper.model.changed import ChangedLines
from tests.adapters.repos.conftest import Repo

TEN = "".join(f"line {number}\n" for number in range(1, 11))


def lines(repo: Repo, under: str = "") -> dict[str, object]:
    return dict(changed(repo, under=under).lines)


@pytest.fixture
def branch(tmp_path: Path) -> Repo:
    """A branch `work` that has just left `main`, where some files are."""
    repo = Repo(tmp_path / "r")
    repo.git("init", "--quiet", "--initial-branch=main")
    for name in ("a.py", "moved.py", "gone.py", "sub/b.py", "data.bin"):
        repo.write(name, TEN)
    repo.commit("first")
    repo.git("checkout", "--quiet", "-b", "work")
    return repo


def changed(repo: Repo, base: str = "main", under: str = "") -> ChangedLines:
    found = changed_lines(str(repo.path / under), base)
    assert found.problem == ""
    assert found.root == os.path.realpath(repo.path)
    return found


def test_committed_staged_and_unstaged_lines_count(branch: Repo) -> None:
    """What the working tree is now, beside where the branch left its base; also seen from a subfolder."""
    branch.write("a.py", TEN.replace("line 2\n", "two\n"))
    branch.commit()
    branch.write("a.py", TEN.replace("line 2\n", "two\n").replace("line 5\n", "") + "more\nand more")
    branch.write("sub/b.py", "++ b/a.py\n" + TEN)
    branch.git("add", "sub/b.py")
    assert lines(branch, under="sub") == {"a.py": {2, 10, 11}, "sub/b.py": {1}}


def test_an_untracked_file_counts_whole_and_an_ignored_one_not(branch: Repo) -> None:
    """Nobody compared it with anything yet."""
    branch.write(".git/info/exclude", "*.log\n")
    branch.write("new.py", TEN)
    branch.write("noise.log", TEN)
    found = changed(branch)
    assert found.lines == {"new.py": None}
    assert set(found.files) == {"a.py", "moved.py", "gone.py", "sub/b.py", "data.bin", "new.py"}


def test_moved_files_count_for_what_changed_in_them_and_gone_ones_not(branch: Repo) -> None:
    """A rename is not a change of every line."""
    branch.git("mv", "moved.py", "sub/here.py")
    branch.write("sub/here.py", TEN.replace("line 9\n", "nine\n"))
    (branch.path / "gone.py").unlink()
    assert lines(branch) == {"sub/here.py": {9}}


def test_what_came_to_the_base_since_is_not_ours(branch: Repo) -> None:
    """The lines that others changed there have not changed here."""
    branch.git("checkout", "--quiet", "main")
    branch.write("a.py", "theirs\n")
    branch.commit()
    branch.git("checkout", "--quiet", "work")
    branch.write("sub/b.py", "ours\n")
    assert lines(branch) == {"sub/b.py": {1}}


def test_names_with_odd_characters_are_read(branch: Repo) -> None:
    """git writes these in quotes."""
    names = ('quote".py', "tab\t.py", "line\n.py", "back\\slash.py", "größe.py", "b/ and b.py")
    for name in names:
        branch.write(name, f"{name}\n")
        branch.git("add", "--", name)
    branch.git("mv", "a.py", "a b.py")
    branch.write("a b.py", TEN + "more\n")
    assert lines(branch) == {**{name: {1, 2} if "\n" in name else {1} for name in names}, "a b.py": {11}}


def test_a_repositorys_own_settings_change_nothing(branch: Repo) -> None:
    """Prefixes, context, colours, external programs and text conversions are for people."""
    for key, value in {
        "diff.noprefix": "true",
        "diff.mnemonicPrefix": "true",
        "diff.context": "10",
        "diff.interHunkContext": "10",
        "color.diff": "always",
        "diff.external": "false",
        "diff.relative": "true",
        "diff.py.textconv": "false",
        "diff.renames": "false",
        "core.quotePath": "true",
    }.items():
        branch.git("config", key, value)
    branch.write(".gitattributes", "*.py diff=py\n")
    branch.write("a.py", TEN.replace("line 2\n", "two\n").replace("line 4\n", "four\n"))
    assert lines(branch, under="sub") == {"a.py": {2, 4}, ".gitattributes": None}


def test_a_file_that_is_called_binary_counts_whole(branch: Repo) -> None:
    """An attribute must not be able to hide lines."""
    branch.write(".git/info/attributes", "*.py -diff\n")
    branch.write("a.py", TEN.replace("line 2\n", "two\n"))
    branch.git("mv", "moved.py", "and moved.py")
    branch.write("and moved.py", TEN + "more\n")
    assert lines(branch) == {"a.py": None, "and moved.py": None}


def test_what_cannot_be_told_is_a_problem(branch: Repo, tmp_path: Path) -> None:
    """Never an empty list of changes."""
    (tmp_path / "bare").mkdir()
    branch.git("checkout", "--quiet", "--orphan", "other")
    branch.commit("unrelated")
    for folder, base, why in (
        (branch.path, "nowhere", "is no commit here"),
        (branch.path, "--all", "is no commit here"),
        (branch.path, "", "no upstream"),
        (branch.path, "main", "no common history"),
        (tmp_path / "bare", "main", "in no git repository"),
        (tmp_path / "missing", "main", "no such folder"),
    ):
        found = changed_lines(str(folder), base)
        assert why in found.problem
        assert not found.lines


def test_a_git_that_takes_too_long_is_a_problem(branch: Repo) -> None:
    """It is ended, and nothing is said of the lines."""
    assert changed_lines(str(branch.path), "main", within_s=0.0).problem == "it could not be read within 0 s"
