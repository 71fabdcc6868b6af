"""Owns scratch worktrees: a commit checked out in a folder of its own, on no branch, and gone afterwards.

Neither the index, nor the branches, nor the files of the person whose repository it is are touched, and no hook runs.
Beside each worktree lies a mark that its process holds locked; what a killed process left is told by that, and
removed by `tidy`.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import stat
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from gatekeeper.adapters.repos.bounds import Bounds, OutOfTime
from gatekeeper.adapters.repos.commits import CannotRead, resolve
from gatekeeper.adapters.repos.git import ask

WITHIN_S = 300.0
"""How long a checkout may take."""

_REMOVED_WITHIN_S = 60.0
_MARK = ".mark"
_QUIET = ("-c", "core.hooksPath=/dev/null", "-c", "submodule.recurse=false", "-c", "advice.detachedHead=false")


class Scratch:
    """One scratch worktree: `open` makes it, `close` takes it away, whatever came between. Both may block.

    `top` is its folder, `path` the one in it that stands for the folder it was made for.
    """

    def __init__(self, folder: str, commit: str, into: str, *, uncommitted: bool = False) -> None:
        """`folder` is, or lies in, a git working tree; `commit` is any name of one; `into` is where worktrees lie.

        With `uncommitted` HEAD and index are at the commit's first parent, so that it is what nobody committed yet.
        """
        self._folder = os.path.realpath(folder)
        self._name = commit
        self._uncommitted = uncommitted
        self._into = os.path.realpath(into)
        self._bounds = Bounds(WITHIN_S)
        self._lock = threading.Lock()
        self._mark = -1
        self.commit = ""
        self.top = os.path.join(self._into, f"{os.getpid()}-{os.urandom(4).hex()}")
        self.path = self.top
        self.original = self._folder

    def open(self) -> None:
        """Check the commit out. Raises `CannotRead` where that is not to be had; `close` is called in every case."""
        with self._lock:
            self.commit = resolve(self._folder, self._name).id
            top, prefix = _whereabouts(self._folder)
            self.original = top
            self.path = os.path.normpath(os.path.join(self.top, prefix))
            try:
                self._make_mark()
                (answer,) = ask(
                    os.fsencode(top),
                    (*_QUIET, "worktree", "add", "--quiet", "--detach", "--force", self.top, self.commit),
                    bounds=self._bounds,
                )
                if self._uncommitted and not answer.code:
                    parent = f"{self.commit}^"
                    (answer,) = ask(
                        os.fsencode(self.top), (*_QUIET, "reset", "--quiet", "--mixed", parent), bounds=self._bounds
                    )
            except OutOfTime as fault:
                raise CannotRead(f"{self._name} could not be checked out: {fault}") from None
            except OSError as fault:
                raise CannotRead(f"{self._name} could not be checked out: {fault.strerror}") from None
            if answer.code:
                raise CannotRead(f"{self._name} could not be checked out: {answer.why}")
            if not os.path.isdir(self.path):
                raise CannotRead(f"{self._name} has no folder {prefix.rstrip('/')}")

    def halt(self) -> None:
        """End a checkout that is under way, from another thread."""
        self._bounds.halt()

    def close(self) -> None:
        """Take the worktree away. What cannot be removed now keeps its mark, for `tidy`."""
        self.halt()
        with self._lock:
            if self._mark < 0:
                return
            _remove(self.top, self.original)
            if not os.path.lexists(self.top):
                with suppress(FileNotFoundError):
                    os.unlink(self.top + _MARK)
            os.close(self._mark)
            self._mark = -1

    def _make_mark(self) -> None:
        os.makedirs(self._into, mode=0o700, exist_ok=True)
        # The project's own git must not see these folders as new files.
        with suppress(FileExistsError):
            ignore = os.open(os.path.join(self._into, ".gitignore"), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            os.write(ignore, b"*\n")
            os.close(ignore)
        mark = _locked(self.top + _MARK)
        os.write(mark, json.dumps({"repository": self.original}).encode())
        self._mark = mark


@asynccontextmanager
async def scratch_worktree(
    folder: str,
    commit: str,
    into: str,
    given_up: Callable[[], Awaitable[None]] | None = None,
    *,
    uncommitted: bool = False,
) -> AsyncIterator[Scratch]:
    """A `Scratch` that is open while the block runs, and gone after it, however it ends. Raises `CannotRead`.

    When `given_up` returns, a checkout that is still under way is ended.
    """
    import anyio
    from anyio import to_thread

    scratch = Scratch(folder, commit, into, uncommitted=uncommitted)

    async def halt() -> None:
        if given_up is not None:
            await given_up()
            scratch.halt()

    refused: CannotRead | None = None
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(halt)
            try:
                await to_thread.run_sync(scratch.open, abandon_on_cancel=True)
            except CannotRead as fault:
                refused = fault
            tasks.cancel_scope.cancel()
        if refused is not None:
            raise refused
        yield scratch
    finally:
        scratch.halt()
        with anyio.CancelScope(shield=True):
            await to_thread.run_sync(scratch.close)


def tidy(into: str) -> tuple[str, ...]:
    """Remove worktrees whose process died; returns those that are gone now. Cheap where there are none."""
    try:
        names = sorted(name for name in os.listdir(into) if name.endswith(_MARK))
    except OSError:
        return ()
    gone = []
    for name in names:
        mark = os.path.join(into, name)
        try:
            descriptor = os.open(mark, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            top = mark.removesuffix(_MARK)
            _remove(top, _repository(descriptor))
            if not os.path.lexists(top):
                os.unlink(mark)
                gone.append(top)
        except OSError:
            pass  # its process lives, or somebody else is removing it
        finally:
            os.close(descriptor)
    return tuple(gone)


def _whereabouts(folder: str) -> tuple[str, str]:
    """The top of the working tree around `folder`, and where in it that lies."""
    try:
        (answer,) = ask(
            os.fsencode(folder), ("rev-parse", "--show-toplevel", "--show-prefix"), bounds=Bounds(_REMOVED_WITHIN_S)
        )
    except (OutOfTime, OSError) as fault:
        raise CannotRead(f"git cannot tell where {folder} belongs: {fault}") from None
    top, _, prefix = answer.out.partition(b"\n")
    if answer.code or not top:
        raise CannotRead(f"{folder} is in no git working tree: {answer.why}")
    return os.fsdecode(top), os.fsdecode(prefix.removesuffix(b"\n"))


def _remove(top: str, repository: str) -> None:
    # The files first: git refuses where there are submodules. Of a folder that is gone it only forgets its own note.
    shutil.rmtree(top, onerror=_insist)
    if os.path.isdir(repository):
        with suppress(OutOfTime, OSError):
            ask(
                os.fsencode(repository),
                ("worktree", "remove", "--force", "--force", top),
                bounds=Bounds(_REMOVED_WITHIN_S),
            )


def _insist(remove: Callable[[str], object], path: str, _fault: object) -> None:
    """Caches of some tools are read-only, folders and all: make them ours once, and go on with what is left."""
    for place in (os.path.dirname(path), path):
        with suppress(OSError):
            if not stat.S_ISLNK(os.lstat(place).st_mode):
                os.chmod(place, 0o700)
    with suppress(OSError):
        if remove in (os.unlink, os.rmdir):
            remove(path)
        elif os.path.isdir(path):
            shutil.rmtree(path, ignore_errors=True)


def _repository(mark: int) -> str:
    try:
        return str(json.loads(os.read(mark, 1 << 16))["repository"])
    except (ValueError, KeyError, TypeError):
        return ""  # it died before it had written that, and so before git was asked


def _locked(path: str) -> int:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return descriptor
        # Somebody who tidies up came between opening and locking, and took it for a dead one's.
        os.close(descriptor)
