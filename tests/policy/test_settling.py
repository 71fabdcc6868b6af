"""What became of a repo's drift: each way it can go, and that nothing is called settled that still differs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.policy.settling import Commit, Settled, how_settled, matching

DOCS = ("docs/**",)


def commit(*files: str) -> Commit:
    return Commit("0123456789abcdef", "words", files)


SHOWN = "0123456789ab words"


@pytest.mark.parametrize(
    ("before", "after", "commits", "expected"),
    [
        ((), (), (), Settled("clean")),
        (("src/a",), ("src/a",), (), Settled("clean")),
        (("docs/a",), ("docs/a",), (), Settled("unsettled", (), ("docs/a",))),
        ((), ("docs/new",), (), Settled("unsettled", (), ("docs/new",))),
        (("docs/a", "docs/b"), ("docs/b",), (commit("docs/a"),), Settled("unsettled", (SHOWN,), ("docs/b",))),
        (("docs/a",), (), (commit("docs/a", "src/b"),), Settled("kept", (SHOWN,))),
        ((), (), (commit("docs/a"),), Settled("kept", (SHOWN,))),
        (("docs/a",), (), (), Settled("reverted", (), ("docs/a",))),
        (("docs/a",), (), (commit("src/b"),), Settled("reverted", (), ("docs/a",))),
        (("docs/a", "docs/b"), (), (commit("docs/a"),), Settled("kept", (SHOWN,), ("docs/b",))),
    ],
)
def test_each_way(
    before: tuple[str, ...], after: tuple[str, ...], commits: tuple[Commit, ...], expected: Settled
) -> None:
    assert how_settled(before, after, commits, DOCS) == expected


@pytest.mark.parametrize(
    ("globs", "expected"),
    [
        ((), ("docs/a.md", "docs/b/c.md", "x.md")),
        (("docs",), ("docs/a.md", "docs/b/c.md")),
        (("docs/",), ("docs/a.md", "docs/b/c.md")),
        (("docs/**",), ("docs/a.md", "docs/b/c.md")),
        (("*.md",), ("docs/a.md", "docs/b/c.md", "x.md")),
        (("x.md", "nothing"), ("x.md",)),
        (("*",), ("docs/a.md", "docs/b/c.md", "x.md")),
    ],
)
def test_globs_name_files_and_folders(globs: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert matching(("docs/a.md", "docs/b/c.md", "x.md"), globs) == expected


_PATHS = st.lists(st.sampled_from(["docs/a", "docs/b", "docs/c", "src/a"]), unique=True).map(tuple)


@given(_PATHS, _PATHS, st.lists(_PATHS.map(lambda files: commit(*files)), max_size=3))
def test_what_still_differs_is_never_settled(
    before: tuple[str, ...], after: tuple[str, ...], commits: list[Commit]
) -> None:
    """And what is said to be kept is in a commit, what is said to be reverted in none."""
    found = how_settled(before, after, commits, DOCS)
    left = matching(after, DOCS)
    assert (found.how == "unsettled") == bool(left)
    committed = {file for one in commits for file in one.files}
    match found.how:
        case "unsettled":
            assert found.files == left
        case "kept":
            assert found.commits
            assert not committed & set(found.files)
        case "reverted":
            assert set(matching(before, DOCS)) == set(found.files)
            assert not committed & set(found.files)
        case "clean":
            assert not matching(before, DOCS)
