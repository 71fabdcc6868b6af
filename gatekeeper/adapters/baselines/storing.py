"""Owns writing baselines into the repo: one writer at a time, and each file whole or not at all. Knows no content."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from gatekeeper.adapters.baselines.naming import FOLDER
from gatekeeper.model.errors import EnvironmentFault, LockHeld

_WAIT_S = 30.0
_PAUSE_S = 0.02
_ATTRIBUTES = b"""\
# Every line of a baseline stands for itself, so that a merge may take the lines of both sides.
*.json merge=union
"""


@contextmanager
def only_writer(state: str, wait_s: float = _WAIT_S) -> Iterator[None]:
    """Be the only one who changes baselines of the project, for as long as the block runs; `state` is its folder.

    Raises:
        LockHeld: somebody else has been at it for `wait_s`.
        EnvironmentFault: the lock cannot be made.
    """
    path = os.path.join(state, "locks", "baselines.lock")
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as fault:
        raise EnvironmentFault(f"cannot lock {path}: {fault.strerror}") from None
    try:
        _wait_for(descriptor, path, wait_s)
        yield
    finally:
        os.close(descriptor)


def _wait_for(descriptor: int, path: str, wait_s: float) -> None:
    until = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise LockHeld(f"another command has been changing the baselines for {wait_s:g} s ({path})") from None
            time.sleep(_PAUSE_S)
        except OSError as fault:
            raise EnvironmentFault(f"cannot lock {path}: {fault.strerror}") from None
        else:
            return


def store(root: str, file: str, content: bytes) -> bool:
    """Put `content` into `file`, relative to the project root; False where it held just that before.

    Raises `EnvironmentFault` where it cannot be written; then the file is what it was.
    """
    path = os.path.realpath(os.path.join(root, file))
    if not path.startswith(os.path.join(os.path.realpath(root), "")):
        raise EnvironmentFault(
            f"the baseline {os.path.join(root, file)} is not written: it leads out of the tree, to {path}"
        )
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with suppress(FileExistsError):
            _write_new(os.path.join(root, FOLDER, ".gitattributes"), _ATTRIBUTES)
        with suppress(FileNotFoundError), open(path, "rb") as there:
            if there.read() == content:
                return False
        beside = os.path.join(os.path.dirname(path), f".{os.path.basename(path)[:180]}.{os.getpid()}.tmp")
        with suppress(FileNotFoundError):
            os.unlink(beside)
        try:
            _write_new(beside, content)
            os.replace(beside, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(beside)
            raise
    except OSError as fault:
        raise EnvironmentFault(f"the baseline {path} cannot be written: {fault.strerror}") from None
    return True


def _write_new(path: str, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        rest = content
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
