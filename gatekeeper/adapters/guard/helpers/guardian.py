"""Owns a guardian's life: get ready, take one order after the other, and leave nothing when the line ends.

A guardian holds one command at a time and nothing between two. Knows nothing of gates, of the journal or of other
commands. The orchestrator's death reaches it as the end of its line.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket

from gatekeeper.adapters.guard.helpers import leader
from gatekeeper.adapters.guard.helpers.supervision import DIE_WITHIN_S, EMPTIED_WITHIN_S, REMOVE_WITHIN_S, Supervision
from gatekeeper.adapters.guard.helpers.watch import Watch
from gatekeeper.adapters.guard.leftovers import kill_ladder, private
from gatekeeper.adapters.guard.leftovers.listening import Listening
from gatekeeper.adapters.guard.messages import wire
from gatekeeper.adapters.guard.system import cgroup, kernel, procfs

_SETTLED_S = 0.015
"""After a step another one comes at once, or the run ends: joining a leaf then would be in the way of both."""


CLEAN, HURT, HOPELESS = 0, 1, 2
"""How a guardian exits: nothing is left, something may be left, what is left was killed in vain for long enough."""


def guard(control: socket.socket, parent: str, names: str) -> int:
    """Be a guardian until the line ends. Returns `CLEAN` when nothing is alive that was started here, or `HOPELESS`.

    `parent` is the folder that its leaves are made in, and `names` what their names begin with; without `parent`
    there are none, and without `names` no groups of version 1 either.
    """
    os.setsid()
    procfs.hold_own_children()
    kernel.adopt_orphans()
    kernel.never_starve()
    kernel.set_name("gk-guardian")
    watch = Watch(control)
    own = _identity(os.getpid())
    listening = Listening()
    folder = private.Folder()
    number = 0
    while True:
        name = f"{names}{number}" if names else ""
        leaf = f"{parent}/{name}"
        if not parent or not name or not cgroup.create(leaf):
            leaf = ""
        prepared = _prepare(control, leaf, _SETTLED_S if number else 0.0)
        number += 1
        identities = (*own, *_identity(prepared.pid if prepared else 0))
        with contextlib.suppress(OSError):
            wire.send(control, wire.HELLO, (*identities, leaf, name))
        order = watch.await_order()
        if order is None:
            break
        with contextlib.suppress(OSError):
            wire.send(control, wire.TAKEN)
        supervision = Supervision(order, watch, prepared, leaf, name, listening, folder)
        supervision.run()
        if supervision.hopeless:
            return HOPELESS
        # What was made for it is gone with it.
        leaf = ""
        watch.forget()
        if not supervision.clean or watch.told:
            break
    left = kill_ladder.kill_all(watch.reaper, leaf, watch.wakeup, DIE_WITHIN_S)
    if not left:
        folder.remove(EMPTIED_WITHIN_S)
    if leaf:
        cgroup.remove(leaf, REMOVE_WITHIN_S)
    return HOPELESS if left else CLEAN


def _identity(pid: int) -> tuple[int, int]:
    return pid, procfs.start_of(pid) if pid else 0


def _prepare(control: socket.socket, leaf: str, join_after_s: float) -> leader.Prepared | None:
    try:
        return leader.prepare(control, leaf, join_after_s)
    except OSError:
        # There may be room for a process when there is something to do; and if not, then there is somebody to tell.
        return None


def ignore_terminal() -> None:
    """Be deaf to what a terminal or an operator sends to a whole group; only the control socket ends a guardian."""
    for number in signal.valid_signals():
        if number not in (signal.SIGKILL, signal.SIGSTOP) and signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for number in leader.IGNORED_BY_GUARDIANS:
        signal.signal(number, signal.SIG_IGN)
