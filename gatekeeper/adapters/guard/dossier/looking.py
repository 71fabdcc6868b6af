"""Owns looking at the processes of a command: the tree, what each one does, and how much of a core it uses.

Bounded in number and time, and read only: nobody is signalled, stopped or traced.
"""

from __future__ import annotations

import os
import time

from gatekeeper.adapters.guard.dossier.waiting import Surroundings, Wait, wait_of
from gatekeeper.adapters.guard.leftovers.survivors import DESCRIBED
from gatekeeper.adapters.guard.messages.sight import Sight
from gatekeeper.adapters.guard.system import netlink, procfs
from gatekeeper.adapters.guard.system.kernel import clock_ticks
from gatekeeper.adapters.guard.system.syscalls import Call, call_of

_THREADS_ASKED = 32
_CONNECTIONS_TOLD = 8
_TOO_SHORT_S = 0.02
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Glance:
    """How much processor time each process had used at one moment; the ground for telling spinning from sleeping."""

    def __init__(self, pids: list[int]) -> None:
        self.at = time.monotonic()
        self.used = {pid: _used_s(pid) for pid in pids}


def tree(own: int, leader: int, within_s: float = 60.0) -> list[int]:
    """The processes below `own`, the leader first, as many as are described."""
    found = [one.pid for one in procfs.descendants(own, limit=DESCRIBED, within_s=within_s)[:DESCRIBED]]
    return sorted(found, key=lambda pid: pid != leader)


def sights(pids: list[int], before: Glance | None, until: float) -> tuple[Sight, ...]:
    """These processes as they are now, as many as can be looked at until the monotonic clock says `until`."""
    now = Glance(pids)
    found: list[Sight] = []
    for pid in pids:
        if time.monotonic() > until:
            break
        if (one := _sight(pid, before, now)) is not None:
            found.append(one)
    around = Surroundings({one.pid: one.ppid for one in found})
    for one in found:
        if time.monotonic() > until:
            break
        _add_wait(one, around)
    return tuple(found)


def _sight(pid: int, before: Glance | None, now: Glance) -> Sight | None:
    line = procfs.read(f"/proc/{pid}/stat")
    fields = line[line.rfind(b")") + 2 :].split()
    if len(fields) < 22 or fields[0] in (b"Z", b"X", b"x"):
        return None
    state = fields[0].decode()
    share = -1.0
    if before is not None and pid in before.used and now.at - before.at > _TOO_SHORT_S:
        # Without the time of the threads that ended meanwhile, which can make it less than nothing.
        share = max(0.0, now.used[pid] - before.used[pid]) / (now.at - before.at)
    return Sight(
        # Who asks for the command line of a process that waits for its own memory waits with it.
        argv=(procfs.bracketed_name(pid),) if state == "D" else procfs.argv(pid),
        cpu_share=round(share, 3),
        cpu_ticks=int(fields[11]) + int(fields[12]),
        memory=int(fields[21]) * _PAGE,
        pid=pid,
        ppid=int(fields[1]),
        start=int(fields[19]),
        state=state,
        stdin=procfs.link(f"/proc/{pid}/fd/0"),
        # The last field says what stopped it, where that may be seen.
        stopped_by=int(fields[49]) & 0x7F if state == "T" and len(fields) > 49 else 0,
        threads=int(fields[17]),
        wchan=procfs.wait_channel(pid),
    )


def _add_wait(one: Sight, around: Surroundings) -> None:
    if one.state not in "RTt" and not _is_foreign(one.pid):
        call = call_of(procfs.read(f"/proc/{one.pid}/syscall"), one.wchan)
        if call is not None:
            found = _waits(one.pid, call, around)
            one.syscall, one.waits, one.target, one.peer = call.name, found.waits, found.target, found.peer
    sockets = around.sockets_of(one.pid)
    one.listening = tuple(sorted({each.port for each in sockets if each.state == netlink.LISTEN}))
    one.connected = tuple(
        sorted({each.remote for each in sockets if each.state in (netlink.ESTABLISHED, netlink.SYN_SENT)})
    )[:_CONNECTIONS_TOLD]


def _waits(pid: int, call: Call, around: Surroundings) -> Wait:
    try:
        return wait_of(pid, call, around)
    except (ValueError, IndexError, OSError):
        # It went on, or ended, while it was looked at.
        return Wait()


def _is_foreign(pid: int) -> bool:
    """Whether it is a 32-bit program on a 64-bit system, whose calls have other numbers."""
    head = procfs.read(f"/proc/{pid}/exe", 5)
    return head[:4] == b"\x7fELF" and head[4:5] == b"\x01"


def _used_s(pid: int) -> float:
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return 0.0
    if len(threads) <= _THREADS_ASKED:
        times = [procfs.read(f"/proc/{pid}/task/{thread}/schedstat").split()[:1] for thread in threads]
        if times and all(times):
            return sum(int(one[0]) for one in times) / 1e9
    found = procfs.stat(pid)
    return found.cpu_ticks / clock_ticks() if found else 0.0
