"""Owns the file that says, before anything is started, by what it can be found again. Knows no step's meaning."""

from __future__ import annotations

import errno
import json
import os
import re
from typing import Any

from gatekeeper.adapters.guard.leftovers import private
from gatekeeper.adapters.guard.system import cgroup, files, identity
from gatekeeper.model.record import NamedTuple

VERSION = 1
"""Of the ledger's lines; lines of another version are neither read nor removed."""

_LONGEST = 4096
_COOKIE = re.compile(r"[^,]+:[0-9a-f]{8,16}\.[0-9]+")


class Owner(NamedTuple):
    """The process that a guard belongs to, named so that no later process can be taken for it."""

    boot: str
    pid: int
    start: int

    @classmethod
    def this_process(cls) -> Owner:
        """The owner of guards made here."""
        return cls(identity.boot_id(), os.getpid(), identity.start_of(os.getpid()))

    @property
    def alive(self) -> bool:
        """Whether that very process is still there."""
        return self.boot == identity.boot_id() and self.start == identity.start_of(self.pid) != 0


class Start(NamedTuple):
    """One thing that was about to be started.

    `cgroup` is the leaf's folder, `folder` the one that the command has to itself; both may be empty. `beside` are the
    groups of version 1 that may have been made for it.
    """

    owner: Owner
    cookie: str
    label: str
    cgroup: str
    folder: str = ""
    beside: tuple[str, ...] = ()


class Ledger:
    """Appends to the ledger of one run. A line is in the operating system's hands before `append` returns."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._descriptor = -1
        self._torn = False

    def append(self, start: Start) -> None:
        """Write one line. Raises `OSError` when it cannot: then nothing may be started."""
        self._write(
            {
                "v": VERSION,
                "boot": start.owner.boot,
                "owner": [start.owner.pid, start.owner.start],
                "cookie": start.cookie,
                "label": start.label,
                "cgroup": start.cgroup,
                "folder": start.folder,
                "beside": start.beside,
            }
        )

    def say_closed(self, owner: Owner) -> None:
        """Say that everything this owner started is gone."""
        self._write({"v": VERSION, "boot": owner.boot, "owner": [owner.pid, owner.start], "closed": True})

    def close(self) -> None:
        """Let go of the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _write(self, record: dict[str, Any]) -> None:
        if self._descriptor < 0:
            os.makedirs(os.path.dirname(self._path) or ".", 0o700, exist_ok=True)
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            self._descriptor = os.open(self._path, flags, 0o600)
            # A former owner may have died in the middle of a line.
            self._torn = os.fstat(self._descriptor).st_size > 0
        line = b"\n" * self._torn + json.dumps(record).encode() + b"\n"
        self._torn = True
        if os.write(self._descriptor, line) < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), self._path)
        self._torn = False


def unfinished(path: str) -> tuple[Start, ...]:
    """What was started and not said to be gone. Lines that are torn or make no sense are passed over."""
    try:
        with open(files.open_ordinary(path, os.O_RDONLY), encoding="utf-8", errors="replace") as lines:
            records = [record for record in map(_parsed, lines) if record is not None]
    except OSError:
        return ()
    found: list[Start] = []
    for record in records:
        try:
            owner = Owner(str(record["boot"]), int(record["owner"][0]), int(record["owner"][1]))
            if record.get("closed"):
                found = [start for start in found if start.owner != owner]
            else:
                cookie, leaf, folder = str(record["cookie"]), str(record["cgroup"]), str(record.get("folder", ""))
                beside = tuple(map(str, record.get("beside", ())))
                possible = all(map(cgroup.is_leaf, filter(None, (leaf, *beside))))
                if _COOKIE.fullmatch(cookie) and possible and (not folder or private.is_private(folder)):
                    found.append(Start(owner, cookie, str(record["label"]), leaf, folder, beside))
        except (KeyError, TypeError, ValueError, IndexError):
            continue
    return tuple(found)


def other_format(path: str) -> bool:
    """Whether a line is in the format of another version: then nobody but that can say what is left."""
    try:
        with open(files.open_ordinary(path, os.O_RDONLY), encoding="utf-8", errors="replace") as lines:
            found = [_json(line) for line in lines]
    except OSError:
        return False
    return any(record is not None and record.get("v", VERSION) != VERSION for record in found)


def is_closed(path: str) -> bool:
    """Whether the last that was written is that all is gone; or nothing was."""
    try:
        descriptor = files.open_ordinary(path, os.O_RDONLY)
    except OSError:
        return True
    try:
        size = os.fstat(descriptor).st_size
        last = os.pread(descriptor, _LONGEST, max(0, size - _LONGEST)).rstrip(b"\n").rpartition(b"\n")[2]
    finally:
        os.close(descriptor)
    record = _parsed(last.decode(errors="replace"))
    return not last or (record is not None and record.get("closed") is True)


def _parsed(line: str) -> dict[str, Any] | None:
    record = _json(line)
    return record if record is not None and record.get("v") == VERSION else None


def _json(line: str) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None
