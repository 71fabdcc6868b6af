"""Owns the ids of git trees that say what repos hold, as what the cycle itself writes is left out. Knows no run.

Unlike the digest of a `Tree` such an id says nothing of commits: two commits that hold the same have the same one, and
so has the working tree that somebody is about to commit as it is.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from gatekeeper.adapters.repos.bounds import Bounds
from gatekeeper.adapters.repos.commits import CannotRead, resolve
from gatekeeper.adapters.repos.leaveout import counts_all_the_same
from gatekeeper.adapters.repos.leaveout import leave_out as left_out
from gatekeeper.adapters.repos.questions import CannotKeep, asked, index_aside, said, top_of
from gatekeeper.adapters.repos.reading import BoundRepo

_GLOB = frozenset("*?[")


def contents(
    repos: Iterable[BoundRepo], leave_out: tuple[str, ...], bounds: Bounds, commits: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """(name, id of a tree) for each repo: what the git repository that it lies in holds.

    That is what the commit of its name in `commits` holds; a repo without one is taken as it lies there, uncommitted
    changes included. `leave_out` are absolute paths or globs of what the cycle itself writes.

    Raises `CannotRead` where that cannot be told of one of them.
    """
    found: dict[tuple[str, str], str] = {}
    named = []
    try:
        for repo in repos:
            top, rev = top_of(repo.path, bounds), commits.get(repo.name, "")
            if (top, rev) not in found:
                commit = resolve(top, rev).id if rev else _as_it_lies(BoundRepo(repo.name, top), leave_out, bounds)
                found[top, rev] = tree_without(top, commit, leave_out, bounds)
            named.append((repo.name, found[top, rev]))
    except CannotKeep as fault:
        raise CannotRead(str(fault)) from None
    return tuple(named)


def _as_it_lies(repo: BoundRepo, leave_out: tuple[str, ...], bounds: Bounds) -> str:
    from gatekeeper.adapters.repos.snapshot import keep  # most trees are clean, and need no keeping

    kept = keep((repo,), leave_out, bounds)
    if kept.problem:
        raise CannotRead(kept.problem)
    return dict(kept.commits)[repo.name]


def tree_without(top: str, commit: str, leave_out: tuple[str, ...], bounds: Bounds) -> str:
    """The id of the tree of a commit in the repository at `top`, without what is left out. Raises `CannotKeep`."""
    names = _left_out(top, commit, leave_out, bounds)
    if not names:
        return said(top, ("rev-parse", "--verify", "--quiet", f"{commit}^{{tree}}"), bounds)
    with index_aside() as index:
        said(top, ("read-tree", commit), bounds, added=index)
        fed = b"".join(name + b"\0" for name in names)
        said(top, ("update-index", "--force-remove", "-z", "--stdin"), bounds, fed, index)
        return said(top, ("write-tree",), bounds, added=index)


def _left_out(top: str, commit: str, leave_out: tuple[str, ...], bounds: Bounds) -> list[bytes]:
    """The paths in a commit that are left out."""
    real = os.path.realpath(top)
    places = sorted({place for pattern in leave_out if (place := _place(pattern, real)) is not None})
    if not places:
        return []
    # To list a few folders is much faster than to list a large tree.
    named = () if "" in places else ("--", *places)
    answer = asked(top, ("ls-tree", "-r", "-z", "--name-only", "--full-tree", commit, *named), bounds)
    if answer.code:
        raise CannotKeep(f"git cannot list {commit} in {top}: {answer.why}")
    is_left_out, folder = left_out(leave_out), os.fsencode(real)
    found = (name for name in answer.out.split(b"\0") if name and is_left_out(os.path.join(folder, name)))
    return [name for name in found if not counts_all_the_same(name, committed=True)]


def _place(pattern: str, top: str) -> str | None:
    """Where below `top` something may match an absolute pattern: a path, empty for anywhere, None for nowhere."""
    known = []
    for name in os.path.normpath(pattern).split(os.sep):
        if _GLOB & set(name):
            break
        known.append(name)
    whole = len(known) == len(os.path.normpath(pattern).split(os.sep))
    folder = os.path.realpath(os.sep.join(known) or os.sep)
    if not whole and f"{top}/".startswith(f"{folder.rstrip('/')}/"):
        return ""
    return os.path.relpath(folder, top) if f"{folder}/".startswith(f"{top}/") and folder != top else None
