"""Owns what a leader takes on before it becomes a command, so that all that comes of it has it too. Chooses nothing.

It is sent as plain values: the groups to join, whether its own leaf must hold it, the kernel's limits of a process as
(number, soft, hard), and what is added to its niceness.
"""

from __future__ import annotations

import errno
import math
import os
import resource
import signal
from collections.abc import Callable

from gatekeeper.adapters.guard.system import cgroup

Rlimit = tuple[int, int, int]
Restraints = tuple[tuple[str, ...], bool, tuple[Rlimit, ...], int]

_ROOM = 1 << 30
"""What one process may map beyond what all may hold: a JVM that holds 90 MB has mapped 510 MB to write to."""

_LATE_S = 2
"""How late whoever looks at all processes may be before the kernel ends one that has used up all of it alone."""

_DEAF_S = 2
"""For how long a process may go on that does not heed the kernel's first signal."""


def memory_of_one(bound: int) -> Rlimit:
    """What one process may map to write to, where all together may hold `bound` bytes."""
    return resource.RLIMIT_DATA, bound + _ROOM, bound + _ROOM


def cpu_of_one(bound_s: float, late_s: int = _LATE_S) -> Rlimit:
    """What one process may use of the processor, in whole seconds; `late_s` for whoever looks at all together."""
    alone = math.ceil(bound_s) + late_s
    return resource.RLIMIT_CPU, alone, alone + _DEAF_S


def files_of_one(bound: int) -> Rlimit:
    """How many files one process may have open."""
    return resource.RLIMIT_NOFILE, bound, bound


def before_exec(limits: tuple[float | None, ...]) -> Callable[[], None] | None:
    """What a child is to call before its exec where nobody looks at all processes together; None where no limit is.

    `limits` as in a `SpawnOrder`. Memory and processes are not among them: not every system keeps those.
    """
    if not any(limits[1:]):
        return None
    _, _, _, cpu_s, open_files, nice = limits
    rlimits = [cpu_of_one(cpu_s, late_s=0)] if cpu_s is not None else []
    rlimits += [files_of_one(int(open_files))] if open_files is not None else []
    given: Restraints = (), False, tuple(rlimits), int(nice or 0)
    return lambda: take_on(given, in_leaf=False)


def exceeded_alone(limits: tuple[float | None, ...], code: int) -> tuple[tuple[str, str], ...]:
    """The limits, by name and in words, that the kernel ended a process for; `code` as `subprocess` has it."""
    if code != -signal.SIGXCPU or limits[3] is None:
        return ()
    return (("cpu", f"the kernel ended it for its processor time: the limit is {limits[3]:g} s (rlimit)"),)


def take_on(
    given: Restraints,
    *,
    in_leaf: bool,
) -> None:
    """Take all of it on. Raises `OSError` where something of it is refused: then it would not hold."""
    groups, by_leaf, limits, nice = given
    if by_leaf and not in_leaf:
        raise OSError(errno.ENOTSUP, "the leaf that holds the limits could not be joined")
    for group in groups:
        cgroup.join(group)
    if nice:
        os.nice(nice)
    for number, soft, hard in limits:
        had_soft, had_hard = resource.getrlimit(number)
        resource.setrlimit(number, (_lower(soft, had_soft), _lower(hard, had_hard)))


def _lower(one: int, other: int) -> int:
    return one if other == resource.RLIM_INFINITY else min(one, other)
