"""Owns looking at a growing output file: when it was written to, its time index, and whether it has outgrown its limit.

Ends nothing itself, and copies nothing: past the limit the blocks between head and tail are given back to the disk
while the step goes on, so that the file keeps its offsets and whoever writes notices nothing.
"""

from __future__ import annotations

import os
import time

from gatekeeper.adapters.guard.helpers.watch import Watch
from gatekeeper.adapters.guard.output.timeline import APART_S, Timeline
from gatekeeper.adapters.guard.system import kernel


class OutputWatch:
    """Looks at one output file. `next_look` is when it wants to look again; a writer makes that sooner.

    The kernel tells of the first write after each look, so that a busy writer wakes nobody more often than an entry
    may be made, and an idle one is looked at more and more seldom, down to once a second. Where it cannot tell, looks
    come more often.

    The file's own time is wall-clock time, which may jump: only that it changed is taken from it. So `last_write` is
    when growth was noticed, never early. `disk_full` tells that at some look there was no room left on the file's disk.
    """

    __slots__ = (
        "_descriptor",
        "_limit",
        "_notifier",
        "_pause",
        "_punched",
        "_seen",
        "_seen_at",
        "_times",
        "_watch",
        "disk_full",
        "last_write",
        "next_look",
    )

    def __init__(self, descriptor: int, path: str, limit: int, started: float, watch: Watch) -> None:
        self._descriptor = descriptor
        self._limit = limit
        self._notifier: int | None = None
        self._pause = APART_S
        self._punched = 0
        found = os.fstat(descriptor)
        # What a command said before its guardian came to look, on a busy machine, was seen by nobody yet.
        self._seen = _mark(found) if not found.st_size else _NOTHING
        self._seen_at = started
        self._times = Timeline(path, started)
        self._watch = watch
        self.disk_full = False
        self.last_write = started
        # What ends at once needs nothing of all this.
        self.next_look = started + _SHORT_S

    def look(self, now: float) -> None:
        """Take notice of what was written, and have the kernel tell of what comes next."""
        if self._notifier is None:
            self._notifier = kernel.new_notifier()
            if self._notifier >= 0:
                self._watch.attend(self._notifier, self._woken)
        told = self._notifier >= 0 and kernel.notify_of_write(self._notifier, f"/proc/self/fd/{self._descriptor}")
        self.take_notice(now)
        self.next_look = now + (self._pause if told else min(self._pause, _LONGEST_UNTOLD_S))

    def take_notice(self, now: float) -> None:
        """See what was written since the last look."""
        found = os.fstat(self._descriptor)
        if _mark(found) != self._seen:
            self.last_write, self._seen = now, _mark(found)
            self._times.mark(found.st_size, now)
            self._pause = APART_S
        else:
            self._pause = min(self._pause * 2, _LONGEST_LOOK_S)
        self._seen_at = now
        self.disk_full = self.disk_full or _no_room(self._descriptor)
        if found.st_size > self._limit:
            self._punch(found.st_size)

    def settle(self) -> None:
        """Say all there is to say up to now, and be ready for the file and its index being moved."""
        self._times.open()
        self.look(time.monotonic())

    def close(self) -> None:
        """The last look: nothing is written any more."""
        self._times.mark(os.fstat(self._descriptor).st_size, time.monotonic())
        self._times.close()
        if self._notifier is not None and self._notifier >= 0:
            self._watch.leave(self._notifier)
            os.close(self._notifier)
        self._notifier = -1

    def _woken(self) -> None:
        kernel.forget_notices(self._notifier or -1)
        self.next_look = min(self.next_look, self._seen_at + APART_S)

    def _punch(self, size: int) -> None:
        # Late: hardly anybody comes here, and a warden imports nothing that it may not need.
        from gatekeeper.policy.redaction import AROUND

        # A secret across an edge of what is kept can be told only as a whole, when the file is sealed.
        start = max(self._punched, self._limit // 2 + AROUND)
        end = size - self._limit // 2 - AROUND
        if end - start > self._limit // 4:
            kernel.punch_hole(self._descriptor, start, end - start)
            self._punched = end


def _mark(found: os.stat_result) -> tuple[int, int]:
    return found.st_mtime_ns, found.st_size


def _no_room(descriptor: int) -> bool:
    disk = os.fstatvfs(descriptor)
    free = disk.f_bfree if os.geteuid() == 0 else disk.f_bavail
    # Where nothing is counted (some network and FUSE file systems), nothing is known.
    return disk.f_blocks > 0 and free * disk.f_frsize < _LEAST_ROOM


_NOTHING = 0, 0
_SHORT_S = 0.004
_LONGEST_LOOK_S = 1.0
_LONGEST_UNTOLD_S = 0.1
# A write that does not fit is cut to whole blocks, and whoever writes gives up before the very last one is used.
_LEAST_ROOM = 64 * 1024
