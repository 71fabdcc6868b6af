"""Owns replacing a file in one instant, keeping what it is: mode, owner, and being reached through a link."""

from __future__ import annotations

import os
from contextlib import suppress


class ReadOnly(OSError):
    """Nobody is meant to write this file."""


def read_bytes(path: str) -> bytes | None:
    """The file's content, or None where there is none. Raises `OSError`."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def replace_bytes(path: str, content: bytes, expected: bytes | None) -> bool:
    """Put `content` in the file's place, whole, unless it is no longer `expected`.

    Folders are made where they are missing. A symbolic link stays one: what it leads to is replaced. Returns False,
    and changes nothing, where the file is not as expected.

    Raises:
        OSError: it cannot be written, or is read-only for everybody (which root would not notice).
    """
    path = os.path.realpath(path)
    folder, name = os.path.split(path)
    os.makedirs(folder, exist_ok=True)
    state = _state_of(path)
    if state is not None and (not state.st_mode & 0o222 or not os.access(path, os.W_OK)):
        raise ReadOnly(f"{path} is read-only")
    beside = os.path.join(folder, f".{name}.{os.getpid()}.tmp")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    try:
        try:
            rest = content
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            if state is not None:
                os.fchmod(descriptor, state.st_mode & 0o7777)
                # Only root may give a file away; for anybody else it was theirs before, or the group may write it.
                with suppress(PermissionError):
                    os.fchown(descriptor, state.st_uid, state.st_gid)
            # A sudden death of the machine must not cost people what they wrote; a new file costs nobody anything.
            if expected is not None:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        # As late as can be: who saved the file meanwhile must not lose what they saved.
        if read_bytes(path) != expected:
            os.unlink(beside)
            return False
        os.replace(beside, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise
    return True


def _state_of(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None
