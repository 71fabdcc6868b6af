"""Owns what a guardian does about those who are left: ask them to end, tell strays, serve.

Decides nothing about when: that is `supervision`'s. Kills nothing for good: that is `kill_ladder`'s.
"""

from __future__ import annotations

import os
import time

from gatekeeper.adapters.guard.helpers.watch import Watch
from gatekeeper.adapters.guard.leftovers import kill_ladder, survivors
from gatekeeper.adapters.guard.leftovers.kill_ladder import Reaper
from gatekeeper.adapters.guard.leftovers.survivors import Left
from gatekeeper.adapters.guard.limits.unbounded import Unbounded
from gatekeeper.adapters.guard.messages import wire
from gatekeeper.adapters.guard.output.output_watch import OutputWatch
from gatekeeper.adapters.guard.system import procfs

_BACKSTOP_S = 0.05
_STILL_WITHIN_S = 2.0


def ask_to_end(watch: Watch, grace_s: float) -> None:
    """SIGTERM to the leader's group, then as long as the grace lasts or somebody who heard it is alive."""
    kill_ladder.signal_group(watch.reaper, kill_ladder.TERMINATE)
    until = time.monotonic() + grace_s
    while time.monotonic() < until and watch.told != wire.KILL and _group_lives(watch):
        watch.wait(min(until, time.monotonic() + _BACKSTOP_S))


def _group_lives(watch: Watch) -> bool:
    if not watch.leader_ended:
        return True
    group = watch.reaper.leader
    until = time.monotonic() + _BACKSTOP_S
    found = procfs.descendants(os.getpid(), within_s=_BACKSTOP_S)
    # Whoever could not be looked at in time may be one of them.
    return any(one.alive and one.group == group for one in found) or time.monotonic() > until


def strays(reaper: Reaper, leaf: str) -> Left:
    """Who is alive besides the leader and, while that lives, what descends from it. They are stopped for it."""
    spared = reaper.leader if reaper.holds_leader else 0
    kill_ladder.hold_still(reaper, _STILL_WITHIN_S)
    return survivors.below(os.getpid(), leaf, spared)


def serve(watch: Watch, grace_s: float, growth: OutputWatch, bounds: Unbounded) -> None:
    """Hold what the leader left, until it ends, goes beyond its limits, or is asked to end and had its grace."""
    while not watch.reaper.all_gone():
        watch.wait(min(growth.next_look, bounds.next_look))
        now = time.monotonic()
        if watch.told or (now >= bounds.next_look and bounds.look(now)):
            break
        if now >= growth.next_look:
            growth.look(now)
    if watch.told == wire.STOP:
        kill_ladder.signal_descendants(kill_ladder.TERMINATE)
        until = time.monotonic() + grace_s
        while not watch.reaper.all_gone() and watch.told == wire.STOP and time.monotonic() < until:
            watch.wait(until)
