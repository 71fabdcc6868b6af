"""Owns the moment that is given to those who may still read a leader's last words from a pipe. Ends nothing.

After ``exec > >(tee log)`` the tee ends just behind its shell: it is no stray, and its file would lose lines. Where the
processors are busy with others it has to wait for its turn: as long as it does, the moment is longer.
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
_ON_ITS_WAY_WITHIN_S = 1.0
_AGAIN_S = 0.01
_ON_ITS_WAY = "RD"
"""Ready to run, or at the disk: who is that waits for the machine, and for nobody's words."""

_AT_MOST = 64


def let_finish(watch: Waits, others: frozenset[str] = frozenset()) -> bool:
    """Wait, not long, while somebody below us has a pipe open that is none of `others`; True when all ended."""
    began = time.monotonic()
    until = began + _WITHIN_S
    while not watch.told:
        if len(procfs.own_children()) > _AT_MOST:
            # Readers are few; to look at so many takes longer than they get.
            break
        found = [one for one in procfs.descendants(os.getpid()) if procfs.pipes(one.pid) - others]
        now = time.monotonic()
        if now >= until and any(one.state in _ON_ITS_WAY for one in found):
            until = min(began + _ON_ITS_WAY_WITHIN_S, now + _AGAIN_S)
        if not found or now >= until:
            break
        watch.wait(until)
        if watch.reaper.all_gone():
            return True
    return watch.reaper.all_gone()
