"""Owns what tells a report of this attempt from an older one: what was there before, and what it says of itself.

The rules, and why they are so, stand in ``runbooks/decisions/2026-11-27-when-a-report-is-fresh.md``.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime

from gatekeeper.adapters.testreports.times import Told
from gatekeeper.model.record import NamedTuple

# Clocks of files are coarser than ours: a jiffy on Linux, whole seconds on some file systems.
_COARSE_NS = 2_000_000_000
_FUTURE_NS = 300_000_000_000
# Clocks of containers and of machines elsewhere; who copies a report faster than this is found by its content.
_SKEW_S = 60.0
# A time without a zone may have been written anywhere.
_WESTERNMOST_S = 12 * 3600.0


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


def tells_older(told: Told, since_ns: int) -> str:
    """Why a report is not of the attempt that began at `since_ns`, by its own times; empty where it can be.

    Only when each of its times ends before: then it is a copy, or came out of a build cache.
    """
    since_s = since_ns / 1e9
    latest = [moment for moment in (told.newest_s, _at_the_latest(told.newest_local_s)) if moment is not None]
    if not latest or max(latest) >= since_s - _SKEW_S:
        return ""
    written = told.newest_s if told.newest_s is not None else told.newest_local_s
    assert written is not None
    when = datetime.fromtimestamp(written, UTC).strftime("%Y-%m-%d %H:%M:%S")
    zone = " UTC" if told.newest_s is not None else ""
    return f"says of itself that it ended at {when}{zone}, before the attempt began: a copy, or from a build cache"


def _at_the_latest(local_s: float | None) -> float | None:
    return None if local_s is None else local_s + _WESTERNMOST_S


def _identity(found: os.stat_result) -> _Identity:
    return _Identity(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
