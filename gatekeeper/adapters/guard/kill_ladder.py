"""Owns the ways of ending what a guardian holds: politely, then for good. Knows no deadline of any step.

A pid is signalled only while it cannot have been given to somebody else: children of our own that nobody reaped yet,
the leader's group while the leader is unreaped, and anything deeper through a pidfd whose start time was checked.
"""

from __future__ import annotations

import errno
import os
import select
import signal
import time

from gatekeeper.adapters.guard import cgroup, procfs

TERMINATE = (signal.SIGTERM, signal.SIGCONT)
"""What asks a process to end: a stopped one must be continued to hear it."""

_SWEEPS_BEFORE_WALK = 20
_LONGEST_PAUSE_S = 0.02
_UNSEEN = 50


class Reaper:
    """Reaps the children of this process and remembers how one of them, the leader, ended."""

    __slots__ = ("leader", "status")

    def __init__(self, leader: int) -> None:
        self.leader = leader
        self.status: int | None = None

    @property
    def holds_leader(self) -> bool:
        """Whether the leader is alive or a zombie, so that its pid and group are still its own."""
        return self.leader > 0 and self.status is None

    def reap_orphans(self) -> bool:
        """Reap whoever ended before the leader did; True when the leader itself has ended (it stays unreaped)."""
        while True:
            try:
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return True
            if ended is None:
                return False
            if ended.si_pid == self.leader:
                return True
            os.waitpid(ended.si_pid, os.WNOHANG)

    def reap_all(self) -> bool:
        """Reap everybody who has ended, the leader too; True when no child is left at all."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return True
            if pid == 0:
                return False
            if pid == self.leader:
                self.status = status


def signal_group(reaper: Reaper, numbers: tuple[signal.Signals, ...]) -> None:
    """Signal the leader's process group, while it is certain whose it is."""
    for number in numbers:
        if reaper.holds_leader:
            try:
                os.killpg(reaper.leader, number)
            except OSError:
                return


def signal_one(pid: int, start: int, numbers: tuple[int, ...]) -> bool:
    """Signal the very process that was seen with this start time; False where it is not there any more."""
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        return False
    try:
        # Looked at again after the handle was taken: now the handle and the start time mean the same process.
        if not procfs.is_alive(pid, start):
            return False
        for number in numbers:
            signal.pidfd_send_signal(handle, number)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(handle)


def signal_descendants(numbers: tuple[signal.Signals, ...]) -> None:
    """Signal everything below this process."""
    for found in procfs.descendants(os.getpid()):
        if found.alive:
            signal_one(found.pid, found.start, numbers)


def kill_children(pids: list[int]) -> None:
    """SIGKILL children of this process that nobody has reaped; one of another user cannot be and is passed over."""
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            continue


def kill_all(reaper: Reaper, leaf: str, wakeup: int, within_s: float) -> tuple[int, ...]:
    """SIGKILL everything below this process until nothing is left; the pids that would not die in time.

    The kernel's atomic kill first; then children before grandchildren, because every orphan becomes a child and a
    child's pid is safe to signal; then, against what hides behind an unkillable child, the whole tree.

    Raises:
        OSError: this process has children and cannot see them. It had better end: then they fall to who can.
    """
    until = time.monotonic() + within_s
    pause = 0.0005
    sweep = unseen = 0
    poller = select.poll()
    poller.register(wakeup, select.POLLIN)
    while not reaper.reap_all():
        if leaf:
            cgroup.kill(leaf)
        signal_group(reaper, (signal.SIGKILL,))
        found = procfs.own_children()
        kill_children(found)
        if reaper.reap_all():
            break
        sweep += 1
        unseen = 0 if found else unseen + 1
        if unseen > _UNSEEN:
            raise OSError(errno.EMFILE, "children are left that cannot be seen")
        if sweep % _SWEEPS_BEFORE_WALK == 0:
            signal_descendants((signal.SIGKILL,))
        if time.monotonic() > until:
            return tuple(one.pid for one in procfs.descendants(os.getpid()) if one.alive)
        poller.poll(max(1, int(pause * 1000)))
        drain(wakeup)
        pause = min(pause * 2, _LONGEST_PAUSE_S)
    return ()


def drain(wakeup: int) -> None:
    """Empty the pipe that SIGCHLD writes to."""
    try:
        while os.read(wakeup, 4096):
            pass
    except BlockingIOError:
        pass
