"""Owns the content of what steps say that they depend on (port `Inputs`). Knows no run.

What counts is a part of what counts for the tree: files of the cycle's repos, untracked ones included; not what git
ignores, nor what the cycle itself writes. A file that is as in its commit is known by git's id of it, and one that
differs by the id that it would have, so that to commit it changes nothing. A link stands for what it leads to, a
repository inside another for all of it.

There is no digest of a step that names something that cannot be told: a glob that matches no such file, a link that
leads elsewhere, a file that nobody can read or that is not any more what it was when the tree was read.
"""

from __future__ import annotations

import hashlib
import os
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from itertools import chain

from gatekeeper.adapters.repos.bounds import Bounds, OutOfTime, aside
from gatekeeper.adapters.repos.content import ABSENT, ids_of
from gatekeeper.adapters.repos.git import ask
from gatekeeper.adapters.repos.reading import READ_WITHIN_S
from gatekeeper.adapters.repos.status import unshown
from gatekeeper.model.plan import StepId
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.tree import Tree
from gatekeeper.policy.input_globs import InputGlob

_ENTRY = re.compile(rb"(?P<mode>[0-7]{6}) \w+ (?P<id>[0-9a-f]+)\t(?P<path>[^\0]+)\0")
_FILE = re.compile(r"100(?:644|755) [0-9a-f]{40,}")
_REPOSITORY = re.compile(r"160000 [0-9a-f]*|040000")
_LINK = "120000 "
_CHANGED_SINCE = "changed since the tree was read"


class StepInputs(NamedTuple):
    """What one step depends on: `globs`, as they are meant from `folder`, and what it does itself (`does`)."""

    step: StepId
    folder: str
    globs: tuple[str, ...]
    does: str


class _Unknown(Exception):
    """Raised when it cannot be told what a step depends on."""


class GitInputs:
    """Knows the inputs of `steps`."""

    def __init__(self, steps: tuple[StepInputs, ...]) -> None:
        self._steps = steps
        self._committed: dict[str, tuple[str, dict[str, str]]] = {}

    async def digests(self, tree: Tree) -> Mapping[StepId, str]:
        """The digest of the inputs of every step that has some, in `tree` as it was just read; none where unknown."""
        return await aside(lambda bounds: self._digests(tree, bounds), READ_WITHIN_S)

    def _digests(self, tree: Tree, bounds: Bounds) -> dict[StepId, str]:
        if not tree.digest.startswith("sha256:"):
            return {}
        try:
            files = _Files(self._held(tree, bounds), [os.path.realpath(repo.path) for repo in tree.repos])
        except (OSError, OutOfTime):
            return {}
        found: dict[StepId, str] = {}
        for each in self._steps:
            folder = os.path.realpath(each.folder)
            told = [files.digest(os.path.normpath(os.path.join(folder, glob))) for glob in each.globs]
            if all(told):
                found[each.step] = _digest([each.does, *told])
        return found

    def _held(self, tree: Tree, bounds: Bounds) -> dict[str, str]:
        """What is at every path, the outermost repo first, so that what an inner one says of its own files holds."""
        held: dict[str, str] = {}
        for root, repo in sorted((os.path.realpath(repo.path), repo) for repo in tree.repos):
            held.pop(root, None)
            held |= self._as_committed(root, repo.commit, bounds)
            for name, shown, line in tree.files:
                if name == repo.name:
                    path = os.path.join(root, os.fsdecode(unshown(shown)).rstrip("/"))
                    held.pop(path, None)
                    if line != ABSENT:
                        held[path] = _as_committed(path, line, len(repo.commit), bounds)
        return held

    def _as_committed(self, root: str, commit: str, bounds: Bounds) -> dict[str, str]:
        if not commit:
            return {}
        known_commit, known = self._committed.get(root, ("", {}))
        if known_commit != commit:
            (answer,) = ask(os.fsencode(root), ("ls-tree", "-r", "-z", commit), bounds=bounds)
            if answer.code:
                raise OSError(answer.why)
            known = {
                os.path.join(root, os.fsdecode(entry["path"])): f"{entry['mode'].decode()} {entry['id'].decode()}"
                for entry in _ENTRY.finditer(answer.out)
            }
            self._committed[root] = (commit, known)
        return known


class _Files:
    """What is at every absolute path in the folders `roots`: a line that tells its mode and content (see `content`)."""

    def __init__(self, held: dict[str, str], roots: list[str]) -> None:
        self._held = held
        self._roots = roots
        self._told: dict[str, str] = {}
        self._paths = sorted(held)
        self._doors = [path for path, line in held.items() if not _FILE.fullmatch(line)]

    def digest(self, glob: str) -> str:
        """The digest of all that an absolute glob names; empty where it cannot be told."""
        if glob not in self._told:
            try:
                self._told[glob] = _digest(chain.from_iterable(self._named(InputGlob("/", glob))))
            except _Unknown:
                self._told[glob] = ""
        return self._told[glob]

    def _named(self, glob: InputGlob) -> list[tuple[str, str]]:
        """(path, line) of all that `glob` names, in order. Raises `_Unknown`."""
        found: dict[str, str] = {}
        waiting, behind = [glob], set[str]()
        while waiting:
            glob = waiting.pop()
            paths = [path for path in self._below(glob.fixed) if glob.names(path)]
            paths += (doors := [path for path in self._doors if glob.leads_through(path)])
            if not paths or not self._holds(glob.fixed):
                raise _Unknown
            found |= {path: self._held[path] for path in paths}
            leading = {place for door in doors if (place := self._behind(door))} - behind
            behind |= leading
            waiting += [InputGlob("/", place) for place in leading]
        return sorted(found.items())

    def _holds(self, place: str) -> bool:
        return any(f"{place}/".startswith(f"{root.rstrip('/')}/") for root in self._roots)

    def _below(self, folder: str) -> list[str]:
        """The paths that are `folder` or lie in it."""
        prefix = folder.rstrip("/")
        start, end = bisect_left(self._paths, f"{prefix}/"), bisect_left(self._paths, f"{prefix}0")
        return [*((folder,) if folder in self._held else ()), *self._paths[start:end]]

    def _behind(self, door: str) -> str:
        """Where that which counts for `door` lies: what a link leads to, if anything, or a repository's own folder."""
        line = self._held[door]
        if line.startswith(_LINK):
            place = os.path.realpath(door)
            return place if os.path.lexists(place) else ""
        if _REPOSITORY.fullmatch(line):
            return door
        raise _Unknown


def _as_committed(path: str, line: str, digits: int, bounds: Bounds) -> str:
    """`line` with the id that git would give to what is at `path`; as it is where there is no commit beside it."""
    mode, _, content = line.partition(" ")
    if not digits or not (_FILE.fullmatch(line) or line.startswith(_LINK)):
        return line
    try:
        ids = ids_of(os.fsencode(path), digits, bounds)
    except OSError:
        return _CHANGED_SINCE
    return f"{mode} {ids.blob}" if ids.sha256 == content else _CHANGED_SINCE


def _digest(parts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        held = part.encode("utf-8", "surrogateescape")
        # With its length, so that no two lists of parts can run together into the same bytes.
        digest.update(b"%d:" % len(held) + held)
    return f"sha256:{digest.hexdigest()}"
