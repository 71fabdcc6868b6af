"""Owns taking a folder or a file of ours away: whole, once, and nothing that lies elsewhere. Knows no run.

A folder is first put aside under a name that nobody reads, which happens at once or not at all; what was put aside and
not removed yet, because somebody pulled the plug, goes the next time. No symlink is ever followed.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
from collections.abc import Callable

from gatekeeper.model.errors import EnvironmentFault, LockHeld

_ASIDE = "pruned"


class Remover:
    """Removes below one state folder; the only one who does so at a time. A context manager."""

    def __init__(self, state: str) -> None:
        """Raises `LockHeld` where another one is at it, `EnvironmentFault` where nothing can be removed here."""
        self._aside = os.path.join(state, _ASIDE)
        lock = os.path.join(state, "locks", "prune.lock")
        try:
            os.makedirs(os.path.dirname(lock), 0o700, exist_ok=True)
            self._lock = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError as fault:
            raise EnvironmentFault(f"nothing can be removed in {state}: {fault.strerror}") from fault
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _own_folder(self._aside)
        except BlockingIOError:
            os.close(self._lock)
            raise LockHeld("another `gatekeeper prune` is at work here; wait for it to end") from None
        except OSError as fault:
            os.close(self._lock)
            raise EnvironmentFault(f"nothing can be removed in {state}: {fault.strerror}") from fault

    def finish_former(self) -> tuple[str, ...]:
        """Remove what a former one only put aside; returns what stays of it, in words."""
        stays = []
        for name in sorted(os.listdir(self._aside)):
            try:
                _destroy(os.path.join(self._aside, name))
            except OSError as fault:
                stays.append(f"{os.path.join(self._aside, name)} cannot be removed: {fault.strerror}")
        return tuple(stays)

    def remove(self, path: str, still: Callable[[], bool]) -> str:
        """Take the folder at `path` away if it may `still` go; returns why it stays, in words, or nothing."""
        if why := _not_ours(path):
            return why
        aside = os.path.join(self._aside, f"{os.path.basename(path)}.{os.getpid()}")
        try:
            descriptor = _hold(path)
            try:
                if not still():
                    return "it is in use now"
                os.rename(path, aside)
            finally:
                if descriptor is not None:
                    os.close(descriptor)
            _destroy(aside)
        except BlockingIOError:
            return "it is in use now"
        except OSError as fault:
            return f"it cannot be removed: {fault.filename or path}: {fault.strerror}"
        return ""

    def close(self) -> None:
        """Let others."""
        os.close(self._lock)


def size_of(folder: str) -> int:
    """What a folder takes on the disk, in bytes. What cannot be looked at counts nothing."""
    total, pending = 0, [folder]
    while pending:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    found = entry.stat(follow_symlinks=False)
                    total += found.st_blocks * 512
                    if stat.S_ISDIR(found.st_mode):
                        pending.append(entry.path)
        except OSError:
            continue
    return total


def _own_folder(path: str) -> None:
    os.makedirs(path, 0o700, exist_ok=True)
    if why := _not_ours(path):
        raise EnvironmentFault(f"{path}: {why}")


def _not_ours(path: str) -> str:
    try:
        found = os.lstat(path)
    except OSError as fault:
        return f"it cannot be looked at: {fault.strerror}"
    if not stat.S_ISDIR(found.st_mode):
        return "it is no folder, and was left alone"
    if found.st_uid != os.geteuid():
        return f"it belongs to the user with id {found.st_uid}, and was left alone"
    return ""


def _hold(folder: str) -> int | None:
    """The journal of a run, locked as the run that writes it does; None where there is none."""
    try:
        descriptor = os.open(os.path.join(folder, "journal.jsonl"), os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _destroy(path: str) -> None:
    _open_up(path)
    shutil.rmtree(path)


def _open_up(folder: str) -> None:
    """A step may have taken the right to list or to change what it left; the folders are ours to give it back."""
    os.chmod(folder, 0o700)
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                _open_up(entry.path)
