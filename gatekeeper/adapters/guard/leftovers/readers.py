"""Owns the moment that is given to those who may still read a leader's last words from a pipe. Ends nothing.

After ``exec > >(tee log)`` the tee ends just behind its shell: it is no stray, and its file would lose lines.
"""

from __future__ import annotations

import os
import time

from gatekeeper.adapters.guard.system import procfs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from gatekeeper.adapters.guard.leftovers.kill_ladder import Reaper

    class Waits(Protocol):
        """Who waits; `told` is not empty where there is no time to."""

        reaper: Reaper
        told: bytes

        def wait(self, until: float) -> None:
            """Sleep until something happened, or until a monotonic time."""


_WITHIN_S = 0.1
_AT_MOST = 64


def let_finish(watch: Waits, others: frozenset[str] = frozenset()) -> bool:
    """Wait, not long, while somebody below us has a pipe open that is none of `others`; True when all ended."""
    until = time.monotonic() + _WITHIN_S
    while time.monotonic() < until and not watch.told:
        if len(procfs.own_children()) > _AT_MOST:
            # Readers are few; to look at so many takes longer than they get.
            break
        if not any(procfs.pipes(one.pid) - others for one in procfs.descendants(os.getpid())):
            break
        watch.wait(until)
        if watch.reaper.all_gone():
            return True
    return watch.reaper.all_gone()
