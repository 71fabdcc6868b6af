"""Owns a repo whose judges somebody watches: what they are, and how they change."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from gatekeeper.adapters.repos.guarding import Guarding, Watched
from gatekeeper.adapters.repos.reading import BoundRepo, read_tree
from gatekeeper.model.demands import IntegritySpec
from gatekeeper.model.integrity import IntegrityChange
from gatekeeper.model.tree import Tree
from tests.support.projects import git

TEST = "def test_a():\n    assert f() == 1\n"
WEAK = "def test_a():\n    assert True\n"


class Watching:
    """A repo that somebody watches."""

    def __init__(
        self, root: Path, *, base: str = "", repo: str = ".", scripts: Iterable[str] = (), helped: bool = False
    ) -> None:
        self.root = root
        self.repos = (BoundRepo("project", str(root / repo)),)
        watched = Watched(
            str(root),
            str(root / "gates/c.yaml"),
            IntegritySpec(),
            lambda: frozenset(str(root / path) for path in scripts),
            lambda _content, _path: None,
            base,
            helped,
        )
        self.guarding = Guarding(self.repos, watched)

    def tree(self) -> Tree:
        return read_tree(self.repos, ())

    async def begin(self) -> Tree:
        """Read the tree, and wait until all that must be kept of it is."""
        first = self.tree()
        self.guarding.begin(first)
        assert await self.guarding.outside() == ()
        return first

    async def since(self, first: Tree) -> dict[str, str]:
        return told(await self.guarding.changes(first, self.tree()))

    async def outside(self) -> dict[str, str]:
        return told(await self.guarding.outside())


def told(changes: tuple[IntegrityChange, ...]) -> dict[str, str]:
    return {change.file: f"{change.kind} {change.effect}" for change in changes}


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text, "utf-8")


def commit(root: Path) -> None:
    git(root, "add", "-A")
    git(root, "commit", "-qm", "Work", "--allow-empty")


def judged(root: Path) -> Path:
    """A project with a test and a cycle in a repository at `root`."""
    for path, text in {"tests/test_a.py": TEST, "gates/c.yaml": "cycle: c\n", "src/a.py": "x = 1\n"}.items():
        write(root, path, text)
    git(root, "init", "-q")
    commit(root)
    return root
