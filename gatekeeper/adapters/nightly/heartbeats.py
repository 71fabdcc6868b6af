"""Owns the heartbeats of a project on disk, one small file a cycle, and who may write one. Knows no timetable.

A file that cannot be read, or was written by another version, is as good as not there. The lock is held for as long as
a cycle's unattended run takes; it dies with its process.
"""

from __future__ import annotations

import fcntl
import json
import os

from gatekeeper.adapters.disk.small_files import read_small, write_whole
from gatekeeper.model.errors import EnvironmentFault, LockHeld
from gatekeeper.policy.nightly.heartbeat import Heartbeat

VERSION = 1
_FOLDER = "heartbeat"
_SUFFIX = ".json"
_LARGEST = 1 << 16
_NOFOLLOW = os.O_NOFOLLOW | os.O_CLOEXEC


def heartbeats(state: str) -> tuple[Heartbeat, ...]:
    """All that can be read, by the cycles' names."""
    try:
        names = sorted(os.listdir(os.path.join(state, _FOLDER)))
    except OSError:
        return ()
    cycles = (name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX))
    return tuple(beat for beat in (read_heartbeat(state, cycle) for cycle in cycles) if beat is not None)


def read_heartbeat(state: str, cycle: str) -> Heartbeat | None:
    """The heartbeat of a cycle, or None."""
    try:
        found = json.loads(read_small(_path(state, cycle), _LARGEST))
        if found.pop("v") != VERSION:
            return None
        known = {name: found[name] for name in Heartbeat._fields if name in found}
        beat = Heartbeat(**known)
        whole = all(isinstance(value, str) for name, value in known.items() if name not in _OTHERS)
        numbers = isinstance(known.get("jitter_s", 0), int | float)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    return beat if whole and numbers and beat.cycle == cycle else None


_OTHERS = frozenset({"utc", "skipping", "jitter_s", "exit_code"})


def write_heartbeat(state: str, beat: Heartbeat) -> None:
    """Keep a heartbeat, whole or not at all. Raises `EnvironmentFault`."""
    path = _path(state, beat.cycle)
    try:
        write_whole(path, f"{json.dumps({'v': VERSION, **beat._asdict()}, indent=1)}\n".encode())
    except OSError as fault:
        raise EnvironmentFault(f"the heartbeat {path} cannot be written: {fault.strerror}") from fault


def is_news(state: str, cycle: str, why: str) -> bool:
    """Whether `why` a cycle could not run is another reason than the last one that was asked about."""
    path = os.path.join(state, _FOLDER, f"{cycle}.refused")
    try:
        with open(os.open(path, os.O_RDWR | os.O_CREAT | _NOFOLLOW, 0o600), "r+", encoding="utf-8") as file:
            if file.read(_LARGEST) == why:
                return False
            file.seek(0)
            file.truncate()
            file.write(why)
    except (OSError, ValueError):
        return True
    return True


class BeatLock:
    """Being the only unattended run of a cycle."""

    def __init__(self, state: str, cycle: str) -> None:
        """Raises `LockHeld` where another one is at work, `EnvironmentFault` where there can be no lock."""
        path = os.path.join(state, _FOLDER, f"{cycle}.lock")
        try:
            os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | _NOFOLLOW, 0o600)
        except OSError as fault:
            raise EnvironmentFault(f"{path} cannot be locked: {fault.strerror}") from fault
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as fault:
            os.close(self._descriptor)
            if not isinstance(fault, BlockingIOError):
                raise EnvironmentFault(f"{path} cannot be locked: {fault.strerror}") from fault
            beat = read_heartbeat(state, cycle)
            since = f", called {beat.called}" if beat and beat.called else ""
            raise LockHeld(f"an unattended run of {cycle} is under way{since}") from None

    def close(self) -> None:
        """Let go. The file stays: removing it would let two processes lock two files of one name."""
        os.close(self._descriptor)


def _path(state: str, cycle: str) -> str:
    return os.path.join(state, _FOLDER, cycle + _SUFFIX)
