"""Owns finding and describing what is still alive when it should not be. Kills nothing."""

from __future__ import annotations

import time

from gatekeeper.adapters.guard import cgroup, kernel, listeners, procfs
from gatekeeper.adapters.guard.wire import Sight, Survivor

DESCRIBED = 64
"""How many processes are described at most; all of them are counted."""

_PORTS_UP_TO = 16


def below(pid: int, leaf: str, spared: int = 0) -> list[tuple[procfs.Stat, str]]:
    """Everything alive below a process or in a leaf, with the layer that holds it.

    `spared` and what still descends from it is left out.
    """
    inside = set(cgroup.members(leaf)) if leaf else set()
    under = {one.pid: one for one in procfs.descendants(pid)}
    exempt = {spared, *(one.pid for one in procfs.descendants(spared))} if spared else set()
    elsewhere = (seen for seen in map(procfs.stat, inside - under.keys()) if seen is not None)
    return [
        (seen, "cgroup2" if seen.pid in inside else "guardian")
        for seen in (*under.values(), *elsewhere)
        if seen.alive and seen.pid not in exempt
    ]


def describe(found: list[tuple[procfs.Stat, str]]) -> tuple[Survivor, ...]:
    """The first of `found` in words and numbers."""
    listening = listeners.listening() if found else {}
    since_boot = time.clock_gettime(time.CLOCK_BOOTTIME)
    ticks = kernel.clock_ticks()
    return tuple(
        Survivor(
            round(max(0.0, since_boot - seen.start / ticks), 2),
            procfs.argv(seen.pid),
            procfs.folder(seen.pid)[:256],
            layer,
            seen.pid,
            procfs.ports(seen.pid, listening) if place < _PORTS_UP_TO else (),
        )
        for place, (seen, layer) in enumerate(found[:DESCRIBED])
    )


def sights(pid: int, within_s: float) -> tuple[Sight, ...]:
    """The tree below a process as it is now, as much of it as can be looked at in time."""
    until = time.monotonic() + within_s
    seen: list[Sight] = []
    for found in procfs.descendants(pid, limit=DESCRIBED):
        if time.monotonic() > until or len(seen) >= DESCRIBED:
            break
        if found.alive:
            one = found.pid
            seen.append(
                Sight(procfs.argv(one), found.cpu_ticks, one, found.parent, found.state, procfs.wait_channel(one))
            )
    return tuple(seen)
