"""Owns finishing what a killed gatekeeper left: reads its ledger and ends what is still there. Knows no run.

Touches nothing of an owner that is alive, no process from before the last boot, and none that does not carry a
cookie, sit in a leaf, or belong to a warden that the ledger names. With neither a leaf nor the cookie left, what was
started cannot be told from anybody else's work and stays: that is the one hole, and `doctor` tells of it.
"""

import os
import signal
import time
from typing import Literal

from gatekeeper.adapters.guard import containment, ledger
from gatekeeper.adapters.guard.leftovers import kill_ladder, private, survivors, sweep
from gatekeeper.adapters.guard.limits import controllers
from gatekeeper.adapters.guard.messages.wire import Survivor
from gatekeeper.adapters.guard.system import cgroup, procfs
from gatekeeper.model.record import NamedTuple

_FINISH_WITHIN_S = 2.0
_WITHIN_S = 5.0
_PAUSE_S = 0.005


class Reaped(NamedTuple):
    """One thing that was still there. `name` is a command line, or the path of a leaf or a private folder."""

    what: Literal["process", "cgroup", "folder"]
    label: str
    name: str
    pid: int = 0

    def __str__(self) -> str:
        what = {"process": f"`{self.name}` (pid {self.pid})", "cgroup": f"the cgroup {self.name}"}
        of = f", of {self.label}" if self.label else ""
        return what.get(self.what, f"the folder {self.name}") + of


def reap(ledger_path: str) -> tuple[Reaped, ...]:
    """End everything that the dead owners in this ledger left, and see it gone; what that was.

    Bounded to some seconds. A ledger that is missing or torn gives nothing, one from before the last boot at most
    folders.
    """
    boot = procfs.boot_id()
    dead = [start for start in ledger.unfinished(ledger_path) if not start.owner.alive]
    mine = [start for start in dead if start.owner.boot == boot]
    if not mine:
        return tuple(remove_folders(dead))
    tokens = tuple(sorted({start.cookie.rpartition(".")[0] for start in mine}))
    _let_guardians_finish(tokens)
    found: list[Reaped] = []
    for start in mine:
        for group in (start.cgroup, *start.beside):
            if group and os.path.isdir(group):
                found.extend(_reap_group(group, start.label))
    for parent in dict.fromkeys(os.path.dirname(start.cgroup) for start in mine if start.cgroup):
        for token in tokens:
            # Those that were made for a step that never came.
            containment.remove_leaves(parent, token)
    caught = sweep.kill_carriers(tokens, _WITHIN_S, min(start.owner.start for start in mine))
    gone = sweep.all_gone(tokens, caught) and not _helpers(tokens)
    labels = {start.label for start in mine}
    label = labels.pop() if len(labels) == 1 else ""
    # The environment is gone with the process; only where there was one command there is no doubt whose it was.
    found.extend(_process(label, one) for one in caught)
    found.extend(remove_folders(dead))
    gone = gone and not any(os.path.isdir(group) for start in mine for group in (start.cgroup, *start.beside) if group)
    if gone:
        closing = ledger.Ledger(ledger_path)
        for owner in dict.fromkeys(start.owner for start in mine):
            closing.say_closed(owner)
        closing.close()
    return tuple(dict.fromkeys(found))


def _let_guardians_finish(tokens: tuple[str, ...]) -> None:
    """Wardens and guardians end by themselves when their orchestrator dies; those that can't any more are killed."""
    until = time.monotonic() + _FINISH_WITHIN_S
    for one in _helpers(tokens):
        # A command may have stopped those who hold it. Set going, they see that nobody is there, and end it.
        kill_ladder.signal_one(one.pid, one.start, (signal.SIGCONT,))
    while helpers := _helpers(tokens):
        if time.monotonic() > until:
            for one in helpers:
                kill_ladder.signal_one(one.pid, one.start, (signal.SIGKILL,))
            return
        time.sleep(_PAUSE_S)


def _helpers(tokens: tuple[str, ...]) -> list[procfs.Stat]:
    # A step could give itself such a command line; it would only be killed some moments later then.
    found = []
    for pid in procfs.pids():
        if _helps(pid, tokens):
            seen = procfs.stat(pid)
            # Read again: between the first look and the start time the pid may have been given to a stranger.
            if seen and seen.alive and _helps(pid, tokens):
                found.append(seen)
    return found


def _helps(pid: int, tokens: tuple[str, ...]) -> bool:
    line = procfs.argv(pid, 1 << 16)
    return line[-1:] != () and line[-1] in tokens and "-I" in line and "-S" in line


def _reap_group(group: str, label: str) -> list[Reaped]:
    inside = [seen for seen in map(procfs.stat, cgroup.members(group)) if seen and seen.alive]
    described = survivors.describe([(seen, "cgroup2") for seen in inside])
    gone = controllers.clear(group, _WITHIN_S)
    found = [_process(label, one) for one in described]
    return [*found, Reaped("cgroup", label, group)] if gone else found


def remove_folders(starts: list[ledger.Start]) -> list[Reaped]:
    """Remove the private folders, also those of a former boot: a disk keeps them, and nobody else has such a name."""
    left = (start for start in starts if start.folder and os.path.lexists(start.folder))
    return [Reaped("folder", start.label, start.folder) for start in left if private.remove(start.folder, _WITHIN_S)]


def _process(label: str, one: Survivor) -> Reaped:
    return Reaped("process", label, " ".join(one.argv), one.pid)
