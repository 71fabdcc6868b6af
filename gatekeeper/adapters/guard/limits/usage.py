"""Owns adding up what all processes of a command use, read from /proc where no controller counts it. Bounds nothing.

Each look is of one moment: what comes and goes between two looks is not in it. What the dead have used of processor
time is, because it falls to those who reap them, up to this process.
"""

from __future__ import annotations

import os
import time

from gatekeeper.adapters.guard.system import procfs

_ON_ITS_OWN, _REAPED = slice(11, 13), slice(13, 15)
_WITHIN_S = 0.5
"""How long one look at all processes may take: nobody's deadline may wait for it."""

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")


def memory(pid: int, enough: int) -> int:
    """Bytes of memory that everything below a process holds; what many share counts once.

    Where the cheap sum, in which it counts for each of them, is not above `enough`, that one is given.
    """
    until = time.monotonic() + _WITHIN_S
    below = [one.pid for one in procfs.descendants(pid, within_s=_WITHIN_S)]
    cheap = [_resident(one) for one in below]
    if sum(cheap) <= enough:
        return sum(cheap)
    # Nobody's deadline may wait for it: of whom there is no time to ask, what it would hold alone is what counts.
    return sum(_share(one) if time.monotonic() < until else alone for one, alone in zip(below, cheap, strict=True))


def threads(pid: int) -> int:
    """How many threads of processes there are below a process: the kernel, too, counts each of them."""
    return sum(one.threads for one in procfs.descendants(pid, within_s=_WITHIN_S) if one.alive)


def cpu_s(pid: int) -> float:
    """Processor time in seconds that everything that ever was below *this* process has used; `pid` is its own."""
    times = os.times()
    total = times.children_user + times.children_system
    # Parents come before their children: one that is reaped meanwhile is missed this time, and never counted twice.
    for one in procfs.descendants(pid, within_s=_WITHIN_S):
        fields = _fields(one.pid)
        if fields:
            total += sum(map(int, (*fields[_ON_ITS_OWN], *fields[_REAPED]))) / _TICKS
    return total


def threads_of_user(user: int) -> int:
    """How many threads a user has on the whole machine, as the kernel counts them for its limit of processes."""
    found = 0
    for pid in procfs.pids():
        lines = procfs.read(f"/proc/{pid}/status").splitlines()
        values = {line.partition(b":")[0]: line.split()[1:] for line in lines}
        if values.get(b"Uid", [b""])[0] == str(user).encode():
            found += int(values.get(b"Threads", [b"1"])[0])
    return found


def _fields(pid: int) -> list[bytes]:
    line = procfs.read(f"/proc/{pid}/stat")
    return line[line.rfind(b")") + 2 :].split()


def _resident(pid: int) -> int:
    fields = procfs.read(f"/proc/{pid}/statm").split()
    return int(fields[1]) * _PAGE if len(fields) > 1 else 0


def _share(pid: int) -> int:
    for line in procfs.read(f"/proc/{pid}/smaps_rollup").splitlines():
        if line.startswith(b"Pss:"):
            return int(line.split()[1]) * 1024
    # Some do not let themselves be looked at: then what it shares with nobody is what is known.
    fields = procfs.read(f"/proc/{pid}/statm").split()
    return max(0, int(fields[1]) - int(fields[2])) * _PAGE if len(fields) > 2 else 0
