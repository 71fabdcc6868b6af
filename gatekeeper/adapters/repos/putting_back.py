"""Owns putting files back as they were kept (see `snapshot`). Index, head and refs stay, and nothing is destroyed.

What was not there when it was kept is moved aside; where that may have been there and only was not seen (git ignored
it, or it was too large to be kept), it is left alone, and said.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable

from gatekeeper.adapters.repos.bounds import Bounds
from gatekeeper.adapters.repos.questions import CannotKeep, asked, index_aside, top_of

_FOLDER, _REPOSITORY = b"040000", b"160000"


def put_back(
    folder: str, snapshot: str, paths: Iterable[str], bounds: Bounds, *, aside: str, since_ns: int
) -> dict[str, str]:
    """Make `paths`, relative to `folder`, hold what they held in a snapshot that was made before `since_ns`.

    What was not there then and has changed since (wall clock) is moved to the folder `aside`. Returns why some could
    not be put back, by path.
    """
    names = tuple(paths)
    try:
        top = top_of(folder, bounds)
    except CannotKeep as fault:
        return dict.fromkeys(names, str(fault))
    failed: dict[str, str] = {}
    entries: dict[str, tuple[str, bytes]] = {}
    for name in names:
        path = os.path.relpath(os.path.normpath(os.path.join(os.path.realpath(folder), name)), top)
        try:
            entries[name] = path, _kept_at(top, path, snapshot, bounds)
        except CannotKeep as fault:
            failed[name] = str(fault)
    # What must go goes first: it may lie where something else belongs.
    for name, (path, entry) in sorted(entries.items(), key=lambda item: (not _is_nothing(item[1][1]), item[0])):
        try:
            if _is_nothing(entry):
                _take_away(top, path, aside, since_ns)
            else:
                _write(top, path, entry, bounds, aside)
        except (CannotKeep, OSError) as fault:
            failed[name] = str(fault)
    return failed


def _kept_at(top: str, path: str, snapshot: str, bounds: Bounds) -> bytes:
    listed = asked(top, ("--literal-pathspecs", "ls-tree", "-z", "--full-tree", snapshot, "--", path), bounds)
    if listed.code:
        raise CannotKeep(listed.why)
    return listed.out.rstrip(b"\0")


def _is_nothing(entry: bytes) -> bool:
    """Whether no file was there: a folder's files are put back by their own names."""
    return not entry or entry.startswith(_FOLDER)


def _take_away(top: str, path: str, aside: str, since_ns: int) -> None:
    place = _place(top, path)
    if not os.path.lexists(place):
        return
    if os.path.isdir(place) and not os.path.islink(place):
        if os.path.lexists(os.path.join(place, ".git")):
            # It may hold what git ignores, which nobody kept.
            raise CannotKeep("it became a repository of its own; remove its .git by hand")
        return
    if os.lstat(place).st_ctime_ns < since_ns:
        raise CannotKeep("it was there before, and git did not look at it then; it was left alone")
    _move(place, os.path.join(aside, path))


def _write(top: str, path: str, entry: bytes, bounds: Bounds, aside: str) -> None:
    place = _place(top, path)
    if entry.startswith(_REPOSITORY):
        raise CannotKeep("it is a repository of its own")
    if os.path.isdir(place) and not os.path.islink(place):
        _move(place, os.path.join(aside, path))
    with index_aside() as index:
        for question, fed in (
            (("update-index", "-z", "--index-info"), entry + b"\0"),
            (("checkout-index", "--force", "--quiet", "-z", "--stdin"), os.fsencode(path) + b"\0"),
        ):
            answer = asked(top, question, bounds, fed, index)
            if answer.code:
                raise CannotKeep(answer.why)


def _place(top: str, path: str) -> str:
    """Where `path` lies; a folder on the way that became a link would have us write wherever that leads."""
    parent = os.path.dirname(path)
    expected = os.path.normpath(os.path.join(os.path.realpath(top), parent))
    if path.startswith("../") or os.path.realpath(os.path.join(top, parent)) != expected:
        raise CannotKeep("it lies behind a link that leads elsewhere")
    return os.path.join(top, path)


def _move(place: str, to: str) -> None:
    os.makedirs(os.path.dirname(to), mode=0o700, exist_ok=True)
    shutil.move(place, to)
