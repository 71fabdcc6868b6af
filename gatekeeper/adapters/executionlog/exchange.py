"""Owns what the system offers for replacing a file that others write, too. Knows no content.

Linux exchanges two names in one instant, and tells whether anybody has a file open for writing. Where a system or a
file system offers neither, the nearest thing is done.
"""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_HERE = -100
_NOT_OVER_ANOTHER = 1
_EXCHANGE = 2
_UNKNOWN = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM})
_SET_SIGNAL = 10
_SET_LEASE = 1024
_WAITING_S = 1.0
_WRITING_S = 0.25
_PAUSE_S = 0.005


def exchange(one: str, other: str) -> None:
    """Exchange the files that two names stand for; where that cannot be had, `one` is a copy of `other` afterwards.

    Raises `OSError`.
    """
    if _rename(one, other, _EXCHANGE):
        return
    kept = f"{one}.kept"
    try:
        os.link(other, kept)
    except OSError:
        import shutil

        shutil.copyfile(other, kept)
    os.replace(one, other)
    os.rename(kept, one)


def place_new(one: str, other: str) -> bool:
    """Give the file `one` the name `other`, unless that is taken meanwhile. Raises `OSError`."""
    try:
        if not _rename(one, other, _NOT_OVER_ANOTHER):
            os.link(one, other)
    except FileExistsError:
        return False
    return True


def somebody_writes(descriptor: int) -> bool:
    """Whether anybody has the open file open for writing, and still has after a moment; False where none can tell.

    An editor that empties a file and writes it anew is waited for so.
    """
    if sys.platform != "linux":
        return False
    until = time.monotonic() + _WRITING_S
    while True:
        try:
            # Who opens it for writing meanwhile waits for us, which takes no longer than the next line; and the signal
            # that tells us so would end the process if it were the usual one.
            fcntl.fcntl(descriptor, _SET_SIGNAL, signal.SIGURG)
            fcntl.fcntl(descriptor, _SET_LEASE, fcntl.F_RDLCK)
            fcntl.fcntl(descriptor, _SET_LEASE, fcntl.F_UNLCK)
        except OSError as fault:
            # Any other answer is that of a file system, or of a file of somebody else's, that does not tell.
            if fault.errno != errno.EAGAIN:
                return False
            if time.monotonic() > until:
                return True
            time.sleep(_PAUSE_S)
        else:
            return False


@contextmanager
def alone(folder: str) -> Iterator[None]:
    """Keep other processes of gatekeeper out of a folder; who waits too long goes on without.

    They only spare each other work: what is replaced is compared anyway.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        yield
        return
    try:
        until = time.monotonic() + _WAITING_S
        while time.monotonic() < until:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(_PAUSE_S)
            except OSError:
                break
            else:
                break
        yield
    finally:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def _rename(one: str, other: str, how: int) -> bool:
    """Whether the system could do it. Raises `OSError` where it could, and the names do not allow it."""
    if sys.platform != "linux":
        return False
    import ctypes

    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:
        return False
    call.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    if call(_HERE, os.fsencode(one), _HERE, os.fsencode(other), how) == 0:
        return True
    code = ctypes.get_errno()
    if code in _UNKNOWN:
        return False
    raise OSError(code, os.strerror(code), other)
