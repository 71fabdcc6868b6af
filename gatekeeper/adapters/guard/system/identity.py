"""Owns naming a process so that no later one can be taken for it, on every platform. Signals nobody."""

from __future__ import annotations

import sys

from gatekeeper.adapters.guard.system import procfs


def boot_id() -> str:
    """The id of this boot, where start times are counted from it; empty where they are times of day."""
    return procfs.boot_id()


def start_of(pid: int, platform: str = sys.platform) -> int:
    """When a living process was started: in ticks since boot on Linux, elsewhere in ms since 1970; 0 for the dead."""
    if platform == "linux":
        return procfs.start_of(pid)
    import psutil

    try:
        one = psutil.Process(pid)
        dead = one.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
        return 0 if dead else round(one.create_time() * 1000)
    except psutil.Error:
        return 0
