"""Owns what a run has seen of reports: what stood in their places before attempts, and every content. Reads none.

The rules, and why they are so, stand in ``runbooks/decisions/2026-11-27-when-a-report-is-fresh.md``.
"""

from __future__ import annotations

import os

from gatekeeper.model.record import NamedTuple

# Clocks of files are coarser than ours: a jiffy on Linux, whole seconds on some file systems.
_COARSE_NS = 2_000_000_000
_FUTURE_NS = 300_000_000_000


class _Identity(NamedTuple):
    device: int
    inode: int
    size: int
    mtime_ns: int


class Seen:
    """What a run has seen of reports so far: what stood in their places before attempts, and every content."""

    def __init__(self) -> None:
        self._left: dict[str, _Identity] = {}
        self._contents: set[bytes] = set()

    def leave(self, path: str, found: os.stat_result) -> None:
        """A file stays in its place when an attempt begins."""
        self._left[path] = _identity(found)

    def gone(self, path: str) -> None:
        """Nothing is in this place when an attempt begins."""
        self._left.pop(path, None)

    def content(self, digest: bytes) -> None:
        """A report with this content was there."""
        self._contents.add(digest)

    def knows(self, digest: bytes) -> bool:
        """Whether a report with this content was there before."""
        return digest in self._contents

    def older(self, path: str, found: os.stat_result, since_ns: int, now_ns: int) -> str:
        """Why the file cannot be of the attempt that began at `since_ns`, by its looks; empty where it can."""
        if self._left.get(path) == _identity(found):
            return "was there before the attempt and has not changed since"
        if found.st_mtime_ns < since_ns - _COARSE_NS:
            return "is older than the attempt"
        if found.st_mtime_ns > now_ns + _FUTURE_NS:
            ahead_s = (found.st_mtime_ns - now_ns) // 1_000_000_000
            return f"has a time that lies {ahead_s} s in the future, so that nothing can be told by it"
        return ""


def _identity(found: os.stat_result) -> _Identity:
    return _Identity(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
