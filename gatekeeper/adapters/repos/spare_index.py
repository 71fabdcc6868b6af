"""Owns an index for git that is nobody's own, and removing those whose process died. Knows nothing of what is in it."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_PREFIX = "gatekeeper-index-"


@contextmanager
def spare_index() -> Iterator[str]:
    """A path for git's index that nobody else uses, gone when the block is left. Raises `OSError`."""
    folder, lock = _locked_folder()
    try:
        yield os.path.join(folder, "index")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def tidy() -> tuple[str, ...]:
    """Remove those that killed processes of this user left; returns what is gone now."""
    place = tempfile.gettempdir()
    gone = []
    for name in sorted(os.listdir(place)):
        folder = os.path.join(place, name)
        if not name.startswith(_PREFIX) or not os.path.isdir(folder) or os.lstat(folder).st_uid != os.geteuid():
            continue
        with suppress(OSError):  # its process lives, or somebody else is removing it
            lock = _lock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)
            gone.append(folder)
    return tuple(gone)


def _locked_folder() -> tuple[str, int]:
    while True:
        folder = tempfile.mkdtemp(prefix=_PREFIX)
        try:
            lock = _lock(folder, fcntl.LOCK_EX)
        except FileNotFoundError:
            continue
        if os.fstat(lock).st_nlink:
            return folder, lock
        # Somebody who tidies up came between, and took it for a dead one's.
        os.close(lock)


def _lock(folder: str, how: int) -> int:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, how)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
