"""Owns opening a file whose name a command could have given to something else. Knows not what is in it."""

from __future__ import annotations

import errno
import os
import stat


def open_ordinary(path: str, flags: int, mode: int = 0o600) -> int:
    """As `os.open`, but it never waits, follows no link, and takes nothing but an ordinary file.

    Opening a FIFO would wait for somebody at its other end, and nobody's deadline reaches into that. Raises `OSError`.
    """
    descriptor = os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, mode)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no ordinary file any more", path)
    os.set_blocking(descriptor, True)
    return descriptor
