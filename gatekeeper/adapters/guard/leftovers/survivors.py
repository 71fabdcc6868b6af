"""Owns finding and describing what is still alive when it should not be. Kills nothing."""

from __future__ import annotations

import time
from itertools import islice

from gatekeeper.adapters.guard.messages.wire import Survivor
from gatekeeper.adapters.guard.system import cgroup, kernel, netlink, procfs

DESCRIBED = 64
"""How many processes are described at most; all of them are counted."""

_PORTS_UP_TO = 16
_LOOK_WITHIN_S = 2.0


class Left:
    """Who is left: `seen` with the layer that holds each, and how many they are in all."""

    __slots__ = ("seen", "total")

    def __init__(self, seen: list[tuple[procfs.Stat, str]], total: int) -> None:
        self.seen = seen
        self.total = total


def below(pid: int, leaf: str, spared: int = 0) -> Left:
    """Everything alive below a process or in a leaf, but for `spared` and what still descends from it.

    Of a leaf's members no more are looked at than can be described: that takes longer than to kill them all.
    """
    inside = set(cgroup.members(leaf)) if leaf else set()
    exempt = {spared, *(one.pid for one in procfs.descendants(spared))} if spared else set()
    if len(inside) > DESCRIBED:
        under = [one for one in map(procfs.stat, set(procfs.children(pid)) - inside - exempt) if one is not None]
    else:
        under = [one for one in procfs.descendants(pid, within_s=_LOOK_WITHIN_S) if one.pid not in exempt]
    seen = [(one, "cgroup2" if one.pid in inside else "guardian") for one in under if one.alive]
    rest = inside - exempt - {one.pid for one in under}
    looked_at = [one for one in map(procfs.stat, islice(rest, DESCRIBED)) if one is not None and one.alive]
    total = len(seen) + len(looked_at) + max(0, len(rest) - DESCRIBED)
    return Left([*seen, *((one, "cgroup2") for one in looked_at)], total)


def describe(found: list[tuple[procfs.Stat, str]]) -> tuple[Survivor, ...]:
    """The first of `found` in words and numbers."""
    listening = netlink.listening() if found else {}
    since_boot = time.clock_gettime(time.CLOCK_BOOTTIME)
    ticks = kernel.clock_ticks()
    return tuple(
        Survivor(
            round(max(0.0, since_boot - seen.start / ticks), 2),
            # Who asks for the command line of one that waits for its own memory waits with it.
            (procfs.bracketed_name(seen.pid),) if seen.state == "D" else procfs.argv(seen.pid),
            procfs.folder(seen.pid)[:256],
            layer,
            seen.pid,
            procfs.ports(seen.pid, listening) if place < _PORTS_UP_TO else (),
        )
        for place, (seen, layer) in enumerate(found[:DESCRIBED])
    )
