"""Owns reading and writing the files of agents' tools: in the project, whole or not at all. Knows no tool."""

from __future__ import annotations

import os
import stat
from contextlib import suppress

_LARGEST = 4 << 20
_MARK = "\ufeff"


class NotOurs(Exception):
    """A file that is left alone; the text says which and why."""


def read_settings(root: str, name: str) -> str | None:
    """The text of the file `name` of the project at `root`; None where there is none. Raises `NotOurs`."""
    path = _inside(root, name)
    try:
        with open(path, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise NotOurs(f"{path} is no regular file")
            raw = file.read(_LARGEST + 1)
    except FileNotFoundError:
        return None
    except OSError as fault:
        raise NotOurs(f"{path} cannot be read: {fault.strerror}") from None
    if len(raw) > _LARGEST:
        raise NotOurs(f"{path} has more than {_LARGEST >> 20} MiB")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise NotOurs(f"{path} is not UTF-8") from None


def write_settings(root: str, name: str, text: str | None) -> None:
    """Make the file hold `text`, whole or not at all, or not be there. Raises `NotOurs`.

    A folder for it is made, and one that is empty without it is removed.
    """
    path = _inside(root, name)
    folder = os.path.dirname(path)
    try:
        if text is None:
            os.unlink(path)
            with suppress(OSError):
                if folder != os.path.realpath(root):
                    os.rmdir(folder)
            return
        os.makedirs(folder, exist_ok=True)
        mode = stat.S_IMODE(os.stat(path).st_mode) if os.path.exists(path) else 0o644
        passing = f"{path}.{os.getpid()}.tmp"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            with open(os.open(passing, flags, mode), "wb") as file:
                os.fchmod(file.fileno(), mode)
                file.write(text.encode("utf-8"))
            os.replace(passing, path)
        except OSError:
            with suppress(OSError):
                os.unlink(passing)
            raise
    except OSError as fault:
        raise NotOurs(f"{path} cannot be written: {fault.strerror}") from None


def split_mark(text: str | None) -> tuple[str, str | None]:
    """The byte order mark that some editors put first, and the rest."""
    if text is None or not text.startswith(_MARK):
        return "", text
    return _MARK, text.removeprefix(_MARK)


def _inside(root: str, name: str) -> str:
    real, path = os.path.realpath(root), os.path.realpath(os.path.join(root, name))
    if not path.startswith(real + os.sep):
        raise NotOurs(f"{os.path.join(root, name)} leads out of the project, to {path}")
    return path
