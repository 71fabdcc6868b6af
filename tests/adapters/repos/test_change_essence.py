"""The telling lines of a change are read from a real repository: dirty or committed, before and after."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.adapters.repos.reading import read_tree
from tests.adapters.repos.watched_repo import Watching, commit, judged, write


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return judged(tmp_path / "pro ject")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


pytestmark = pytest.mark.anyio


async def essence(watching: Watching) -> dict[str, str]:
    first = await watching.begin()
    write(watching.root, "src/a.py", "x = 3\n")
    return {each.file: each.diff or each.why_not for each in await watching.guarding.essence(first, watching.tree())}


async def test_a_file_that_was_as_committed(root: Path) -> None:
    assert await essence(Watching(root)) == {"project: src/a.py": "@@ -1 +1 @@\n-x = 1\n+x = 3"}


async def test_a_file_that_was_different_before(root: Path) -> None:
    write(root, "src/a.py", "x = 2\n")
    assert await essence(Watching(root)) == {"project: src/a.py": "@@ -1 +1 @@\n-x = 2\n+x = 3"}


async def test_a_fix_that_is_committed_and_what_is_new_gone_or_binary(root: Path) -> None:
    watching = Watching(root)
    write(root, "src/gone.py", "y = 1\n")
    (root / "logo.png").write_bytes(b"\x89PNG\xff")
    commit(root)
    first = await watching.begin()
    write(root, "src/a.py", "x = 4\n")
    write(root, "src/new.py", "z = 1\n")
    (root / "src/gone.py").unlink()
    (root / "logo.png").write_bytes(b"\x89PNG\xfe")
    commit(root)
    shown = await watching.guarding.essence(first, watching.tree())
    assert {each.file.removeprefix("project: "): each.diff or each.why_not for each in shown} == {
        "src/a.py": "@@ -1 +1 @@\n-x = 1\n+x = 4",
        "src/new.py": "@@ -0,0 +1 @@\n+z = 1",
        "src/gone.py": "@@ -1 +0,0 @@\n-y = 1",
        "logo.png": "it is no UTF-8 text",
    }


async def test_to_commit_what_was_there_shows_nothing(root: Path) -> None:
    write(root, "src/a.py", "x = 3\n")
    watching = Watching(root)
    first = await watching.begin()
    commit(root)
    assert await watching.guarding.essence(first, watching.tree()) == ()


async def test_a_repository_that_git_cannot_compare_any_more_is_told_of(root: Path) -> None:
    watching = Watching(root)
    first = await watching.begin()
    write(root, "src/a.py", "x = 3\n")
    lost = first._replace(repos=tuple(repo._replace(commit="1" * 40) for repo in first.repos), digest="sha256:0")
    (shown,) = await watching.guarding.essence(lost, read_tree(watching.repos, ()))
    assert (shown.file, shown.diff) == ("project: .", "")
    assert "git diff-tree" in shown.why_not
