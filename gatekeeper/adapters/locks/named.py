"""Owns named locks: what several runs of one user on this machine must not use at once (port `Resources`).

Each name has a file, which the kernel's flock locks; it goes with its process, however that ends. Where the files lie
must not depend on who starts a run, a shell, cron, or an agent: it is `/tmp/gatekeeper-locks-UID`, whatever TMPDIR and
XDG_RUNTIME_DIR say. GATEKEEPER_LOCKS names another folder, such as one that containers share.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
from collections.abc import Callable
from contextlib import suppress

from gatekeeper.adapters.locks.holder import locking_pid, myself, read_holder, write_holder
from gatekeeper.model.errors import EnvironmentFault

FOLDER = "GATEKEEPER_LOCKS"
"""The variable that names the folder."""

_LONGEST_FILE = 120


class NamedLocks:
    """The locks of one run."""

    def __init__(self, run: str, now: Callable[[], str], folder: str = "") -> None:
        """`run` and `now` (the wall clock, UTC in ISO 8601) are what others will be told.

        Raises `EnvironmentFault` where the folder cannot be used.
        """
        self._run = run
        self._now = now
        self._folder = os.path.abspath(folder) if folder else f"/tmp/gatekeeper-locks-{os.geteuid()}"  # noqa: S108
        _require_folder(self._folder, own=not folder)

    def take(self, names: tuple[str, ...]) -> Callable[[], None] | str:
        """Take all of `names`, or none: what gives them back, or in words which one somebody has.

        Raises `EnvironmentFault` where one cannot be locked at all.
        """
        taken: list[int] = []
        try:
            for name in sorted(set(names)):
                path = os.path.join(self._folder, _file_of(name))
                descriptor = _locked(path)
                if isinstance(descriptor, str):
                    _release(taken)
                    return f"{name} is held by {descriptor}"
                taken.append(descriptor)
            for descriptor in taken:
                write_holder(descriptor, myself(self._run, self._now()))
        except OSError as fault:
            _release(taken)
            raise EnvironmentFault(f"the locks in {self._folder} cannot be used: {fault.strerror}") from fault
        return lambda: _release(taken)


def _locked(path: str) -> int | str:
    """The open and locked file, or in words who has it."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder, pid = read_holder(descriptor), locking_pid(descriptor)
            os.close(descriptor)
            if holder is not None:
                return str(holder)
            return f"pid {pid}" if pid is not None else "a process that cannot be seen from here"
        except OSError:
            os.close(descriptor)
            raise
        # What cleans /tmp may have removed the file in between; then nobody else would meet us there.
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), os.lstat(path)):
                return descriptor
        os.close(descriptor)


def _release(taken: list[int]) -> None:
    while taken:
        descriptor = taken.pop()
        with suppress(OSError):
            os.ftruncate(descriptor, 0)
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def _file_of(name: str) -> str:
    safe = "".join(character if character.isalnum() or character in "-_.=" else "_" for character in name)
    # Always, because two names may look the same without it.
    return f"{safe[:_LONGEST_FILE]}-{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def _require_folder(folder: str, *, own: bool) -> None:
    try:
        with suppress(FileExistsError):
            os.mkdir(folder, 0o700)
        found = os.lstat(folder) if own else os.stat(folder)
    except OSError as fault:
        raise EnvironmentFault(
            f"the folder of locks {folder} cannot be made: {fault.strerror}; name another one: export {FOLDER}=…"
        ) from None
    if not stat.S_ISDIR(found.st_mode):
        raise EnvironmentFault(f"{folder}, where locks belong, is no folder; remove it, or export {FOLDER}=…")
    if own and (found.st_uid != os.geteuid() or found.st_mode & 0o077):
        raise EnvironmentFault(
            f"the folder of locks {folder} belongs to somebody else, or is open to others; remove it, chmod 700 it, "
            f"or export {FOLDER}=…"
        )
