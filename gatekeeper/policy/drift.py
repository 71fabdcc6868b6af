"""Owns telling two readings of the working trees apart. Knows nothing of git."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from gatekeeper.model.tree import Tree
from gatekeeper.policy.standing import UNKNOWN_TREE


def certain_digest(tree: Tree) -> str:
    """The digest of a tree that could be read whole; `UNKNOWN_TREE` of one that could not."""
    return tree.digest if tree.digest.startswith("sha256:") else UNKNOWN_TREE


def differences(before: Tree, after: Tree) -> tuple[str, ...]:
    """What differs between two readings, as ``repo: path`` and ``repo: commit abc1234 -> def5678``, sorted."""
    commits = {repo.name: repo.commit for repo in before.repos}
    moved = [
        f"{repo.name}: commit {commits.get(repo.name, '')[:7] or 'none'} -> {repo.commit[:7] or 'none'}"
        for repo in after.repos
        if commits.get(repo.name) != repo.commit
    ]
    changed = {f"{repo}: {path}" for repo, path, _ in set(before.files) ^ set(after.files)}
    return (*moved, *sorted(changed))


def outside(files: Iterable[str], globs: Iterable[str]) -> tuple[str, ...]:
    """Those of `files` (``repo: path``) whose path no glob allows."""
    allowed = tuple(globs)
    return tuple(
        file for file in files if not any(fnmatchcase(file.partition(": ")[2], pattern) for pattern in allowed)
    )
