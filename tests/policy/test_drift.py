"""Two readings of the working trees told apart."""

from __future__ import annotations

import pytest

from gatekeeper.model.tree import RepoState, Tree
from gatekeeper.policy.drift import certain_digest, changed_files, outside
from gatekeeper.policy.standing import UNKNOWN_TREE

OLD, NEW = "a" * 40, "b" * 40


def tree(digest: str, commit: str = OLD, **files: str) -> Tree:
    read = tuple(("backend", path, text) for path, text in files.items())
    return Tree(f"sha256:{digest}", (RepoState("backend", "/b", commit),), read)


def test_changed_added_and_gone() -> None:
    before = tree("1", same="x", edited="x", gone="x")
    after = tree("2", same="x", edited="y", added="z")
    assert changed_files(before, after) == ("backend: added", "backend: edited", "backend: gone")


def test_equal_trees_differ_in_nothing() -> None:
    assert changed_files(tree("1", a="x"), tree("1", a="x")) == ()


def test_a_new_commit_is_named() -> None:
    (line,) = changed_files(tree("1", OLD, work="x"), tree("2", NEW))
    assert line.startswith("backend: commit aaaaaaa")
    assert "-> bbbbbbb" in line


@pytest.mark.parametrize("digest", ["", "unknown", "sha1:abc"])
def test_a_tree_that_could_not_be_read_has_no_certain_digest(digest: str) -> None:
    assert certain_digest(Tree(digest, ())) == UNKNOWN_TREE
    assert certain_digest(Tree("sha256:abc", ())) == "sha256:abc"


def test_what_no_pattern_allows() -> None:
    files = ("backend: src/a.py", "backend: docs/b.md", "plan: notes: of today.md")
    assert outside(files, ()) == files
    assert outside(files, ("src/*",)) == files[1:]
    assert outside(files, ("*.md", "*.py")) == ()
    assert outside(files, ("notes: *",)) == files[:2]
