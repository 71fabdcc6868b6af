"""Owns replacing a file in one instant, losing nothing of who saves it at that instant, and keeping what it is.

Kept are mode, owner, attributes, and being reached through a link. Knows no document.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from contextlib import suppress

from gatekeeper.adapters.executionlog.exchange import exchange, place_new, somebody_writes

LARGEST = 16 << 20
"""Bytes; people write no document that is larger, and reading one would hold up the run."""


class ReadOnly(OSError):
    """Nobody is meant to write this file."""


class Busy(OSError):
    """Somebody else has the file open for writing, and does not come to an end."""


class NoDocument(OSError):
    """What is there is no file with text in it, or none of a size that can be worked on."""


def read_bytes(path: str) -> bytes | None:
    """The file's content, or None where there is none; waits a moment for who writes it, and for no pipe.

    Raises:
        OSError: it cannot be read, is no document, or is still being written.
    """
    try:
        descriptor = _open(path)
    except FileNotFoundError:
        return None
    with open(descriptor, "rb") as file:
        if somebody_writes(descriptor):
            raise Busy("somebody has it open for writing")
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise NoDocument(f"it is larger than {LARGEST >> 20} MiB")
    return content


def leads_out(path: str, trees: Collection[str]) -> bool:
    """Whether a link in one of `trees` makes `path`, which is spelled as lying in that, lie in none of them."""
    real = os.path.realpath(path)
    return any(_is_in(path, tree) for tree in trees) and not any(_is_in(real, os.path.realpath(tree)) for tree in trees)


def _is_in(path: str, folder: str) -> bool:
    return path.startswith(os.path.join(folder, ""))


def replace_bytes(path: str, content: bytes, expected: bytes | None) -> bool:
    """Put `content` in the file's place, whole, unless it is no longer `expected` (None: there is no file).

    Folders are made where they are missing. A symbolic link stays one: what it leads to is replaced. Of a file with
    several names (hard links), this name alone is; the others keep what they had. Returns False where the file is not
    as expected; then it is what somebody else made of it.

    Raises:
        OSError: it cannot be written, is no file, or is read-only for everybody (which root would not notice).
    """
    path = os.path.realpath(path)
    folder = os.path.dirname(path)
    os.makedirs(folder, exist_ok=True)
    state = _state_of(path)
    if state is not None and (not state.st_mode & 0o222 or not os.access(path, os.W_OK)):
        raise ReadOnly("it is read-only")
    # Not after the document's own name, which may be as long as names can be.
    beside = os.path.join(folder, f".gatekeeper-{os.getpid()}-{os.urandom(4).hex()}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    # In a folder that is its owner's alone, so is what comes into it.
    shared = state is None and os.stat(folder).st_mode & 0o077
    descriptor = os.open(beside, flags, 0o666 if shared else 0o600)
    try:
        try:
            rest = content
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            if state is not None:
                _make_like(descriptor, path, state)
            # A sudden death of the machine must not cost people what they wrote; a new file costs nobody anything.
            if expected is not None:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if read_bytes(path) != expected:
            return False
        if expected is None:
            return place_new(beside, path)
        return _replaced(beside, path, content, expected)
    finally:
        with suppress(OSError):
            os.unlink(beside)


def _replaced(beside: str, path: str, content: bytes, expected: bytes) -> bool:
    """Exchange the two, and take it back where somebody saved the file at the last moment."""
    try:
        exchange(beside, path)
    except FileNotFoundError:
        return False
    # Whoever had it open before it was exchanged writes to what lies beside it now.
    if _holds(beside, expected):
        return True
    exchange(beside, path)
    if not _holds(beside, content):
        # Saved twice within an instant: the last stands, and the one before is kept under a name that can be found.
        exchange(beside, path)
        os.rename(beside, _free_name(path))
    return False


def _holds(path: str, content: bytes) -> bool:
    """Whether a file is whole, and holds that."""
    with open(_open(path), "rb") as file:
        return not somebody_writes(file.fileno()) and file.read(len(content) + 1) == content


def _free_name(path: str) -> str:
    stem = path.removesuffix(".md")
    return next(
        name for number in range(1, 10**6) if not os.path.lexists(name := f"{stem}.saved-meanwhile-{number}.md")
    )


def _open(path: str) -> int:
    # A pipe that nobody writes to must not hold us, and a terminal must not become ours.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        _require_file(os.fstat(descriptor))
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _require_file(state: os.stat_result) -> None:
    if not stat.S_ISREG(state.st_mode):
        kind = "a folder" if stat.S_ISDIR(state.st_mode) else "a pipe" if stat.S_ISFIFO(state.st_mode) else "a device"
        raise NoDocument(f"it is {kind}, not a file")


def _state_of(path: str) -> os.stat_result | None:
    try:
        state = os.stat(path)
    except FileNotFoundError:
        return None
    _require_file(state)
    return state


def _make_like(descriptor: int, path: str, state: os.stat_result) -> None:
    """Give the open file owner, mode and attributes (access lists are some) of the one at `path`, as far as may be."""
    # Only root may give a file away; for anybody else it was theirs before, or the group may write it.
    for user, group in ((state.st_uid, -1), (-1, state.st_gid)):
        with suppress(PermissionError):
            os.fchown(descriptor, user, group)
    os.fchmod(descriptor, stat.S_IMODE(state.st_mode))
    if not hasattr(os, "listxattr"):
        return
    with suppress(OSError):
        for name in os.listxattr(path):
            with suppress(OSError):
                os.setxattr(descriptor, name, os.getxattr(path, name))
