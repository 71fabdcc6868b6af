"""Owns holding a tree for one run. Knows no run but by its name, and no clock: both are told.

The kernel's flock is the lock; it goes with its process, however that ends. What is written into the file only
tells people who holds it, and is overwritten by whoever gets the lock next. Lock files are never removed, because
removing one would let two processes hold two files of the same name.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from types import TracebackType
from typing import Self

from gatekeeper.adapters.locks.holder import Holder, locking_pid, myself, read_holder, write_holder
from gatekeeper.adapters.locks.places import PROJECT_LOCK, LockPlace, lock_places
from gatekeeper.model.errors import EnvironmentFault, LockHeld
from gatekeeper.model.record import NamedTuple

_UNWRITABLE = {errno.EACCES, errno.EPERM, errno.EROFS}


class _Taken(NamedTuple):
    """An open and locked lock file; not `writable` where it belongs to another user."""

    descriptor: int
    writable: bool


class TreeLock:
    """The locks of one run; a context manager that releases them. Its descriptors are never inherited."""

    def __init__(self, taken: tuple[_Taken, ...]) -> None:
        self._taken = taken

    @classmethod
    def acquire(cls, paths: tuple[str, ...], *, run: str, now: str) -> TreeLock:
        """Hold the tree: the project root `paths[0]` and all repos after it. All locks are taken, or none is.

        `run` and `now` are what others will be told: the run's id and the wall clock, UTC in ISO 8601.

        Raises:
            LockHeld: another run holds one of them; the text says who, since when, and what to do.
            EnvironmentFault: a lock cannot be taken here at all.
        """
        taken: list[_Taken] = []
        try:
            for place in lock_places(paths):
                # One by one, so that those before a failure are known.
                taken += _take(place)
            # Only now, so that a lock that is given back at once never named us.
            for lock in taken:
                if lock.writable:
                    write_holder(lock.descriptor, myself(run, now))
        except BaseException:
            for lock in taken:
                os.close(lock.descriptor)
            raise
        return cls(tuple(taken))

    def release(self) -> None:
        """Give the tree back. Harmless when done before."""
        taken, self._taken = self._taken, ()
        for descriptor, writable in taken:
            if writable:
                os.ftruncate(descriptor, 0)
            # Said, and not left to the closing: a fork that has not exec'd yet may hold a copy.
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _take(place: LockPlace) -> tuple[_Taken, ...]:
    try:
        lock = _open(place)
    except OSError as fault:
        if fault.errno in _UNWRITABLE and not place.needed:
            return ()
        raise _cannot(place, fault) from fault
    try:
        fcntl.flock(lock.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as fault:
        text = _held(place, read_holder(lock.descriptor), locking_pid(lock.descriptor))
        os.close(lock.descriptor)
        raise LockHeld(text) from fault
    except OSError as fault:
        os.close(lock.descriptor)
        raise _cannot(place, fault) from fault
    if place.needed and not lock.writable:
        owner = os.fstat(lock.descriptor).st_uid
        os.close(lock.descriptor)
        raise EnvironmentFault(
            f"cannot lock {place.folder}: {place.file} belongs to the user with id {owner} and no run holds it; "
            "remove it, or run gatekeeper as that user"
        )
    return (lock,)


def _open(place: LockPlace) -> _Taken:
    if place.file.endswith(PROJECT_LOCK):
        _make_folder(place.folder)
    # A symlink here would have us write into whatever file somebody made it point to.
    flags = os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        # Others may see who holds a tree that they work in, too.
        return _Taken(os.open(place.file, os.O_RDWR | os.O_CREAT | flags, 0o644), writable=True)
    except OSError as fault:
        if fault.errno not in _UNWRITABLE or not os.path.isfile(place.file):
            raise
        # Readable is enough to see whether somebody holds it, and who.
        return _Taken(os.open(place.file, os.O_RDONLY | flags), writable=False)


def _make_folder(root: str) -> None:
    own = os.path.join(root, ".gatekeeper")
    with contextlib.suppress(FileExistsError):
        os.mkdir(own, 0o711)
    with contextlib.suppress(OSError):
        ignore = os.open(os.path.join(own, ".gitignore"), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        os.write(ignore, b"*\n")
        os.close(ignore)
    with contextlib.suppress(FileExistsError):
        os.mkdir(os.path.join(own, "locks"), 0o711)


def _cannot(place: LockPlace, fault: OSError) -> EnvironmentFault:
    match fault.errno:
        case errno.ELOOP:
            why, then = f"{place.file} is a symlink", "remove it: gatekeeper does not write through symlinks"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            why = f"{place.file} cannot be written ({fault.strerror})"
            then = "make it writable for this user: a run needs to keep others off, and to keep its journal"
        case errno.ENOLCK | errno.EOPNOTSUPP | errno.ENOSYS:
            why, then = f"the file system of {place.file} has no locks ({fault.strerror})", "use a local one"
        case _:
            why, then = f"{place.file}: {fault.strerror}", "see what is at that path"
    return EnvironmentFault(f"cannot lock {place.folder}: {why}; {then}")


def _held(place: LockPlace, holder: Holder | None, pid: int | None) -> str:
    if holder is not None and holder.host != os.uname().nodename:
        who, then = f"another run on {holder.host} ({holder})", "wait for it to end, or end it there"
    elif holder is not None:
        who, then = f"another run ({holder})", f"wait for it to end, or end it with: kill {holder.pid}"
    elif pid is not None:
        who, then = f"pid {pid}, which does not say for which run", "wait for it to end, and try again"
    else:
        who, then = "a process that cannot be seen from here", f"find it with: fuser -v {place.file}"
    return f"{place.folder} is held by {who}; {then}"
