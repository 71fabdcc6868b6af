"""Owns keeping what working trees hold, as commits on no branch (port `Snapshots`). Knows no run.

What is kept is what a reading of the tree sees: its commit and all that differs from that, untracked files included,
ignored ones and what the run itself writes not. It is made with an index of its own, so that neither the person's
index, nor refs, nor the stash, nor any hook has to do with it. The same content gives the same commit. Of a
repository inside (a submodule) only the commit that it stands at is held, and of files beyond `LARGEST` what the commit
has.
"""

from __future__ import annotations

import os

from gatekeeper.adapters.repos.bounds import Bounds, OutOfTime, aside
from gatekeeper.adapters.repos.content import ABSENT
from gatekeeper.adapters.repos.leaveout import leave_out as left_out
from gatekeeper.adapters.repos.questions import CannotKeep, index_aside, said, top_of
from gatekeeper.adapters.repos.reading import BoundRepo
from gatekeeper.adapters.repos.status import shown
from gatekeeper.adapters.repos.worktree import NotReadable, Worktree, read_worktree
from gatekeeper.model.helping import Snapshot
from gatekeeper.model.plan import Pairs
from gatekeeper.policy.few import few

WITHIN_S = 120.0
"""How long keeping all repos may take, and each of the other calls."""

LARGEST = 64 << 20
"""How many bytes a file may have that is kept."""

_MESSAGE = "gatekeeper: what the working tree held"
_NOBODY: Pairs = tuple(
    (f"GIT_{role}_{fact}", value)
    for role in ("AUTHOR", "COMMITTER")
    # No clock: what was kept before is found again instead of being kept twice.
    for fact, value in (("NAME", "gatekeeper"), ("EMAIL", "gatekeeper@localhost"), ("DATE", "2000-01-01T00:00:00+0000"))
)
_NAMED = 3


class GitSnapshots:
    """Keeps `repos`. `leave_out` are absolute paths or globs of what the cycle itself writes."""

    def __init__(self, repos: tuple[BoundRepo, ...], *, leave_out: tuple[str, ...]) -> None:
        self._repos = repos
        self._leave_out = leave_out

    async def take(self) -> Snapshot:
        """Keep what all repos hold now. Never raises: what cannot be kept is told of in `problem`."""
        return await aside(lambda bounds: keep(self._repos, self._leave_out, bounds), WITHIN_S)


def keep(repos: tuple[BoundRepo, ...], leave_out: tuple[str, ...], bounds: Bounds) -> Snapshot:
    """As `GitSnapshots.take`."""
    kept: dict[str, tuple[str, str]] = {}
    commits: list[tuple[str, str]] = []
    problems: list[str] = []
    for repo in repos:
        try:
            top = top_of(repo.path, bounds)
            if top not in kept:
                kept[top] = _keep_one(top, leave_out, bounds)
        except CannotKeep as fault:
            problems.append(f"{repo.name}: {fault}")
            continue
        commit, problem = kept[top]
        commits.append((repo.name, commit))
        if problem:
            problems.append(f"{repo.name}: {problem}")
    return Snapshot(tuple(commits), "; ".join(dict.fromkeys(problems)))


def _keep_one(top: str, leave_out: tuple[str, ...], bounds: Bounds) -> tuple[str, str]:
    """The commit that holds all of the working tree at `top`, and what of it that does not."""
    try:
        found = read_worktree(os.fsencode(os.path.realpath(top)), left_out(leave_out), bounds)
    except (NotReadable, OutOfTime, OSError) as fault:
        raise CannotKeep(f"what {top} holds cannot be kept: {fault}") from None
    paths, missing = to_keep(found)
    large = frozenset(path for path in paths if _size(os.path.join(os.fsencode(top), path)) > LARGEST)
    missing += [f"{shown(path)}: it is larger than {LARGEST >> 20} MiB" for path in sorted(large)]
    paths, head = [path for path in paths if path not in large], found.head.commit
    tree = tree_with(top, head, paths, bounds)
    parent = ("-p", head) if head else ()
    commit = said(top, ("commit-tree", tree, *parent, "-m", _MESSAGE), bounds, added=_NOBODY)
    return commit, f"not held: {few(missing, _NAMED, '; ')}" if missing else ""


def tree_with(folder: str, head: str, paths: list[bytes], bounds: Bounds) -> str:
    """The id of a tree that holds what the commit `head` does, and at `paths`, seen from `folder`, what is there now.

    Neither the index nor any file is touched. Raises `CannotKeep`.
    """
    with index_aside() as index:
        said(folder, ("read-tree", head or "--empty"), bounds, added=index)
        there = [path for path in paths if _is_there(os.fsencode(os.path.realpath(folder)), path)]
        gone = sorted(frozenset(paths).difference(there))
        # What is gone goes first, whatever stands in its place, or in that of its folder.
        for how, some in (("--force-remove", gone), ("--add", there)):
            if some:
                fed = b"".join(path + b"\0" for path in some)
                said(folder, ("update-index", "--replace", how, "-z", "--stdin"), bounds, fed, index)
        return said(folder, ("write-tree",), bounds, added=index)


def _is_there(folder: bytes, path: bytes) -> bool:
    """Whether git would find something to keep at `path`: no plain folder, and nothing behind a link."""
    place = os.path.join(folder, path)
    parent = os.path.dirname(place)
    is_folder = os.path.isdir(place) and not os.path.islink(place) and not os.path.lexists(os.path.join(place, b".git"))
    return os.path.lexists(place) and not is_folder and os.path.realpath(parent) == parent


def to_keep(found: Worktree) -> tuple[list[bytes], list[str]]:
    """The paths that differ from the commit, and what cannot be kept, in words."""
    missing = list(found.problems)
    inner = tuple(path + b"/" for path, line in found.files.items() if line.startswith(("160000", "040000")))
    missing += [
        f"{shown(path.rstrip(b'/'))}: what differs from its commit in a repository of its own"
        for path in inner
        if any(other.startswith(path) for other in found.files) or found.files[path[:-1]] in ("040000", "160000 ")
    ]
    keepable = [path for path, line in found.files.items() if not path.startswith(inner) and _is_keepable(line)]
    return sorted(keepable), missing


def _size(path: bytes) -> int:
    try:
        return os.lstat(path).st_size
    except OSError:
        return 0


def _is_keepable(line: str) -> bool:
    mode, _, content = line.partition(" ")
    return line == ABSENT or (
        mode in ("100644", "100755", "120000", "160000") and len(content) >= 40 and " " not in content
    )
