"""Owns telling two readings of the working trees apart. Knows nothing of git."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from gatekeeper.model.tree import Tree
from gatekeeper.policy.standing import UNKNOWN_TREE


def certain_digest(tree: Tree) -> str:
    """The digest of a tree that could be read whole; `UNKNOWN_TREE` of one that could not."""
    return certain(tree.digest)


def certain(digest: str) -> str:
    """`digest`, or `UNKNOWN_TREE` where it is none of a tree that could be read whole."""
    return digest if digest.startswith("sha256:") else UNKNOWN_TREE


def changed_files(before: Tree, after: Tree) -> tuple[str, ...]:
    """What differs between two readings, as ``repo: path``, in order; a new commit as ``repo: commit A -> B``.

    When a repo's commit moved, files that were different before and are not any more are left out: most likely
    they were committed, and the commit is named.
    """
    if before.digest == after.digest:
        return ()
    commits_before = {repo.name: repo.commit for repo in before.repos}
    moved = [repo for repo in after.repos if commits_before.get(repo.name, repo.commit) != repo.commit]
    told = [f"{repo.name}: commit {_short(commits_before[repo.name])} -> {_short(repo.commit)}" for repo in moved]
    committed = {repo.name for repo in moved}
    old = {(repo, path): line for repo, path, line in before.files}
    new = {(repo, path): line for repo, path, line in after.files}
    changed = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
    told += [f"{repo}: {path}" for repo, path in sorted(changed) if (repo, path) in new or repo not in committed]
    # Two readings can differ without a file that does: what could not be read is never the same.
    return tuple(told) or tuple(f"{repo.name}: {repo.problem}" for repo in after.repos if repo.problem)


def outside(files: Iterable[str], globs: Iterable[str]) -> tuple[str, ...]:
    """Those of `files` (``repo: path``) whose path no glob allows."""
    allowed = tuple(globs)
    return tuple(
        file for file in files if not any(fnmatchcase(file.partition(": ")[2], pattern) for pattern in allowed)
    )


def _short(commit: str) -> str:
    return commit[:12] or "none"
