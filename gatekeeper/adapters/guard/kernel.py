"""Owns the calls of the kernel that Python has no name for. Knows nothing of steps."""

from __future__ import annotations

import ctypes
import os
import signal

_SET_DUMPABLE = 4
_SET_NAME = 15
_SET_CHILD_SUBREAPER = 36
_KEEP_SIZE = 1
_PUNCH_HOLE = 2
_CLONE3 = 435
_INTO_CGROUP = 0x2_0000_0000

_libc: list[ctypes.CDLL] = []


def _c() -> ctypes.CDLL:
    if not _libc:
        _libc.append(ctypes.CDLL(None, use_errno=True))
    return _libc[0]


def adopt_orphans() -> bool:
    """Make orphans among this process's descendants fall to it; False where the kernel has no such thing."""
    try:
        return int(_c().prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)) == 0
    except (OSError, AttributeError):
        return False


def set_name(name: str) -> None:
    """What ``ps`` and ``top`` call this process (15 bytes)."""
    _c().prctl(_SET_NAME, name.encode()[:15] + b"\0", 0, 0, 0)


def forbid_core() -> None:
    """Leave no core file when this process dies of a signal."""
    _c().prctl(_SET_DUMPABLE, 0, 0, 0, 0)


def fork_into(folder: int) -> int:
    """`os.fork`, with the child born inside the cgroup whose folder is open as `folder`. Raises `OSError`.

    Whoever joins one later waits for all processors of the machine, 5 to 15 ms where nobody joined just before. Only
    for a process with one thread: neither Python's nor the C library's own handlers hear of this fork.
    """
    # struct clone_args: the flags first, the signal that tells of the end fifth, the cgroup last.
    arguments = (ctypes.c_uint64 * 11)(_INTO_CGROUP, 0, 0, 0, signal.SIGCHLD, 0, 0, 0, 0, 0, folder)
    # PyDLL keeps the interpreter's lock, so that the child has it too.
    call = ctypes.PyDLL(None, use_errno=True).syscall
    pid = int(call(_CLONE3, ctypes.byref(arguments), ctypes.sizeof(arguments)))
    if pid < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return pid


def punch_hole(descriptor: int, start: int, length: int) -> bool:
    """Give the blocks of a range of an open file back to the disk; False where the file system cannot."""
    call = _c().fallocate
    call.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
    try:
        return int(call(descriptor, _KEEP_SIZE | _PUNCH_HOLE, start, length)) == 0
    except (OSError, ValueError):
        return False


def clock_ticks() -> int:
    """Ticks a second, the unit of times in /proc/PID/stat."""
    return os.sysconf("SC_CLK_TCK")
