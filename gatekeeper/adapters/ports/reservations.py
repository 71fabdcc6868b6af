"""Owns that two gatekeepers never have the same port at the same time. Binds no port and knows no user of one.

On Linux a reservation is a name in the abstract socket namespace: it belongs to the network namespace, just as the
port does, so that it is seen by every user and in every container on the same network, and the kernel drops it with
its process. Elsewhere it is a locked file in a folder of the user's own, which other users' runs do not see.
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import struct
import sys
from typing import Protocol


class Reservation(Protocol):
    """Holds until it is closed, or its process dies."""

    def close(self) -> None:
        """Give the port back to other gatekeepers. Harmless when done before."""
        ...


def reserve(port: int) -> Reservation | None:
    """The reservation of `port`, or None where somebody has it."""
    if sys.platform != "linux":
        return reserve_by_file(port, _folder())
    name = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        name.bind(_name(port))
        # Nobody is ever accepted: this only makes the kernel tell who is here.
        name.listen(1)
    except OSError:
        name.close()
        return None
    return name


def reserved_by(port: int) -> int | None:
    """The process that has reserved `port`, as far as that can be told."""
    if sys.platform != "linux":
        return None
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        caller.setblocking(False)
        caller.connect(_name(port))
        pid, _uid, _gid = struct.unpack("3i", caller.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        return int(pid) or None
    return None


def _name(port: int) -> str:
    return f"\0gatekeeper-port-{port}"


class _LockedFile:
    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def reserve_by_file(port: int, folder: str) -> Reservation | None:
    """A reservation by a locked file in `folder`, for where there is no abstract namespace.

    A folder that cannot be trusted (a symlink, another user's, open to others) or written is not used: the run then
    has its port by the bound socket alone.
    """
    import fcntl

    try:
        with contextlib.suppress(FileExistsError):
            os.mkdir(folder, 0o700)
        found = os.lstat(folder)
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
            return _LockedFile(None)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(os.path.join(folder, str(port)), flags, 0o600)
    except OSError:
        return _LockedFile(None)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError:  # a file system without locks
        os.close(descriptor)
        return _LockedFile(None)
    return _LockedFile(descriptor)


def _folder() -> str:
    base = os.environ.get("XDG_RUNTIME_DIR", "")
    if base and os.path.isdir(base):
        return os.path.join(base, "gatekeeper-ports")
    import tempfile

    return os.path.join(tempfile.gettempdir(), f"gatekeeper-ports-{os.getuid()}")
