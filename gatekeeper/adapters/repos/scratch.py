"""Owns scratch worktrees: a commit checked out in a folder of its own, on no branch, and gone afterwards.

Neither the index, nor the branches, nor the files of the person whose repository it is are touched, and no hook runs.
Beside each worktree lies a mark that its process holds locked; what a killed process left is told by that, and
removed by `tidy`. One that is to be kept is left, also by `tidy`, until that is asked for the kept ones too.
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
from typing import Any

from gatekeeper.adapters.repos.bounds import Bounds, OutOfTime
from gatekeeper.adapters.repos.commits import CannotRead, resolve
from gatekeeper.adapters.repos.git import ask
from gatekeeper.adapters.repos.one_at_a_time import alone

WITHIN_S = 300.0
"""How long a checkout may take."""

_TOLD_WITHIN_S = 60.0
_MARK = ".mark"
_QUIET = ("-c", "core.hooksPath=/dev/null", "-c", "submodule.recurse=false", "-c", "advice.detachedHead=false")


class Scratch:
    """One scratch worktree: `open` makes it, `close` takes it away, whatever came between. Both may block.

    `top` is its folder, `path` the one in it that stands for the folder it was made for.
    """

    def __init__(self, folder: str, commit: str, into: str, *, uncommitted: bool = False, kept: bool = False) -> None:
        """`folder` is, or lies in, a git working tree; `commit` is any name of one; `into` is where worktrees lie.

        With `uncommitted` HEAD and index are at the commit's first parent, so that it is what nobody committed yet.
        With `kept` it is not taken away, however its process ends.
        """
        self._folder = os.path.realpath(folder)
        self._name = commit
        self._uncommitted = uncommitted
        self._kept = kept
        self._into = os.path.realpath(into)
        self._bounds = Bounds(WITHIN_S)
        self._lock = threading.Lock()
        self._mark = -1
        self.commit = ""
        self.top = os.path.join(self._into, f"{os.getpid()}-{os.urandom(4).hex()}")
        self.path = self.top
        self.original = self._folder
        self._git = ""

    def open(self) -> None:
        """Check the commit out. Raises `CannotRead` where that is not to be had; `close` is called in every case."""
        with self._lock:
            self.commit = resolve(self._folder, self._name).id
            top, prefix, self._git = _whereabouts(self._folder)
            self.original = top
            self.path = os.path.normpath(os.path.join(self.top, prefix))
            try:
                self._make_mark()
                with alone(self._git, self._bounds):
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
            if not self._kept:
                _remove(self.top, self._git)
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
        os.write(mark, json.dumps({"git": self._git, "kept": self._kept}).encode())
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


def tidy(into: str, *, kept: bool = False) -> tuple[str, ...]:
    """Remove worktrees whose process died; returns those that are gone now. Cheap where there are none.

    With `kept` also those of processes that left theirs on purpose.
    """
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
            top, said = mark.removesuffix(_MARK), _said(descriptor)
            if said.get("kept") and not kept:
                continue
            _remove(top, str(said.get("git", "")))
            if not os.path.lexists(top):
                os.unlink(mark)
                gone.append(top)
        except OSError:
            pass  # its process lives, or somebody else is removing it
        finally:
            os.close(descriptor)
    return tuple(gone)


def _whereabouts(folder: str) -> tuple[str, str, str]:
    """The top of the working tree around `folder`, where in it that lies, and the repository's git directory."""
    asked = ("rev-parse", "--show-toplevel", "--show-prefix", "--git-common-dir")
    try:
        (answer,) = ask(os.fsencode(folder), asked, bounds=Bounds(_TOLD_WITHIN_S))
    except (OutOfTime, OSError) as fault:
        raise CannotRead(f"git cannot tell where {folder} belongs: {fault}") from None
    top, prefix, git, *_ = (*map(os.fsdecode, answer.out.split(b"\n")), "", "", "")
    if answer.code or not top:
        raise CannotRead(f"{folder} is in no git working tree: {answer.why}")
    return top, prefix, os.path.realpath(os.path.join(folder, git))


def _remove(top: str, git: str) -> None:
    # Without asking git, which refuses where there are submodules, and may be what hangs when a run is to end.
    note = _note_of(top)
    shutil.rmtree(top, onerror=_insist)
    # What git itself knows of a worktree is this one folder; it forgets it, too, once it looks and finds no worktree.
    if git and os.path.dirname(note) == os.path.join(git, "worktrees") and not os.path.lexists(top):
        with suppress(OutOfTime, OSError), alone(git):
            shutil.rmtree(note)


def _note_of(top: str) -> str:
    """The folder in which git keeps what it knows of the worktree; empty where it knows of none."""
    try:
        with open(os.path.join(top, ".git"), encoding="utf-8", errors="surrogateescape") as link:
            kind, _, path = link.read(1 << 16).removesuffix("\n").partition(": ")
    except OSError:
        return ""
    return os.path.realpath(os.path.join(top, path)) if kind == "gitdir" else ""


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


def _said(mark: int) -> dict[str, Any]:
    try:
        said = json.loads(os.read(mark, 1 << 16))
    except ValueError:
        return {}  # it died before it had written that, and so before git was asked
    return said if isinstance(said, dict) else {}


def _locked(path: str) -> int:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return descriptor
        # Somebody who tidies up came between opening and locking, and took it for a dead one's.
        os.close(descriptor)
