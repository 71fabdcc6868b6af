"""Owns keeping and putting back in tests, and what of a repository neither has any business with."""

from __future__ import annotations

import anyio

from gatekeeper.adapters.repos import putting_back
from gatekeeper.adapters.repos.bounds import Bounds
from gatekeeper.adapters.repos.reading import BoundRepo
from gatekeeper.adapters.repos.snapshot import GitSnapshots
from gatekeeper.model.helping import Snapshot
from tests.adapters.repos.conftest import Repo


def take(*repos: Repo, under: str = "", leave_out: tuple[str, ...] = ()) -> Snapshot:
    bound = tuple(BoundRepo(repo.path.name, str(repo.path / under)) for repo in repos)
    return anyio.run(GitSnapshots(bound, leave_out=leave_out).take)


def put_back(repo: Repo, commit: str, *names: str, since_ns: int = 0) -> dict[str, str]:
    aside = str(repo.path.parent / "aside")
    return putting_back.put_back(str(repo.path), commit, names, Bounds(30), aside=aside, since_ns=since_ns)


def kept(repo: Repo, commit: str) -> dict[str, str]:
    names = repo.git("ls-tree", "-r", "--name-only", commit).splitlines()
    return {name: repo.git("cat-file", "blob", f"{commit}:{name}") for name in names}


def untouched(repo: Repo) -> tuple[object, ...]:
    """All of the person's git that a snapshot has no business with: every file but the objects."""
    git = repo.path / ".git"
    files = {
        path.relative_to(git).as_posix(): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(git.rglob("*"))
        if path.is_file() and "objects" not in path.relative_to(git).parts
    }
    return (files, repo.git("--no-optional-locks", "status", "--porcelain", "--ignored"), repo.git("for-each-ref"))
