"""Owns telling the ports that others have opened since a command began. Ends nothing and blames nobody.

What a step hands to a server that ran before it cannot be traced; a port that is suddenly there can at least be seen.
Only TCP is looked at.
"""

from __future__ import annotations

import math
import os
import time

from gatekeeper.adapters.guard.system import procfs
from gatekeeper.adapters.guard.system.netlink import TcpTable

TOLD = 16
"""How many are told at most."""

_OURS = frozenset({b"gk-guardian", b"gk-service", b"gk-warden"})
_DEEPEST = 64
_STALE_AFTER_S = 0.05
"""A look no older than this is not taken again: between two commands one costs up to a tenth of a millisecond."""


class Listening:
    """What is listened on when a command begins, and what is new when nothing of it is alive any more."""

    __slots__ = ("_before", "_seen_at", "_table")

    def __init__(self) -> None:
        self._table = TcpTable()
        self._before: dict[int, int] = {}
        self._seen_at = -math.inf

    def begin(self) -> None:
        """Remember who listens now. What was seen at the end of a command just before is good enough."""
        if time.monotonic() - self._seen_at > _STALE_AFTER_S:
            self._look()

    def new(self) -> tuple[tuple[int, int, tuple[str, ...]], ...]:
        """Ports that are listened on now and were not: (port, pid, argv), without those that some guardian holds.

        Of the command line only the program's name is told: the rest is nobody else's business. The pid is 0 where the
        process cannot be seen. To be asked when nothing of the command is alive any more, but for a service.
        """
        before = self._before
        fresh = {inode: port for inode, port in self._look().items() if inode not in before}
        if not fresh:
            return ()
        holders = _holders(fresh)
        # What ended while the holders were looked for was a short-lived one of a step in parallel, or nobody's.
        still = self._table.listening()
        found: dict[int, tuple[int, tuple[str, ...]]] = {}
        for inode, port in fresh.items():
            pids = holders.get(inode, [])
            if inode in still and not any(map(_is_guarded, pids)) and not found.get(port, (0, ()))[0]:
                first = min(pids, default=0)
                found[port] = (first, _name(first))
        return tuple((port, pid, argv) for port, (pid, argv) in sorted(found.items()))[:TOLD]

    def _look(self) -> dict[int, int]:
        self._before = self._table.listening()
        self._seen_at = time.monotonic()
        return self._before


def _name(pid: int) -> tuple[str, ...]:
    # Not its command line: that is somebody else's, and may hold what nobody here knows how to hide.
    name = procfs.read(f"/proc/{pid}/comm").strip().decode(errors="replace") if pid else ""
    return (name,) if name else ()


def _holders(inodes: dict[int, int]) -> dict[int, list[int]]:
    wanted = {f"socket:[{inode}]": inode for inode in inodes}
    found: dict[int, list[int]] = {}
    for pid in procfs.pids():
        for link in wanted.keys() & set(procfs.descriptors(pid).values()):
            found.setdefault(wanted[link], []).append(pid)
    return found


def _is_guarded(pid: int) -> bool:
    """Whether a process belongs to some guardian: to a step in parallel, a service, or those of another run."""
    own = os.getpid()
    for _ in range(_DEEPEST):
        if pid in (0, 1):
            return False
        if pid == own or procfs.read(f"/proc/{pid}/comm").strip() in _OURS:
            return True
        found = procfs.stat(pid)
        if found is None:
            return False
        pid = found.parent
    return False
