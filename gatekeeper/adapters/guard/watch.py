"""Owns a guardian's waiting: for its leader, for a word from the orchestrator, for a moment. Ends nothing itself."""

from __future__ import annotations

import math
import os
import select
import signal
import socket
import time

from gatekeeper.adapters.guard import oom, wire
from gatekeeper.adapters.guard.kill_ladder import Reaper, drain
from gatekeeper.adapters.guard.wire import Report, SpawnOrder

_KILLED = (("signalled", 9), ("exited", 137))
"""A death by SIGKILL, and how a shell tells of one."""


class Watch:
    """What a guardian knows of the world; during a step its fields only ever go from False to True.

    `told` holds the strongest word of the orchestrator so far: nothing, `wire.STOP`, or `wire.KILL`; an orchestrator
    that is gone counts as KILL. `oom_kills` is how many processes the kernel had ended for want of memory when that
    was last looked at.
    """

    __slots__ = (
        "_order",
        "_orphaned",
        "_poller",
        "_wakeup_end",
        "control",
        "leader_ended",
        "oom_kills",
        "reaper",
        "told",
        "wakeup",
    )

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.reaper = Reaper(0)
        self.leader_ended = False
        self.told = b""
        self.oom_kills = oom.kills()
        self._order: SpawnOrder | None = None
        self._orphaned = False
        self.wakeup, self._wakeup_end = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.signal(signal.SIGCHLD, _nothing)
        signal.set_wakeup_fd(self._wakeup_end, warn_on_full_buffer=False)
        control.setblocking(False)
        self._poller = select.poll()
        self._poller.register(control, select.POLLIN)
        self._poller.register(self.wakeup, select.POLLIN)

    def await_order(self) -> SpawnOrder | None:
        """Sleep until there is something to do; None where the orchestrator is gone."""
        while not self.told:
            if self._order is not None:
                return self._order
            self.wait(time.monotonic() + _LONGEST_WAIT_S)
        return None

    def forget(self) -> None:
        """Be ready for another order; what was said of the last one has no meaning any more."""
        self._order = None
        self.reaper = Reaper(0)
        self.leader_ended = False
        if not self._orphaned:
            self.told = b""

    def follow(self, leader: int) -> None:
        """From now on, notice the end of this child."""
        self.reaper = Reaper(leader)

    def out_of_memory(self, report: Report, since: float) -> tuple[tuple[str, str], ...]:
        """What the kernel did beyond any limit of ours; only looked for where a SIGKILL was seen that is not ours."""
        if (report.end, report.code) not in _KILLED:
            return ()
        words = oom.killed_for_it(self.reaper.leader, since, self.oom_kills)
        self.oom_kills = oom.kills()
        return (("memory", words),) if words else ()

    def wait(self, until: float) -> None:
        """Sleep until something happened or the monotonic clock says `until`."""
        left = 0.0 if self.reaper.behind else until - time.monotonic()
        for descriptor, _ in self._poller.poll(max(0, math.ceil(min(left, _LONGEST_WAIT_S) * 1000))):
            if descriptor == self.wakeup:
                drain(self.wakeup)
            else:
                self._listen()
        self.reaper.behind = False
        if self.reaper.holds_leader and not self.leader_ended:
            self.leader_ended = self.reaper.reap_orphans()

    def _listen(self) -> None:
        try:
            message = wire.receive(self.control)
        except BlockingIOError:
            return
        if message is None:
            self._orphaned = True
            self.told = wire.KILL
            self._poller.unregister(self.control)
        elif message.kind == wire.SPAWN:
            self._order = SpawnOrder(*message.content)  # type: ignore[arg-type]  # packed by the orchestrator
        elif self._order is None or message.content != (self._order.serial,):
            # The order to end a step that had just ended by itself must not hit the next one.
            return
        elif self.told != wire.KILL:
            self.told = message.kind


def _nothing(number: int, frame: object) -> None:
    """A handler must exist, or SIGCHLD would not wake anybody."""


class OutputWatch:
    """Looks at the growing output file: when it was last written to, and whether it has outgrown its limit.

    Nothing is copied: past the limit the blocks between head and tail are given back to the disk while the step goes
    on, so that the file keeps its offsets and whoever writes notices nothing.

    The file's own time is wall-clock time, which may jump: only that it changed is taken from it. So `last_write` is
    when growth was noticed, up to a second late and never early. `disk_full` tells that at some look there was no
    room left on the file's disk.
    """

    __slots__ = ("_descriptor", "_limit", "_pause", "_punched", "_seen", "disk_full", "last_write", "next_look")

    def __init__(self, descriptor: int, limit: int, now: float) -> None:
        self._descriptor = descriptor
        self._limit = limit
        self._pause = _SHORTEST_LOOK_S
        self._punched = limit // 2
        self._seen = _mark(os.fstat(descriptor))
        self.disk_full = False
        self.last_write = now
        self.next_look = now + self._pause

    def look(self, now: float) -> None:
        """Take notice of what was written since the last look."""
        found = os.fstat(self._descriptor)
        if _mark(found) != self._seen:
            self.last_write, self._seen = now, _mark(found)
            self._pause = _SHORTEST_LOOK_S
        else:
            self._pause = min(self._pause * 2, _LONGEST_LOOK_S)
        self.disk_full = self.disk_full or _no_room(self._descriptor)
        left = self._limit - found.st_size
        if left < 0:
            self._punch(found.st_size)
        self.next_look = now + max(self._pause, min(left / _FASTEST_WRITER, _LONGEST_LOOK_S))

    def _punch(self, size: int) -> None:
        from gatekeeper.adapters.guard import kernel

        end = size - self._limit // 2
        if end - self._punched > self._limit // 4:
            kernel.punch_hole(self._descriptor, self._punched, end - self._punched)
            self._punched = end


def _mark(found: os.stat_result) -> tuple[int, int]:
    return found.st_mtime_ns, found.st_size


def _no_room(descriptor: int) -> bool:
    disk = os.fstatvfs(descriptor)
    free = disk.f_bfree if os.geteuid() == 0 else disk.f_bavail
    # Where nothing is counted (some network and FUSE file systems), nothing is known.
    return disk.f_blocks > 0 and free * disk.f_frsize < _LEAST_ROOM


_LONGEST_WAIT_S = 86_400.0
_SHORTEST_LOOK_S = 0.05
_LONGEST_LOOK_S = 1.0
_FASTEST_WRITER = 5e9
# A write that does not fit is cut to whole blocks, and whoever writes gives up before the very last one is used.
_LEAST_ROOM = 64 * 1024
