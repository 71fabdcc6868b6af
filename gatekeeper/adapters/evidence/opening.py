"""Owns opening files of a run's folder by the names that a journal has for them, and never one outside of it.

A journal may have been written by anybody: no name in it is followed upward, to an absolute path or through a symlink,
and what is no ordinary file is not opened to be read.
"""

from __future__ import annotations

import os
import stat

from gatekeeper.model.record import NamedTuple

_FOLDERS = ("output", "reports", "artifacts", "dossiers", "fixer")


class Refused(NamedTuple):
    """A name that is not looked at, or that nothing can be read at; `why` says it in words."""

    why: str
    missing: bool = False


def open_inside(folder: str, name: str) -> int | Refused:
    """A descriptor of the file `name` in the run's `folder`, to be closed by the caller, or why there is none."""
    parts = name.split("/")
    if "\0" in name or name.startswith("/") or any(part in {"", ".", ".."} for part in parts):
        return Refused("the name leads out of the run's folder, or is none; it was not looked at")
    if parts[0] not in _FOLDERS or len(parts) < 2:
        return Refused(f"evidence lies in {', '.join(_FOLDERS)}; it was not looked at")
    try:
        return _walk(folder, parts)
    except FileNotFoundError:
        return Refused("it is not there", missing=True)
    except (OSError, ValueError) as fault:
        return Refused(f"it cannot be read: {getattr(fault, 'strerror', None) or fault}")


def _walk(folder: str, parts: list[str]) -> int | Refused:
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW
    at = os.open(folder, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
    try:
        for part in parts[:-1]:
            below = os.open(part, flags | os.O_DIRECTORY, dir_fd=at)
            os.close(at)
            at = below
        if not stat.S_ISREG(os.stat(parts[-1], dir_fd=at, follow_symlinks=False).st_mode):
            return Refused("it is no ordinary file; it was not followed")
        # O_NONBLOCK: should a pipe take the file's place just now, opening it must not wait for a writer.
        return os.open(parts[-1], flags | os.O_NONBLOCK, dir_fd=at)
    finally:
        os.close(at)
