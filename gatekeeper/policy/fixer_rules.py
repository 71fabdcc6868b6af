"""Owns judging what a fixer did: what it may not change, and what must be known of it. Sees nothing itself.

Its word on success is no evidence, and what it did beside changing files is told, whatever came of it.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from functools import lru_cache

from gatekeeper.model.fixing import Deeds, FileChange, RepoSight, Sight
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.tree import Tree
from gatekeeper.model.verdict import Finding
from gatekeeper.policy.few import few
from gatekeeper.policy.input_globs import InputGlob

_NAMED = 5
_REPO = "/repo"


class Allowed(NamedTuple):
    """What the fixer may change: `scope` (no globs: everything) and not `protected`, globs of paths in the repo `home`.

    `gates` is the absolute folder of the definitions, with baselines and quarantine; `paths` are those of the repos.
    """

    home: str
    scope: tuple[str, ...]
    protected: tuple[str, ...]
    gates: str = ""
    paths: tuple[tuple[str, str], ...] = ()

    def why_not(self, change: FileChange) -> str:
        """Why this change is not allowed: ``protected`` or ``out-of-scope``, or empty."""
        if self._matches(change, self.protected):
            return "protected"
        return "out-of-scope" if self.scope and not self._matches(change, self.scope) else ""

    def judges(self, change: FileChange) -> bool:
        """Whether it is a definition, a baseline, or the quarantine."""
        path = dict(self.paths).get(change.repo, "")
        return bool(self.gates) and _lies_in(posixpath.normpath(posixpath.join(path, change.path)), self.gates)

    def hidden(self, unknown: Iterable[tuple[str, str]], first: Iterable[tuple[str, str]]) -> tuple[str, ...]:
        """Of the repos that cannot be compared any more with what was kept (`first`) those of which something matters.

        What it may not change is not known to be as it was, and a limit that cannot be checked was not kept.
        """
        kept = {name for name, _ in first}
        return tuple(
            f"{repo}: {why}"
            for repo, why in unknown
            if repo in kept and (self.scope or (self.protected and repo == self.home))
        )

    def _matches(self, change: FileChange, globs: tuple[str, ...]) -> bool:
        return change.repo == self.home and any(matches(change.path, glob) for glob in globs)


def matches(path: str, glob: str) -> bool:
    """Whether `glob` names the file at `path`, as those of a step's `inputs` do; both begin at the repo's folder."""
    return _glob(glob).names(posixpath.normpath(posixpath.join(_REPO, path)))


def changes_not_held(
    before: Tree, after: Tree, held: Iterable[FileChange], paths: tuple[tuple[str, str], ...]
) -> tuple[FileChange, ...]:
    """What differs between two readings of the trees and is not among the changes that snapshots tell of.

    That is what could not be kept: a file too large, one in a repository of its own, a repo that is in no git at all.
    `paths` are those of the repos; a file that lies in two of them is told of once.
    """
    places = dict(paths)
    known = {posixpath.normpath(posixpath.join(places.get(each.repo, ""), each.shown)) for each in held}
    found: dict[str, FileChange] = {}
    # The innermost repo first: what it holds is not the outer one's as well.
    for repo, path in sorted(_differing(before, after), key=lambda key: -len(places.get(key[0], ""))):
        place = posixpath.normpath(posixpath.join(places.get(repo, ""), path))
        if place not in known:
            found.setdefault(place, FileChange(repo, path, path, "M", held=False))
    return tuple(sorted(found.values()))


def _differing(before: Tree, after: Tree) -> Iterable[tuple[str, str]]:
    """(repo, path) of what differs; where a repo's commit moved, what only was committed does not."""
    commits = {repo.name: repo.commit for repo in before.repos}
    moved = {repo.name for repo in after.repos if commits.get(repo.name, repo.commit) != repo.commit}
    old = {(repo, path): line for repo, path, line in before.files}
    new = {(repo, path): line for repo, path, line in after.files}
    return (
        key for key in old.keys() | new.keys() if old.get(key) != new.get(key) and (key in new or key[0] not in moved)
    )


@lru_cache(maxsize=256)
def _glob(glob: str) -> InputGlob:
    return InputGlob(_REPO, glob)


def violations(changes: Iterable[FileChange], allowed: Allowed) -> tuple[FileChange, ...]:
    """Those of `changes` that the fixer may not make."""
    return tuple(change for change in changes if allowed.why_not(change))


def diffstat(changes: Iterable[FileChange]) -> tuple[str, ...]:
    """One line a file: ``M +3 -1 repo: path``; ``binary`` where lines cannot be counted."""
    return tuple(
        f"{change.status} {'binary' if change.added is None else f'+{change.added} -{change.removed}'} {change.name}"
        for change in changes
    )


def findings_of(before: Sight, after: Sight, deeds: Deeds, allowed: Allowed) -> tuple[Finding, ...]:
    """What is to be said of one call: first what it may not do, which blocks, then what must be known."""
    return (*_overstepped(deeds.changes, allowed), *_noted(before, after, deeds, allowed))


def _overstepped(changes: tuple[FileChange, ...], allowed: Allowed) -> Iterable[Finding]:
    protected = [change.name for change in changes if allowed.why_not(change) == "protected"]
    beyond = [change.name for change in changes if allowed.why_not(change) == "out-of-scope"]
    if protected:
        yield Finding("fixer-protected", f"it changed what is protected: {few(protected, _NAMED)}")
    if beyond:
        yield Finding("fixer-out-of-scope", f"it changed what lies outside of its scope: {few(beyond, _NAMED)}")


def _noted(before: Sight, after: Sight, deeds: Deeds, allowed: Allowed) -> Iterable[Finding]:
    judging = [change.name for change in deeds.changes if allowed.judges(change)]
    if not judging and before.definition != after.definition:
        judging = ["the cycle's definition"]
    if judging:
        yield _note("fixer-edited-definition", f"it edited what the run is judged by: {few(judging, _NAMED)}")
    if deeds.commits:
        names = [f"{commit.repo}: {commit.id[:12]} {commit.subject}" for commit in deeds.commits]
        yield _note("fixer-committed", f"it made {_counted(len(names), 'commit')}: {few(names, _NAMED)}")
    for old, new in zip(before.repos, after.repos, strict=True):
        yield from _of_repo(old, new, rewound=new.name in deeds.rewound)
    if deeds.problem:
        # What may not be changed is not known to be as it was.
        message = f"not all that it did could be seen: {deeds.problem}"
        yield Finding("fixer-not-seen", message, blocks=bool(allowed.scope or allowed.protected))


def _of_repo(old: RepoSight, new: RepoSight, *, rewound: bool) -> Iterable[Finding]:
    if old.branch != new.branch:
        names = (old.branch or "a detached head", new.branch or "a detached head")
        yield _note("fixer-switched-branch", f"{new.name}: it switched from {names[0]} to {names[1]}")
    elif rewound:
        way = f"{old.commit[:12]} to {new.commit[:12] or 'nothing'}"
        yield _note("fixer-rewrote-history", f"{new.name}: it reset the branch or rewrote history: from {way}")
    before, after = dict(old.refs), dict(new.refs)
    if before.get("refs/stash") != after.get("refs/stash"):
        yield _note("fixer-stashed", f"{new.name}: it changed the stash")
    # The branch that is checked out moves with every commit, and switching is told of.
    usual = {f"refs/heads/{branch}" for branch in (old.branch, new.branch)} & before.keys() & after.keys()
    moved = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    if told := sorted(moved - usual - {"refs/stash"}):
        yield _note("fixer-moved-refs", f"{new.name}: it made, moved or removed {few(told, _NAMED)}")
    had = frozenset(old.staged)
    if staged := [path for path, entry in new.staged if (path, entry) not in had]:
        yield _note("fixer-staged", f"{new.name}: it staged {few(staged, _NAMED)}")
    if old.config != new.config:
        yield _note("fixer-edited-git-config", f"{new.name}: it edited git's settings of the repository")
    if old.hooks != new.hooks:
        yield _note("fixer-edited-hooks", f"{new.name}: it edited git's hooks of the repository")


def _note(kind: str, message: str) -> Finding:
    return Finding(kind, message, blocks=False)


def _lies_in(path: str, folder: str) -> bool:
    return bool(folder) and (path == folder or path.startswith(f"{folder}/"))


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
