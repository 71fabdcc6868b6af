"""Owns small files that are there whole or not at all, and are their owner's alone. Knows nothing of what is in one."""

from __future__ import annotations

import errno
import os
from contextlib import suppress

_FOR_READING = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOR_WRITING = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC


def write_whole(path: str, content: bytes) -> None:
    """Make the file at `path` hold `content` (0600), in a folder (0700) that is made if need be. Raises `OSError`.

    Whoever reads it meanwhile, or after we were killed, finds what was there or what is there now.
    """
    os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
    passing = f"{path}.{os.getpid()}.tmp"
    try:
        with open(os.open(passing, _FOR_WRITING, 0o600), "wb") as file:
            file.write(content)
        os.replace(passing, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(passing)
        raise


def read_small(path: str, most: int) -> bytes:
    """The first `most` bytes of a file; no link is followed, and no pipe waited for. Raises `OSError`."""
    descriptor = os.open(path, _FOR_READING)
    with os.fdopen(descriptor, "rb") as file:
        return file.read(most)


def read_own(path: str, most: int) -> bytes:
    """As `read_small`; somebody else's file in a folder that several can write to is refused, too."""
    descriptor = os.open(path, _FOR_READING)
    with os.fdopen(descriptor, "rb") as file:
        if os.fstat(descriptor).st_uid != os.geteuid():
            raise PermissionError(errno.EPERM, "it belongs to another user", path)
        return file.read(most)
