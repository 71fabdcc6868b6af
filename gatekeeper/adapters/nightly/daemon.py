"""Owns finding a cron daemon among the processes."""

from __future__ import annotations

import os

_NAMES = frozenset({"cron", "crond", "fcron", "bcron-sched", "dcron"})


def cron_daemon() -> str:
    """``cron, pid 812`` of the first that runs; empty where none can be seen."""
    try:
        pids = [name for name in os.listdir("/proc") if name.isdecimal()]
    except OSError:
        return ""
    for pid in sorted(pids, key=int):
        try:
            with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
                name = file.read().strip()
        except OSError:
            continue
        if name in _NAMES:
            return f"{name}, pid {pid}"
    return ""
