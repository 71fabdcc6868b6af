"""Owns putting an export where it is wanted: whole or not at all, for its owner alone, and over nothing of others."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from typing import BinaryIO

_BEGINNING = 1024
_MARKS = (
    b"gatekeeper export",
    b'"name": "gatekeeper"',
    b'"format": "gatekeeper-summary"',
    b'"stringValue": "gatekeeper"',
)
"""What stands near the beginning of every export, whatever its format."""


class NotPut(Exception):
    """The file cannot be written, or is not to be; its text says why, and what to do."""


def put(pieces: Iterable[str], path: str, *, force: bool) -> None:
    """Write the file in one instant; a symbolic link stays one, a pipe or a device is written to as it is.

    A file that is there keeps its mode, a new one is for its owner alone. Raises `NotPut`, and then nothing changed.
    """
    try:
        path = os.path.realpath(path)
        state = _state_of(path)
        if state is not None and not stat.S_ISREG(state.st_mode):
            _pour(pieces, path, state)
        else:
            _replace(pieces, path, state, force=force)
    except OSError as fault:
        raise NotPut(f"{path} cannot be written: {fault.strerror or fault}") from None


def pour(pieces: Iterable[str], into: BinaryIO) -> None:
    """Write all pieces as UTF-8."""
    into.writelines(piece.encode("utf-8", "replace") for piece in pieces)
    into.flush()


def _pour(pieces: Iterable[str], path: str, state: os.stat_result) -> None:
    if stat.S_ISDIR(state.st_mode):
        raise NotPut(f"{path} is a folder; name a file in it")
    with open(os.open(path, os.O_WRONLY | os.O_CLOEXEC), "wb") as file:
        pour(pieces, file)


def _replace(pieces: Iterable[str], path: str, state: os.stat_result | None, *, force: bool) -> None:
    folder, name = os.path.split(path)
    if not os.path.isdir(folder):
        raise NotPut(f"{path} cannot be written: there is no folder {folder}")
    if state is not None and (not state.st_mode & 0o222 or not os.access(path, os.W_OK)):
        raise NotPut(f"{path} is read-only")
    _require_free(path, force=force)
    beside = os.path.join(folder, f".{name[:200]}.{os.getpid()}.tmp")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if state is not None:
                os.fchmod(file.fileno(), stat.S_IMODE(state.st_mode))
            pour(pieces, file)
        # As late as can be: somebody may have put something else there meanwhile.
        _require_free(path, force=force)
        os.replace(beside, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise


def _require_free(path: str, *, force: bool) -> None:
    """Raises `NotPut` where words of others would be lost: neither nothing is there, nor a former export."""
    if force:
        return
    try:
        with open(path, "rb") as file:
            beginning = file.read(_BEGINNING)
    except FileNotFoundError:
        return
    if beginning and not any(mark in beginning for mark in _MARKS):
        raise NotPut(f"{path} is there and no export of gatekeeper's; --force writes over it")


def _state_of(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None
