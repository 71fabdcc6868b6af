"""Owns keeping one command within its limits: by what each is held, when to look, and the words for going beyond.

A controller of the kernel holds a limit for all processes of the command together. Where none can be had, the kernel
bounds each process on its own, and the guardian looks at all of them together, again and again.
"""

from __future__ import annotations

import math
import os
import resource
import time
from abc import ABC, abstractmethod

from gatekeeper.adapters.guard.limits import controllers, restraints, usage
from gatekeeper.adapters.guard.limits.controllers import Group
from gatekeeper.adapters.guard.limits.restraints import Rlimit
from gatekeeper.adapters.guard.limits.unbounded import Unbounded

_LOOK_S = 0.1
_SHORTEST_S = 0.02
_LONGEST_S = 1.0
_SHARE = 20
"""Looking may take one part in so many of the time."""

_ROOM_FOR_OTHERS = 100


class Bounds(Unbounded):
    """The limits of a command that has some; made before its leader is let go."""

    __slots__ = ("_all", "_groups")

    def __init__(self, limits: tuple[float | None, ...], leaf: str, name: str) -> None:
        """`limits` as in a `SpawnOrder`; `leaf` is the command's own, `name` what one beside it would be called."""
        super().__init__()
        _, memory, processes, cpu_s, open_files, nice = limits
        self._all: list[_Bound] = []
        rlimits: list[Rlimit] = []
        if memory is not None:
            self._all.append(_Memory(int(memory), controllers.hold(controllers.MEMORY, int(memory), leaf, name)))
        if processes is not None:
            self._all.append(_Processes(int(processes), controllers.hold(controllers.PIDS, int(processes), leaf, name)))
        if cpu_s is not None:
            self._all.append(_Cpu(cpu_s, controllers.hold(controllers.CPU, 0, leaf, name)))
        for one in self._all:
            rlimits.extend(one.rlimits)
        held_by = [(one.name, one.held_by) for one in self._all]
        if open_files is not None:
            rlimits.append(restraints.files_of_one(int(open_files)))
            held_by.append(("open_files", "rlimit"))
        groups = [one.group for one in self._all if one.group is not None]
        self._groups = tuple(dict.fromkeys(group.folder for group in groups if group.version == 1))
        self.restraints = (self._groups, any(group.version == 2 for group in groups), tuple(rlimits), int(nice or 0))
        self.held_by = tuple(held_by)
        self.next_look = min((one.next_look for one in self._all), default=math.inf)

    def look(self, now: float) -> str:
        """As in `Unbounded`."""
        for one in self._all:
            if now >= one.next_look and one.look(now):
                return one.name
        self.next_look = min((one.next_look for one in self._all), default=math.inf)
        return ""

    def look_at_last(self) -> None:
        """As in `Unbounded`."""
        for one in self._all:
            one.look(time.monotonic())

    def exceeded(self) -> tuple[tuple[str, str], ...]:
        """As in `Unbounded`."""
        return tuple((one.name, words) for one in self._all if (words := one.exceeded()))

    def close(self, within_s: float) -> None:
        """As in `Unbounded`."""
        for folder in self._groups:
            controllers.clear(folder, within_s)


class _Bound(ABC):
    """One limit. Once `look` was True, or at the command's end, `exceeded` has the words for it."""

    name = ""

    def __init__(self, group: Group | None, by_itself: str) -> None:
        self.group = group
        self.held_by = group.words if group else by_itself
        self.rlimits: tuple[Rlimit, ...] = ()
        self.next_look = math.inf

    @abstractmethod
    def look(self, now: float) -> bool:
        """Whether the command must be ended now."""

    @abstractmethod
    def exceeded(self) -> str:
        """What came of the limit, or empty where the command kept within it."""

    def _look_again(self, since: float) -> None:
        now = time.monotonic()
        self.next_look = now + min(_LONGEST_S, max(_SHORTEST_S, (now - since) * _SHARE))


class _Memory(_Bound):
    name = "memory"

    def __init__(self, bound: int, group: Group | None) -> None:
        super().__init__(group, "looked at by the guard; rlimit for each process")
        self._bound = bound
        self._seen = 0
        if group is None:
            self.rlimits = (restraints.memory_of_one(bound),)
        self.next_look = 0.0

    def look(self, now: float) -> bool:
        if self.group is not None:
            # The kernel has ended one of them: what the others still do is of no use to anybody.
            self.next_look = now + _LOOK_S
            return self.group.killed() > 0
        self._seen = usage.memory(os.getpid(), self._bound)
        self._look_again(now)
        return self._seen > self._bound

    def exceeded(self) -> str:
        limit = f"the limit is {_size(self._bound)} ({self.held_by})"
        if self.group is None:
            return f"its processes held {_size(self._seen)} of memory: {limit}" if self._seen > self._bound else ""
        killed = self.group.killed()
        who = "1 process" if killed == 1 else f"{killed} processes"
        return f"the kernel ended {who} for want of memory: {limit}" if killed else ""


class _Processes(_Bound):
    name = "processes"

    def __init__(self, bound: int, group: Group | None) -> None:
        super().__init__(group, "looked at by the guard")
        self._bound = bound
        self._seen = 0
        if group is None:
            self.next_look = 0.0
            if os.getuid():
                most = usage.threads_of_user(os.getuid()) + 2 * bound + _ROOM_FOR_OTHERS
                self.rlimits = ((resource.RLIMIT_NPROC, most, most),)
                self.held_by += "; rlimit for the user"

    def look(self, now: float) -> bool:
        self._seen = usage.threads(os.getpid())
        self._look_again(now)
        return self._seen > self._bound

    def exceeded(self) -> str:
        limit = f"the limit is {self._bound} ({self.held_by})"
        if self.group is None:
            return f"{self._seen} processes and threads at a time: {limit}" if self._seen > self._bound else ""
        refused = self.group.refused()
        times = "once" if refused == 1 else f"{refused} times"
        return f"another process or thread was refused {times}: {limit}" if refused else ""


class _Cpu(_Bound):
    name = "cpu"

    def __init__(self, bound_s: float, group: Group | None) -> None:
        super().__init__(group, "looked at by the guard; rlimit for each process")
        self._bound_s = bound_s
        self._before = 0.0 if group else usage.cpu_s(os.getpid())
        self._processors = os.cpu_count() or 1
        self.rlimits = (restraints.cpu_of_one(bound_s),)
        self.next_look = 0.0

    def look(self, now: float) -> bool:
        left = self._bound_s - self._used()
        self._look_again(now)
        self.next_look = max(self.next_look, min(now + left / self._processors, now + _LONGEST_S))
        return left < 0

    def exceeded(self) -> str:
        used = self._used()
        limit = f"the limit is {self._bound_s:g} s ({self.held_by})"
        return f"used {used:.2f} s of processor time: {limit}" if used > self._bound_s else ""

    def _used(self) -> float:
        return self.group.cpu_s() if self.group else usage.cpu_s(os.getpid()) - self._before


def _size(number: int) -> str:
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if number >= unit:
            return f"{number / unit:.4g} {name}"
    return f"{number} B"
