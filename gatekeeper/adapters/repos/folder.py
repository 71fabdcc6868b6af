"""Owns reading a folder that git does not keep: the content of everything in it. Knows nothing of git.

All of it counts but `.git` and `.gatekeeper` folders. Content is read up to a bound; beyond it files are told apart
by size and times, and the reading says so. Empty folders count, since nothing else tells of them.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable

from gatekeeper.adapters.repos.bounds import Bounds
from gatekeeper.adapters.repos.content import by_times, content_of
from gatekeeper.adapters.repos.status import shown

CONTENT_LIMIT = 1 << 30
"""Bytes of content that one folder may cost at each reading."""

_OURS = (b".git", b".gatekeeper")


def read_folder(
    root: bytes, left_out: Callable[[bytes], bool], bounds: Bounds, limit: int = CONTENT_LIMIT
) -> tuple[dict[bytes, str], tuple[str, ...]]:
    """(what is at every path below `root`, problems). Symlinks are not followed. Raises `OutOfTime`."""
    files: dict[bytes, str] = {}
    problems: list[str] = []
    beyond = 0
    pending = [b""]
    while pending:
        folder = pending.pop()
        bounds.check()
        try:
            with os.scandir(os.path.join(root, folder)) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as fault:
            line, _ = content_of(os.path.join(root, folder), bounds)
            files[folder] = line
            problems.append(f"{shown(folder) if folder else 'the folder'}: {os.strerror(fault.errno or 0)}")
            continue
        if folder and not entries:
            files[folder] = "040000"
        for entry in entries:
            path = os.path.join(folder, entry.name)
            if left_out(entry.path):
                continue
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in _OURS:
                    pending.append(path)
                continue
            size = _size(entry)
            if size is not None and size > limit:
                beyond += 1
                files[path] = by_times(entry.stat(follow_symlinks=False))
                continue
            limit -= size or 0
            line, problem = content_of(entry.path, bounds)
            files[path] = line
            if problem:
                problems.append(f"{shown(path)}: {problem}")
    if beyond:
        problems.append(f"too large to read whole: {beyond} files were told apart by size and time only")
    return files, tuple(problems)


def _size(entry: os.DirEntry[bytes]) -> int | None:
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError:
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else 0
