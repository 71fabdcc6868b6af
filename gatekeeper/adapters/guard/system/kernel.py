"""Owns the calls of the kernel that Python has no name for. Knows nothing of steps.

Made with what `ctypes` itself is made of: importing that takes 2 ms, which is much of what `gatekeeper guard` has.
"""

from __future__ import annotations

import _ctypes
import os
import signal
import sys

_SET_DUMPABLE = 4
_SET_NAME = 15
_SET_CHILD_SUBREAPER = 36
_KEEP_SIZE = 1
_PUNCH_HOLE = 2
_MODIFIED = 0x2
_ONCE = 0x80000000
_CLONE3 = 435
_INTO_CGROUP = 0x2_0000_0000
_MOST = -20


class _Long(_ctypes._SimpleCData):  # type: ignore[type-arg]  # generic for type checkers only
    _type_ = "l"


class _Call(_ctypes.CFuncPtr):
    # Without PYTHONAPI the interpreter's lock would be let go of meanwhile, and a child could be born without it.
    _flags_ = _ctypes.FUNCFLAG_CDECL | _ctypes.FUNCFLAG_PYTHONAPI | _ctypes.FUNCFLAG_USE_ERRNO
    _restype_ = _Long


def _call(name: str, *arguments: int | bytes) -> int:
    """Call a function of the C library. Raises `OSError` where it is not there or says no."""
    ourselves = _ctypes.dlopen(None, os.RTLD_NOW)  # type: ignore[arg-type]  # None is what is loaded already
    found = _Call(_ctypes.dlsym(ourselves, name))(*arguments)
    if found < 0:
        number = _ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return int(found)


def adopt_orphans() -> bool:
    """Make orphans among this process's descendants fall to it; False where the kernel has no such thing."""
    try:
        _call("prctl", _SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    except OSError:
        return False
    return True


def never_starve() -> None:
    """Give this process, but nobody whom it starts, much more of the processors than others, if that is granted.

    A step may keep every processor busy with more processes than can be counted; whoever is to see its deadline and to
    end them must not stand in line behind them. Root is granted it. To be called after this process has a session of
    its own, because sessions may be what the scheduler shares between. Whoever was started with another priority than
    the ordinary one keeps that: it could not be handed on any more. No real-time priority: reaping waits for others in
    the kernel, without letting them run.
    """
    try:
        if os.sched_getscheduler(0) != os.SCHED_OTHER or os.getpriority(os.PRIO_PROCESS, 0) != 0:
            return
        os.sched_setscheduler(0, os.SCHED_OTHER | os.SCHED_RESET_ON_FORK, os.sched_param(0))
        os.setpriority(os.PRIO_PROCESS, 0, _MOST)
        with open("/proc/self/autogroup", "w") as share:
            share.write(str(_MOST))
    except OSError:
        return


def set_name(name: str) -> None:
    """What ``ps`` and ``top`` call this process (15 bytes)."""
    _call("prctl", _SET_NAME, name.encode()[:15] + b"\0", 0, 0, 0)


def forbid_core() -> None:
    """Leave no core file when this process dies of a signal."""
    _call("prctl", _SET_DUMPABLE, 0, 0, 0, 0)


def fork_into(folder: int) -> int:
    """`os.fork`, with the child born inside the cgroup whose folder is open as `folder`. Raises `OSError`.

    Whoever joins one later waits for all processors of the machine, 5 to 15 ms where nobody joined just before. Only
    for a process with one thread: neither Python's nor the C library's own handlers hear of this fork.
    """
    # struct clone_args: the flags first, the signal that tells of the end fifth, the cgroup last.
    fields = (_INTO_CGROUP, 0, 0, 0, signal.SIGCHLD, 0, 0, 0, 0, 0, folder)
    packed = b"".join(field.to_bytes(8, sys.byteorder) for field in fields)
    return _call("syscall", _CLONE3, packed, len(packed))


def punch_hole(descriptor: int, start: int, length: int) -> bool:
    """Give the blocks of a range of an open file back to the disk; False where the file system cannot."""
    import ctypes

    call = ctypes.CDLL(None, use_errno=True).fallocate
    call.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
    try:
        return int(call(descriptor, _KEEP_SIZE | _PUNCH_HOLE, start, length)) == 0
    except (OSError, ValueError):
        return False


def new_notifier() -> int:
    """A descriptor that is readable once a file named by `notify_of_write` was written to; -1 where none can be had.

    What it holds is for `forget_notices`. The caller closes it.
    """
    try:
        return _call("inotify_init1", os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return -1


def notify_of_write(notifier: int, path: str) -> bool:
    """Tell of the next write to a file, and of no other after it; False where the kernel cannot."""
    try:
        return _call("inotify_add_watch", notifier, path.encode() + b"\0", _MODIFIED | _ONCE) >= 0
    except OSError:
        return False


def forget_notices(notifier: int) -> None:
    """Read away what a notifier holds."""
    try:
        os.read(notifier, 4096)
    except OSError:
        return


def clock_ticks() -> int:
    """Ticks a second, the unit of times in /proc/PID/stat."""
    return os.sysconf("SC_CLK_TCK")
