"""Owns what is at a path, as one line of text that is the same exactly when the content is. Knows no git state.

The line holds git's view of the mode (a file's executable bit, a symlink and its target, no times, no owner), then a
digest. What cannot be read is told apart by size, times and inode instead: the times change with every change of
the content, so such a line may differ without need, but is not the same after a change.
"""

import errno
import os
import stat

from gatekeeper.adapters.repos.bounds import Bounds
from gatekeeper.model.record import NamedTuple

ABSENT = "absent"
_CHUNK = 1 << 20


class Content(NamedTuple):
    """What is at a path. `problem` says why it could not be read, or is empty."""

    line: str
    problem: str = ""


def content_of(path: bytes, bounds: Bounds) -> Content:
    """What is at `path`, symlinks not followed. Raises `OutOfTime`."""
    import hashlib

    bounds.check()
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return Content(ABSENT)
    except OSError as fault:
        return Content("unreadable", os.strerror(fault.errno or 0))
    try:
        if stat.S_ISLNK(found.st_mode):
            return Content(f"120000 {hashlib.sha256(os.readlink(path)).hexdigest()}")
        if not stat.S_ISREG(found.st_mode):
            kind = stat.S_IFMT(found.st_mode)
            return Content(by_times(found) if stat.S_ISDIR(found.st_mode) else f"{kind:06o} special {found.st_rdev}")
        digest = hashlib.sha256()
        # O_NONBLOCK: should a pipe take the file's place just now, opening it must not wait for a writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            while part := os.read(descriptor, _CHUNK):
                digest.update(part)
                bounds.check()
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        return Content(ABSENT)
    except OSError as fault:
        return Content(by_times(found), os.strerror(fault.errno or 0))
    return Content(f"{git_mode(found)} {digest.hexdigest()}")


def by_times(found: os.stat_result) -> str:
    """What tells two states of a path apart where the content cannot."""
    return f"{git_mode(found)} unread {found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {found.st_ino}"


def git_mode(found: os.stat_result) -> str:
    """The mode as git would keep it."""
    if stat.S_ISREG(found.st_mode):
        return "100755" if found.st_mode & stat.S_IXUSR else "100644"
    return f"{stat.S_IFMT(found.st_mode):06o}"


class Ids(NamedTuple):
    """What one content is called: its SHA-256, and the id of git's object that holds it."""

    sha256: str
    blob: str


def is_blob(path: bytes, mode: str, blob: str, bounds: Bounds) -> bool:
    """Whether git's object `blob` with `mode` is, byte for byte, what is at `path`. Raises `OutOfTime`.

    A file that git would convert (line ends, filters) is said to differ.
    """
    try:
        return git_mode(os.lstat(path)) == mode and ids_of(path, len(blob), bounds).blob == blob
    except OSError:
        return False


def ids_of(path: bytes, digits: int, bounds: Bounds) -> Ids:
    """Of the file or symlink at `path`, read once; git's id has `digits` hexadecimal digits, and nothing is converted.

    Raises:
        OSError: it cannot be read, or is neither.
        OutOfTime: it took too long.
    """
    import hashlib

    digest, blob = hashlib.sha256(), hashlib.new("sha1" if digits == 40 else "sha256", usedforsecurity=False)
    if os.path.islink(path):
        target = os.readlink(path)
        digest.update(target)
        blob.update(b"blob %d\0" % len(target) + target)
        return Ids(digest.hexdigest(), blob.hexdigest())
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise FileNotFoundError(errno.ENOENT, "not a regular file", path)
        blob.update(b"blob %d\0" % found.st_size)
        while part := os.read(descriptor, _CHUNK):
            digest.update(part)
            blob.update(part)
            bounds.check()
    finally:
        os.close(descriptor)
    return Ids(digest.hexdigest(), blob.hexdigest())
