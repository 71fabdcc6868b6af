"""Owns the kernel's controllers: in which groups they can hold a command, and what they have counted there.

Version 2's are those of the command's own leaf, where its parent hands them down; version 1's are in a group of the
leaf's name, below the one that we are in in their hierarchy. Knows no step and no order. Whoever cannot have one goes
on with what needs no permission.
"""

from __future__ import annotations

import os
import signal
import time

from gatekeeper.adapters.guard.leftovers import kill_ladder
from gatekeeper.adapters.guard.system import cgroup, procfs

MEMORY = "memory"
PIDS = "pids"
CPU = "cpu"

_OLD_NAMES = {MEMORY: "memory", PIDS: "pids", CPU: "cpuacct"}
_MUST, _MAY = True, False
_NEW_SETTINGS = {
    MEMORY: (("memory.max", "%d", _MUST), ("memory.swap.max", "0", _MAY), ("memory.oom.group", "1", _MAY)),
    PIDS: (("pids.max", "%d", _MUST),),
    CPU: (),
}
_OLD_SETTINGS = {
    MEMORY: (("memory.limit_in_bytes", "%d", _MUST), ("memory.memsw.limit_in_bytes", "%d", _MAY)),
    PIDS: (("pids.max", "%d", _MUST),),
    CPU: (),
}
_PAUSE_S = 0.001


class Group:
    """A group in which one controller holds a command. `version` is 1 or 2."""

    __slots__ = ("folder", "version")

    def __init__(self, folder: str, version: int) -> None:
        self.folder = folder
        self.version = version

    @property
    def words(self) -> str:
        """What it is called in messages."""
        return "cgroup" if self.version == 2 else "cgroup v1"

    def killed(self) -> int:
        """How many processes the kernel ended in it, or below it, for want of memory."""
        if self.version == 2:
            return counted(f"{self.folder}/memory.events", b"oom_kill")
        # Each group of version 1 counts only its own.
        return sum(counted(f"{one}/memory.oom_control", b"oom_kill") for one in _with_all_below(self.folder))

    def refused(self) -> int:
        """How many times the kernel refused it another process."""
        return counted(f"{self.folder}/pids.events", b"max")

    def cpu_s(self) -> float:
        """Processor time that everything in it has used, the dead included, in seconds."""
        if self.version == 2:
            return counted(f"{self.folder}/cpu.stat", b"usage_usec") / 1e6
        return int(procfs.read(f"{self.folder}/cpuacct.usage") or 0) / 1e9


def hold(controller: str, bound: int, leaf: str, name: str) -> Group | None:
    """Bound what may be used in the leaf, or in a group beside it called `name` that is made for it; None without.

    Either may be empty. The bound of `CPU` is of no meaning: the kernel only counts it.
    """
    if leaf and _handed_down(controller, leaf) and _set(leaf, _NEW_SETTINGS[controller], bound):
        return Group(leaf, 2)
    parent = cgroup.own_groups().get(_OLD_NAMES[controller], "") if name else ""
    if not parent:
        return None
    cgroup.remove_unowned(parent)
    folder = f"{parent}/{name}"
    # The same hierarchy may serve two controllers (``cpu,cpuacct,memory``).
    if not os.path.isdir(folder) and not cgroup.create(folder):
        return None
    if not _set(folder, _OLD_SETTINGS[controller], bound):
        cgroup.remove(folder, 0.0)
        return None
    return Group(folder, 1)


def beside(name: str) -> tuple[str, ...]:
    """Where `hold` makes groups of version 1 for the leaf `name`, whether it did or not."""
    own = cgroup.own_groups()
    parents = (own.get(old, "") for old in _OLD_NAMES.values())
    return tuple(f"{parent}/{name}" for parent in dict.fromkeys(parents) if parent)


def clear(group: str, within_s: float) -> bool:
    """Kill everything in a group of either version and take it away; True when it is gone. Bounded by `within_s`."""
    until = time.monotonic() + within_s
    while not cgroup.remove(group, 0.0):
        if not cgroup.kill(group):
            for seen in map(procfs.stat, cgroup.members(group)):
                if seen and seen.alive:
                    kill_ladder.signal_one(seen.pid, seen.start, (signal.SIGKILL,))
        if time.monotonic() > until:
            return False
        time.sleep(_PAUSE_S)
    return True


def clear_beside(beginning: str, within_s: float) -> None:
    """`clear` the groups of version 1 whose names begin so."""
    for prefix in beside(beginning):
        for group in cgroup.with_prefix(prefix):
            clear(group, within_s)


def usable_controllers() -> dict[str, str]:
    """By what memory, processes (``pids``) and processor time (``cpu``) of all of a step together would be held here.

    ``cgroup`` or ``cgroup v1``; empty where the guard itself has to look. Changes nothing that lasts.
    """
    own = cgroup.own_groups()
    parent = cgroup.usable_parent()
    return {
        controller: "cgroup"
        if parent and (controller == CPU or _could_hand_down(controller, parent))
        else "cgroup v1"
        if os.access(own.get(old, "") or "/nowhere", os.W_OK)
        else ""
        for controller, old in _OLD_NAMES.items()
    }


def _handed_down(controller: str, leaf: str) -> bool:
    if controller == CPU:
        # Even without the controller every group but the root counts its time.
        return os.path.exists(f"{leaf}/cpu.stat")
    if controller in names(f"{leaf}/cgroup.controllers"):
        return True
    parent = os.path.dirname(leaf)
    if controller not in names(f"{parent}/cgroup.controllers"):
        return False
    from gatekeeper.adapters.guard.limits import aside

    return aside.hand_down(controller, parent)


def _could_hand_down(controller: str, parent: str) -> bool:
    if controller in names(f"{parent}/cgroup.subtree_control"):
        return True
    if controller not in names(f"{parent}/cgroup.controllers"):
        return False
    from gatekeeper.adapters.guard.limits import aside

    return aside.is_root(parent) or aside.ours_alone(parent, os.getpid())


def names(path: str) -> list[str]:
    """The names in a file of a group; none where it cannot be read."""
    return procfs.read(path).decode().split()


def counted(path: str, name: bytes) -> int:
    """The number beside a name in a file of a group, or 0."""
    for line in procfs.read(path).splitlines():
        fields = line.split()
        if len(fields) == 2 and fields[0] == name:
            return int(fields[1])
    return 0


def write(path: str, text: str) -> bool:
    """Write to a file of a group; False where that is refused."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        os.write(descriptor, text.encode())
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(descriptor)


def _set(folder: str, settings: tuple[tuple[str, str, bool], ...], bound: int) -> bool:
    return all(
        write(f"{folder}/{name}", value.replace("%d", str(bound))) or needed is _MAY for name, value, needed in settings
    )


def _with_all_below(folder: str) -> list[str]:
    found = [folder]
    for one in found:
        found.extend(cgroup.with_prefix(f"{one}/"))
    return found
