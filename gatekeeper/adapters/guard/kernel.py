"""Owns the calls of the kernel that Python has no name for. Knows nothing of steps."""

from __future__ import annotations

import ctypes
import os

_SET_NAME = 15
_SET_CHILD_SUBREAPER = 36
_KEEP_SIZE = 1
_PUNCH_HOLE = 2
_MODIFIED = 0x2
_ONCE = 0x80000000

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


def punch_hole(descriptor: int, start: int, length: int) -> bool:
    """Give the blocks of a range of an open file back to the disk; False where the file system cannot."""
    call = _c().fallocate
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
        return int(_c().inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
    except (OSError, AttributeError):
        return -1


def notify_of_write(notifier: int, path: str) -> bool:
    """Tell of the next write to a file, and of no other after it; False where the kernel cannot."""
    call = _c().inotify_add_watch
    call.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_uint32)
    return int(call(notifier, path.encode(), _MODIFIED | _ONCE)) >= 0


def forget_notices(notifier: int) -> None:
    """Read away what a notifier holds."""
    try:
        os.read(notifier, 4096)
    except OSError:
        return


def clock_ticks() -> int:
    """Ticks a second, the unit of times in /proc/PID/stat."""
    return os.sysconf("SC_CLK_TCK")
