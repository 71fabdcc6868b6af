"""Owns comparing what was kept of working trees (see `snapshot`), and putting files back as they were kept."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from contextlib import suppress

from gatekeeper.adapters.repos.bounds import Bounds
from gatekeeper.adapters.repos.reading import BoundRepo
from gatekeeper.adapters.repos.snapshot import CannotKeep, asked, home_of
from gatekeeper.adapters.repos.status import shown
from gatekeeper.model.fixing import FileChange
from gatekeeper.model.plan import Pairs

_DIFF = ("diff-tree", "-r", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none")


def files_between(
    repos: tuple[BoundRepo, ...], before: Pairs, after: Pairs, bounds: Bounds
) -> tuple[tuple[FileChange, ...], str]:
    """The files that differ between two snapshots, each told of once, and what cannot be compared, in words.

    A file belongs to the innermost repo that holds it; one beside all repos, in a git working tree of one, to that.
    """
    kept_before, kept_after = dict(before), dict(after)
    found: dict[str, FileChange] = {}
    problems: list[str] = []
    # The innermost first: what it holds is not the outer one's as well.
    for repo in sorted(repos, key=lambda repo: -len(os.path.realpath(repo.path))):
        if repo.name not in kept_before or repo.name not in kept_after:
            problems.append(f"{repo.name}: what changed in it is not known, because it was not kept")
            continue
        try:
            top = home_of(repo.path, bounds).top
            changes = _between(top, kept_before[repo.name], kept_after[repo.name], bounds)
        except CannotKeep as fault:
            problems.append(f"{repo.name}: {fault}")
            continue
        for path, status, added, removed in changes:
            place = os.path.join(top, path)
            inside = os.path.relpath(place, os.path.realpath(repo.path))
            change = FileChange(repo.name, inside, shown(os.fsencode(inside)), status, added, removed)
            if place not in found or (found[place].path.startswith("../") and not change.path.startswith("../")):
                found[place] = change
    order = {repo.name: number for number, repo in enumerate(repos)}
    return tuple(sorted(found.values(), key=lambda change: (order[change.repo], change.path))), "; ".join(problems)


def put_back(folder: str, snapshot: str, paths: Iterable[str], bounds: Bounds) -> dict[str, str]:
    """Make `paths`, relative to `folder`, hold what they held in a snapshot; index, head and refs stay as they are.

    Returns why some could not be put back, by path.
    """
    try:
        top = home_of(folder, bounds).top
    except CannotKeep as fault:
        return dict.fromkeys(paths, str(fault))
    failed: dict[str, str] = {}
    for path in paths:
        place = os.path.normpath(os.path.join(os.path.realpath(folder), path))
        try:
            _put_one_back(top, os.path.relpath(place, top), snapshot, bounds)
        except (CannotKeep, OSError) as fault:
            failed[path] = str(fault)
    return failed


def _put_one_back(top: str, path: str, snapshot: str, bounds: Bounds) -> None:
    from tempfile import TemporaryDirectory

    place = os.path.join(top, path)
    # A folder on the way that became a link would have us write wherever that points to.
    if path.startswith("../") or _leaves(top, path):
        raise CannotKeep(f"{path} lies behind a link that leads elsewhere")
    listed = asked(top, ("--literal-pathspecs", "ls-tree", "-z", "--full-tree", snapshot, "--", path), bounds)
    if listed.code:
        raise CannotKeep(listed.why)
    if not listed.out:
        _remove(place)
        return
    entry = listed.out.rstrip(b"\0")
    if entry.startswith(b"160000"):
        raise CannotKeep(f"{path} is a repository of its own")
    if os.path.isdir(place) and not os.path.islink(place):
        shutil.rmtree(place)
    with TemporaryDirectory(prefix="gatekeeper-snapshot-") as aside:
        index: Pairs = (("GIT_INDEX_FILE", os.path.join(aside, "index")),)
        for question, fed in (
            (("update-index", "-z", "--index-info"), entry + b"\0"),
            (("checkout-index", "--force", "--quiet", "-z", "--stdin"), os.fsencode(path) + b"\0"),
        ):
            answer = asked(top, question, bounds, fed, index)
            if answer.code:
                raise CannotKeep(answer.why)


def _leaves(top: str, path: str) -> bool:
    folder = os.path.realpath(os.path.join(top, os.path.dirname(path)))
    return folder != os.path.normpath(os.path.join(os.path.realpath(top), os.path.dirname(path)))


def _remove(place: str) -> None:
    if os.path.isdir(place) and not os.path.islink(place):
        # It may hold what git ignores, which nobody kept.
        raise CannotKeep("it became a repository of its own; remove its .git by hand")
    with suppress(FileNotFoundError):
        os.unlink(place)


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
