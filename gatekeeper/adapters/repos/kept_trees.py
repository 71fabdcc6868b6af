"""Owns comparing what was kept of working trees (see `snapshot`). Judges nothing."""

from __future__ import annotations

import os

from gatekeeper.adapters.repos.bounds import Bounds
from gatekeeper.adapters.repos.questions import CannotKeep, asked, top_of
from gatekeeper.adapters.repos.reading import BoundRepo
from gatekeeper.adapters.repos.status import shown
from gatekeeper.model.fixing import Compared, FileChange
from gatekeeper.model.plan import Pairs

_DIFF = ("diff-tree", "-r", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none")


def files_between(repos: tuple[BoundRepo, ...], before: Pairs, after: Pairs, bounds: Bounds) -> Compared:
    """The files that differ between two snapshots, each told of once.

    A file belongs to the innermost repo that holds it; one beside all repos, in a git working tree of one, to that.
    """
    kept_before, kept_after = dict(before), dict(after)
    found: dict[str, FileChange] = {}
    unknown: list[tuple[str, str]] = []
    # The innermost first: what it holds is not the outer one's as well.
    for repo in sorted(repos, key=lambda repo: -len(os.path.realpath(repo.path))):
        if repo.name not in kept_before or repo.name not in kept_after:
            unknown.append((repo.name, "what changed in it is not known, because it was not kept"))
            continue
        try:
            top = top_of(repo.path, bounds)
            changes = _between(top, kept_before[repo.name], kept_after[repo.name], bounds)
        except CannotKeep as fault:
            unknown.append((repo.name, str(fault)))
            continue
        for path, status, added, removed in changes:
            place = os.path.join(top, path)
            inside = os.path.relpath(place, os.path.realpath(repo.path))
            change = FileChange(repo.name, inside, shown(os.fsencode(inside)), status, added, removed)
            if place not in found or (found[place].path.startswith("../") and not change.path.startswith("../")):
                found[place] = change
    order = {repo.name: number for number, repo in enumerate(repos)}
    return Compared(tuple(sorted(found.values(), key=lambda change: (order[change.repo], change.path))), tuple(unknown))


def _between(top: str, before: str, after: str, bounds: Bounds) -> list[tuple[str, str, int | None, int | None]]:
    """(path, status, lines added, lines removed) of every file that differs, paths from `top`."""
    if before == after:
        return []
    names = asked(top, (*_DIFF, "--name-status", before, after), bounds)
    counts = asked(top, (*_DIFF, "--numstat", before, after), bounds)
    for answer in (names, counts):
        if answer.code:
            raise CannotKeep(f"git cannot compare what was kept in {top}: {answer.why}")
    lines: dict[bytes, tuple[int | None, int | None]] = {}
    for record in filter(None, counts.out.split(b"\0")):
        added, removed, path = record.split(b"\t", 2)
        lines[path] = (_number(added), _number(removed))
    records = names.out.split(b"\0")
    return [
        (os.fsdecode(path), status.decode("ascii", "replace"), *lines.get(path, (None, None)))
        for status, path in zip(records[::2], records[1::2], strict=False)
        if path
    ]


def _number(count: bytes) -> int | None:
    return int(count) if count.isdigit() else None
