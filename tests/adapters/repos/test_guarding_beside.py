"""What judges and lies beside the tree is seen: filters that git compares by, and what a runner loads unasked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.repos.watched_repo import Watching, commit, write
from tests.support.projects import git

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repo, and a person without settings of their own."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    root = tmp_path / "project"
    write(root, "src/a.py", "x = 1\n")
    git(root, "init", "-q")
    commit(root)
    return root


async def test_a_filter_that_git_compares_by_is_seen(root: Path) -> None:
    """With it, git calls a file unchanged whose content is another one."""
    watching = Watching(root)
    await watching.begin()
    git(root, "config", "filter.same.clean", "cat kept")
    write(root, ".git/info/attributes", "*.py filter=same\n")
    config, attributes = str(root / ".git/config"), str(root / ".git/info/attributes")
    assert await watching.outside() == {config: "hook weakening", attributes: "hook weakening"}


async def test_the_filter_of_large_files_is_none_of_those(root: Path) -> None:
    """What it makes of a file is told by the file's digest."""
    watching = Watching(root)
    await watching.begin()
    git(root, "config", "filter.lfs.clean", "git-lfs clean -- %f")
    write(root, ".git/info/attributes", "*.bin filter=lfs diff=lfs\n")
    assert set((await watching.outside()).values()) == {"hook neutral"}


async def test_what_a_runner_loads_and_git_is_told_to_ignore_meanwhile_is_seen_where_somebody_helps(root: Path) -> None:
    """Of a run without a fixer or a mitigation nobody asks for that."""
    hook = "def pytest_runtest_makereport(item, call):\n    call.excinfo = None\n"
    for helped, seen in ((True, {"conftest.py": "test-config weakening"}), (False, {})):
        (root / "conftest.py").unlink(missing_ok=True)
        watching = Watching(root, helped=helped)
        await watching.begin()
        write(root, ".git/info/exclude", "conftest.py\n")
        write(root, "conftest.py", hook)
        assert await watching.outside() == seen


async def test_a_filter_in_the_settings_of_the_person_is_seen_too(root: Path, tmp_path: Path) -> None:
    watching = Watching(root)
    await watching.begin()
    write(tmp_path, ".gitconfig", '[filter "same"]\n\tclean = cat kept\n')
    write(tmp_path, ".config/git/attributes", "*.py filter=same\n")
    assert set((await watching.outside()).values()) == {"hook weakening"}


async def test_what_gatekeeper_reads_and_git_is_told_to_ignore_is_compared_with_the_base(root: Path) -> None:
    """A quarantine or a pattern excuses as well where git does not see it, in the repo and beside all repos."""
    git(root, "branch", "base")
    write(root, ".git/info/exclude", "gates/quarantine.yaml\ngates/patterns\ngates/__pycache__\n")
    write(root, "gates/quarantine.yaml", '- {test: "a::b", owner: me, reason: x, ticket: A-1, expires: 2099-01-01}\n')
    write(root, "gates/patterns/luck.yaml", "pattern: luck\nclass: infra\n")
    write(root, "gates/__pycache__/x.pyc", "x")
    for repo in (".", "src"):
        watching = Watching(root, base="base", repo=repo)
        first = await watching.begin()
        compared = await watching.guarding.beside_base(first)
        assert compared is not None
        assert {change.file: change.effect for change in compared.changes} == {
            "gates/patterns/luck.yaml": "weakening",
            "gates/quarantine.yaml": "weakening",
        }
