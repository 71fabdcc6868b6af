"""Owns the folder that a command has to itself for temporary files and sockets: its name, making it, removing it.

A server that a step starts puts its socket there, so that no other step's work is handed to it, and none of this
step's to one that ran before. A guardian has one such folder for all its commands, one after the other, and empties it
after each: making one can take a millisecond on a large disk, looking into an empty one takes microseconds. Nothing
is removed but what bears such a name and is ours; nothing that a link points to, nothing below a mount point.
"""

from __future__ import annotations

import os
import stat
import time

from gatekeeper.adapters.guard.system import procfs

_HEX = frozenset("0123456789abcdef")
_LONGEST_PARENT = 40
_DEEPEST = 100
_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def folder_for(token: str, guardian: int) -> str:
    """Where the guardian with this pid has its folder; empty where the machine has no place for one.

    Short, because the path of a unix socket may have no more than 108 bytes.
    """
    pid, _, key = token.partition(":")
    name = f"gk-{pid}-{key[:8]}.{guardian}"
    if not _is_name(name):
        return ""
    for parent in (os.environ.get("TMPDIR", "").rstrip("/"), "/tmp", "/var/tmp"):  # noqa: S108 - a folder of its own in it
        if parent.startswith("/") and len(parent) <= _LONGEST_PARENT and os.access(parent, os.W_OK | os.X_OK):
            return f"{parent}/{name}"
    return ""


def is_private(path: str) -> bool:
    """Whether a path could be such a folder, and nobody else's."""
    return os.path.isabs(path) and os.path.normpath(path) == path and _is_name(os.path.basename(path))


def _is_name(name: str) -> bool:
    """Whether it is ``gk-<pid>-<8 hexadecimal digits>.<pid>``."""
    start, _, rest = name.partition("-")
    pid, _, rest = rest.partition("-")
    key, _, guardian = rest.partition(".")
    numbers = pid.isascii() and pid.isdecimal() and guardian.isascii() and guardian.isdecimal()
    return start == "gk" and numbers and len(key) == 8 and _HEX.issuperset(key)


class Folder:
    """The folder of one guardian: made for the first command that wants it, empty for each, gone with the guardian."""

    __slots__ = ("_made", "_path")

    def __init__(self) -> None:
        self._path = ""
        self._made = (0, 0)

    def offer(self, path: str) -> None:
        """Have it there, and empty; an empty path is none. Raises `OSError`, also where there is something already."""
        if self._path and not self._is_as_made():
            # Somebody tidied up, or took its place; what is there now is not for us to use.
            self._path = ""
        if self._path != path and path:
            os.mkdir(path, 0o700)
            found = os.lstat(path)
            self._path, self._made = path, (found.st_dev, found.st_ino)

    def clear(self, within_s: float) -> bool:
        """Take away what the last command left in it, or all of it where it is not as it was made.

        False where that does not go in time: then no other command can have it.
        """
        if not self._path or (self._is_as_made() and (not os.listdir(self._path) or self._emptied(within_s))):
            return True
        return self.remove(within_s)

    def remove(self, within_s: float) -> bool:
        """Take it away; False where something is left, for whoever looks after the run."""
        if self._path and remove(self._path, within_s, self._made):
            self._path = ""
        return not self._path

    def _is_as_made(self) -> bool:
        try:
            found = os.lstat(self._path)
        except OSError:
            return False
        own = found.st_uid == os.geteuid() and found.st_mode == stat.S_IFDIR | 0o700
        return own and (found.st_dev, found.st_ino) == self._made

    def _emptied(self, within_s: float) -> bool:
        return _empty(self._path, os.lstat(self._path), time.monotonic() + within_s)


def remove(path: str, within_s: float, made: tuple[int, int] = (0, 0)) -> bool:
    """Take the folder away with all that is in it, as far as time allows; True when it is not there any more.

    It must belong to this user, or be the very one that was `made`: a step of root's may have given it away.
    """
    if not is_private(path):
        return False
    try:
        found = os.lstat(path)
        if found.st_uid != os.geteuid() and (found.st_dev, found.st_ino) != made:
            return False
        if not stat.S_ISDIR(found.st_mode):
            # A command put it there instead; a link goes, and not what it points to.
            os.unlink(path)
            return True
        os.rmdir(path)
    except FileNotFoundError:
        return True
    except OSError:
        if not _empty(path, found, time.monotonic() + within_s):
            return False
        try:
            os.rmdir(path)
        except OSError:
            return False
    return True


def _empty(path: str, seen: os.stat_result, until: float) -> bool:
    mounted = {point for point in procfs.mount_points() if point.startswith(f"{path}/")}
    try:
        top = os.open(path, _OPEN_FOLDER)
    except OSError:
        return False
    try:
        # What was looked at may have been replaced since.
        if not os.path.samestat(os.fstat(top), seen):
            return False
        _Removal(top, seen.st_dev, mounted, until).empty(top, path, 0)
    except (OSError, RecursionError):
        return False
    finally:
        os.close(top)
    return True


class _Removal:
    def __init__(self, top: int, device: int, mounted: set[str], until: float) -> None:
        self._top = top
        self._device = device
        self._mounted = mounted
        self._until = until
        self._moved = 0

    def empty(self, folder: int, path: str, depth: int) -> None:
        """Remove what is in an open folder. Raises `OSError` where something stays, after having done the rest."""
        os.fchmod(folder, 0o700)
        trouble: OSError | None = None
        while entries := os.listdir(folder):
            for name in entries:
                if time.monotonic() > self._until:
                    raise TimeoutError
                try:
                    self._remove(folder, name, f"{path}/{name}", depth)
                except FileNotFoundError:
                    continue
                except OSError as refused:
                    trouble = refused
            if trouble is not None:
                raise trouble
            # What lay too deep was moved to the top: there is more to do there.
            if folder != self._top:
                break

    def _remove(self, folder: int, name: str, path: str, depth: int) -> None:
        try:
            os.unlink(name, dir_fd=folder)
        except (IsADirectoryError, PermissionError):
            # unlink(2) says the one of a folder on Linux, the other elsewhere.
            pass
        else:
            return
        if path in self._mounted:
            raise OSError(f"{path} is a mount point")
        below = self._open(folder, name)
        try:
            if os.fstat(below).st_dev != self._device:
                raise OSError(f"{path} is a mount point")
            if depth >= _DEEPEST and not self._mounted:
                self._moved += 1
                os.rename(name, f".gk-deep-{self._moved}", src_dir_fd=folder, dst_dir_fd=self._top)
                return
            self.empty(below, path, depth + 1)
        finally:
            os.close(below)
        os.rmdir(name, dir_fd=folder)

    def _open(self, folder: int, name: str) -> int:
        try:
            return os.open(name, _OPEN_FOLDER, dir_fd=folder)
        except PermissionError:
            # One that its owner may not read, as package caches have them.
            os.chmod(name, 0o700, dir_fd=folder)
            return os.open(name, _OPEN_FOLDER, dir_fd=folder)
