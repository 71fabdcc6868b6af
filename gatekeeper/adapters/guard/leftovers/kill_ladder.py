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

from gatekeeper.adapters.guard.system import cgroup, procfs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

TERMINATE = (signal.SIGTERM, signal.SIGCONT)
"""What asks a process to end: a stopped one must be continued to hear it."""

_SWEEPS_BEFORE_WALK = 20
_SHORTEST_PAUSE_S = 0.001
_LONGEST_PAUSE_S = 0.02
_UNSEEN = 50
_AT_ONCE = 512
_NEWEST = 256
_IN_BETWEEN = 8
_CALM_LOOKS = 3


class Reaper:
    """Reaps the children of this process and remembers how one of them, the leader, ended.

    Never more than some at a time: in a storm of forks there may be no end of those who have ended, and whoever reaps
    them all neither sees a deadline nor kills. `behind` tells that there was no end in sight.
    """

    __slots__ = ("behind", "leader", "status")

    def __init__(self, leader: int) -> None:
        self.leader = leader
        self.status: int | None = None
        self.behind = False

    @property
    def holds_leader(self) -> bool:
        """Whether the leader is alive or a zombie, so that its pid and group are still its own."""
        return self.leader > 0 and self.status is None

    def reap_orphans(self) -> bool:
        """Reap some who ended before the leader did; True when the leader itself has ended (it stays unreaped)."""
        self.behind = False
        for _ in range(_AT_ONCE):
            try:
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return True
            if ended is None:
                return False
            if ended.si_pid == self.leader:
                return True
            os.waitpid(ended.si_pid, os.WNOHANG)
        self.behind = True
        return False

    def reap(self, limit: int = _AT_ONCE) -> list[int] | None:
        """Reap up to `limit` of those who have ended, the leader before all others; None when no child is left."""
        ended: list[int] = []
        self.behind = False
        while len(ended) < limit:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return None
            if pid == 0:
                return ended
            if pid == self.leader:
                self.status = status
            ended.append(pid)
        self.behind = True
        return ended

    def all_gone(self) -> bool:
        """Reap some; whether no child is left at all."""
        return self.reap() is None


class Strikes:
    """A signal for the children of this process, but for those spared: once for each of them, the newest first.

    What is newest is what lives: in a storm of forks the older ones have ended already and only wait to be reaped.
    Whoever reaps must say so with `forget`, because a pid may come back.
    """

    __slots__ = ("_number", "_spared", "_struck")

    def __init__(self, number: signal.Signals, *spared: Collection[int]) -> None:
        self._number = number
        self._spared = spared
        self._struck: set[int] = set()

    def __len__(self) -> int:
        return len(self._struck)

    def look(self) -> tuple[int, list[int]]:
        """How many children there are, zombies included, and the newest of those that were not struck yet."""
        listed = procfs.own_children()
        new: list[int] = []
        for digits in reversed(listed):
            pid = int(digits)
            if pid not in self._struck and not any(pid in these for these in self._spared):
                new.append(pid)
                if len(new) == _NEWEST:
                    break
        return len(listed) - sum(b"%d" % pid in listed for these in self._spared for pid in these), new

    def strike(self, new: list[int]) -> None:
        """Signal these, which `look` has just shown; one of another user cannot be hit and is passed over."""
        self._struck.update(new)
        for pid in new:
            try:
                os.kill(pid, self._number)
            except OSError:
                continue

    def forget(self, pids: Iterable[int] | None) -> None:
        """These are reaped; without any, nobody counts as struck any more."""
        if pids is None:
            self._struck.clear()
        else:
            self._struck.difference_update(pids)


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


def hold_still(reaper: Reaper, within_s: float) -> None:
    """Stop all children and reap those who ended: what forks and exits all the time could not be looked at before.

    For those who are to be killed next; whoever is stopped dies of SIGKILL as everybody does.
    """
    until = time.monotonic() + within_s
    strikes = Strikes(signal.SIGSTOP)
    found, new = strikes.look()
    calm = 0
    while calm < _CALM_LOOKS and new and time.monotonic() < until:
        strikes.strike(new)
        ended = reaper.reap(_IN_BETWEEN) or ()
        strikes.forget(ended)
        known = found - len(ended)
        found, new = strikes.look()
        # Nobody was born meanwhile. But one whom we do not see yet, because its parent was stopped first, may go on.
        calm = calm + 1 if found <= known else 0
        if calm:
            time.sleep(_SHORTEST_PAUSE_S)
    until = time.monotonic() + within_s
    reaper.reap()
    while reaper.behind and time.monotonic() < until:
        reaper.reap()


def kill_all(reaper: Reaper, leaf: str, wakeup: int, within_s: float) -> tuple[int, ...]:
    """SIGKILL everything below this process until nothing is left; the pids that would not die in time.

    The kernel's atomic kill first; then children before grandchildren, because every orphan becomes a child and a
    child's pid is safe to signal; then, against what hides behind an unkillable child, the whole tree.

    Raises:
        OSError: this process has children and cannot see them. It had better end: then they fall to who can.
    """
    until = time.monotonic() + within_s
    pause = _SHORTEST_PAUSE_S
    quiet = unseen = known = 0
    strikes, new = Strikes(signal.SIGKILL), [0]
    while (ended := reaper.reap(1)) is not None:
        strikes.forget(ended)
        if leaf and new:
            cgroup.kill(leaf)
        signal_group(reaper, (signal.SIGKILL,))
        found, new = strikes.look()
        strikes.strike(new)
        unseen = 0 if found else unseen + 1
        if unseen > _UNSEEN:
            raise OSError(errno.EMFILE, "children are left that cannot be seen")
        if time.monotonic() > until:
            return tuple(one.pid for one in procfs.descendants(os.getpid()) if one.alive)
        if new:
            # As long as somebody is born, whatever is done between two looks gives them time to fork.
            ended = reaper.reap(_IN_BETWEEN if found > known else _AT_ONCE) or []
            strikes.forget(ended)
            known = found - len(ended)
            quiet, pause = 0, _SHORTEST_PAUSE_S
            continue
        quiet += 1
        if quiet % _SWEEPS_BEFORE_WALK == 0:
            signal_descendants((signal.SIGKILL,))
            strikes.forget(None)
        _await_ends(reaper, strikes, wakeup, pause)
        pause = min(pause * 2, _LONGEST_PAUSE_S)
    return ()


def _await_ends(reaper: Reaper, strikes: Strikes, wakeup: int, within_s: float) -> None:
    """Reap until a good part of those who were struck is gone, so that it is worth while to look for new ones."""
    until = time.monotonic() + within_s
    enough = len(strikes) - max(1, len(strikes) // 8)
    poller = select.poll()
    poller.register(wakeup, select.POLLIN)
    while True:
        ended = reaper.reap()
        if ended is None:
            return
        strikes.forget(ended)
        left = until - time.monotonic()
        if left <= 0 or len(strikes) <= enough:
            return
        poller.poll(max(1, int(left * 1000)))
        drain(wakeup)


def drain(wakeup: int) -> None:
    """Empty the pipe that SIGCHLD writes to."""
    try:
        while os.read(wakeup, 4096):
            pass
    except BlockingIOError:
        pass
