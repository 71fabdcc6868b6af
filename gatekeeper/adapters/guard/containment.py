"""Owns what happens when a guardian died without a report: every other layer, one after the other. Knows no step.

The order matters: the guardian must be dead before its orphans can be looked for where they fall to.
"""

from __future__ import annotations

import os
import signal
import time

from gatekeeper.adapters.guard.leftovers import kill_ladder, private, survivors, sweep
from gatekeeper.adapters.guard.line import Held
from gatekeeper.adapters.guard.messages.wire import Survivor
from gatekeeper.adapters.guard.system import cgroup, procfs
from gatekeeper.adapters.guard.warden_link import BOOT, WardenGone, WardenLink

_WITHIN_S = 10.0
_CARRIERS_WITHIN_S = 1.0
_PAUSE_S = 0.001
_WHOLE = 1 << 16


async def contain(held: Held, warden: WardenLink) -> tuple[Survivor, ...]:
    """End everything that `held` still has somewhere; what was caught."""
    import anyio
    import anyio.to_thread

    generation = warden.generation
    pid, start = (held.line.pid, held.line.start) if held.line else (0, 0)
    kill_ladder.signal_one(pid, start, (signal.SIGKILL,))
    caught: list[Survivor] = []
    if held.leaf:
        inside = [found for found in map(procfs.stat, cgroup.members(held.leaf)) if found and found.alive]
        # A leader that never got its command is nobody's stray.
        caught.extend(survivors.describe([(found, "cgroup2") for found in inside if not _helps(found)]))
        cgroup.kill(held.leaf)
    # The orphans of a guardian whose warden is gone fall to us, whoever is the warden now.
    ours = held.line is not None and held.line.generation != generation
    try:
        caught.extend(await warden.sweep(pid, _WITHIN_S))
    except (WardenGone, TimeoutError):
        await warden.bury(1.0, generation)
        ours = True
    if ours:
        caught.extend(await anyio.to_thread.run_sync(_sweep_own, held))
    caught.extend(await anyio.to_thread.run_sync(sweep.kill_carriers, (held.cookie,), _WITHIN_S, _own_start()))
    if held.leaf:
        cgroup.kill(held.leaf)
        await anyio.to_thread.run_sync(cgroup.remove, held.leaf, 1.0)
    if held.folder:
        await anyio.to_thread.run_sync(private.remove, held.folder, _WITHIN_S)
    return tuple({one.pid: one for one in reversed(caught)}.values())


def _sweep_own(held: Held) -> list[Survivor]:
    """Kill the orphans that fell to this process because warden and guardian are both dead.

    Children that others here have started must not be touched. They live in our own session: whatever we start
    ourselves must stay there, in a group of its own where it needs one. What comes from a guardian is never in our
    session, because each of them starts with one of its own and nobody can come back into ours.
    """
    line = held.line
    dying, leader = ((line.pid, line.start), line.leader) if line else ((0, 0), (0, 0))
    caught: list[Survivor] = []
    until = time.monotonic() + _WITHIN_S
    while time.monotonic() < until:
        # A guardian's sockets close before its orphans fall to us.
        still_dying = procfs.is_alive(*dying)
        strangers = [
            one for one in _adopted() if (one.pid, one.start) == leader or (one.start >= held.since and not _helps(one))
        ]
        if not strangers and not still_dying:
            break
        caught.extend(survivors.describe([(one, "subreaper") for one in strangers if one.alive]))
        for one in strangers:
            # Somebody else who contains something beside us may have reaped it meanwhile.
            kill_ladder.signal_one(one.pid, one.start, (signal.SIGKILL,))
        for one in strangers:
            _reap(one.pid, until)
        if not strangers:
            time.sleep(_PAUSE_S)
    return caught


def finish(token: str, folders: set[str], within_s: float, *, limited: bool) -> bool:
    """See gone what was started under this token, in whatever way its helpers were hurt; and its `folders`. Bounded.

    False where something is still there, for `reap` to find.

    `limited` tells that there were limits, for which groups may have been made, and controllers handed down.
    """
    gone = reap_adopted(token, within_s)
    gone = sweep.all_gone((token,), sweep.kill_carriers((token,), _CARRIERS_WITHIN_S, _own_start())) and gone
    gone = remove_leaves(cgroup.own_group(), token) and gone
    if limited:
        from gatekeeper.adapters.guard.limits import aside, controllers

        controllers.clear_beside(cgroup.leaf_name(token, ""), _CARRIERS_WITHIN_S)
        aside.come_back()
    for folder in filter(None, folders):
        gone = private.remove(folder, within_s) and gone
    return gone


def _own_start() -> int:
    # Nothing that was started for this process is older than it is.
    return procfs.start_of(os.getpid())


def remove_leaves(parent: str, token: str) -> bool:
    """Kill and remove the leaves in `parent` that were made under this token; True when none is left."""
    gone = True
    for leaf in cgroup.with_prefix(f"{parent}/{cgroup.leaf_name(token, '')}") if parent else ():
        cgroup.kill(leaf)
        gone = cgroup.remove(leaf, _CARRIERS_WITHIN_S) and gone
    return gone


def reap_adopted(token: str, within_s: float) -> bool:
    """Reap what fell to this process from a dead warden, each by its own pid; wait for guardians that still end.

    One that does not end in time is killed. False where there was such a one.
    """
    until = time.monotonic() + within_s
    while True:
        found = _adopted()
        for one in found:
            if not one.alive:
                _reap(one.pid, 0.0)
        helpers = [one for one in found if _helps(one, token)]
        if not helpers:
            return True
        if time.monotonic() >= until:
            for one in helpers:
                kill_ladder.signal_one(one.pid, one.start, (signal.SIGKILL,))
                _reap(one.pid, time.monotonic() + _CARRIERS_WITHIN_S)
            return False
        time.sleep(_PAUSE_S)


def _helps(one: procfs.Stat, token: str = "") -> bool:
    """Whether it is a warden or a guardian, of any guard or of the one with this token."""
    if not one.alive:
        return False
    line = procfs.argv(one.pid, _WHOLE)
    return BOOT in line and line[-1].endswith(token)


def _adopted() -> list[procfs.Stat]:
    session = os.getsid(0)
    found = map(procfs.stat, procfs.children(os.getpid()))
    return [one for one in found if one is not None and one.session != session]


def _reap(pid: int, until: float) -> None:
    while True:
        try:
            if os.waitpid(pid, os.WNOHANG)[0] == pid:
                return
        except ChildProcessError:
            return
        if time.monotonic() > until:
            return
        time.sleep(_PAUSE_S)
