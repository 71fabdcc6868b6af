"""Owns `gatekeeper reap --port`: ending what of this project listens on a port. Whose a process is decides, no text."""

from __future__ import annotations

import contextlib
import os
import time

import psutil

from gatekeeper.model.record import NamedTuple

_GRACE_S = 5.0
_PAUSE_S = 0.02
_RUN = "GATEKEEPER_RUN"


class Freed(NamedTuple):
    """What came of it: lines that tell of what was ended, and why the rest was left alone."""

    ended: tuple[str, ...]
    spared: tuple[str, ...]


def free_port(port: int, folders: tuple[str, ...], live_runs: frozenset[str]) -> Freed:
    """End the processes that listen on `port`, where they are this user's and were started in one of `folders`.

    What belongs to one of `live_runs`, or started us, stays as it is.
    """
    ended: list[str] = []
    spared: list[str] = []
    for pid in _listeners(port):
        try:
            process = psutil.Process(pid)
            why = _why_spared(process, folders, live_runs)
            name = f"pid {pid} ({' '.join(process.cmdline())[:200]})"
            if why:
                spared.append(f"{name} holds port {port} and is left alone: {why}")
            elif _end(process):
                ended.append(f"ended {name}, which held port {port}")
            else:
                spared.append(f"{name} holds port {port} and cannot be ended")
        except psutil.NoSuchProcess:
            continue  # it went by itself
        except (psutil.Error, OSError):
            spared.append(f"a process that cannot be seen from here holds port {port} and is left alone")
    return Freed(tuple(ended), tuple(spared))


def _listeners(port: int) -> tuple[int, ...]:
    """Who listens; 0 for somebody who cannot be seen."""
    if os.path.exists("/proc/net/tcp"):
        everybody = psutil.net_connections("tcp")
        return tuple(sorted({each.pid or 0 for each in everybody if _listens(each.status, each.laddr, port)}))
    found: set[int] = set()
    for process in psutil.process_iter():
        # Elsewhere an ordinary user sees the connections of each own process only.
        with contextlib.suppress(psutil.Error):
            if any(_listens(each.status, each.laddr, port) for each in process.net_connections("tcp")):
                found.add(process.pid)
    return tuple(sorted(found))


def _listens(status: str, address: tuple[object, ...], port: int) -> bool:
    return status == psutil.CONN_LISTEN and tuple(address)[1:2] == (port,)


def _why_spared(process: psutil.Process, folders: tuple[str, ...], live_runs: frozenset[str]) -> str:
    if process.pid in {os.getpid(), 0, 1, *(parent.pid for parent in psutil.Process().parents())}:
        return "it is what started this, or the system's"
    if process.uids().real != os.getuid():
        return "it is another user's"
    if (run := process.environ().get(_RUN, "")) in live_runs:
        return f"it belongs to the run {run}, which goes on"
    if not any(_lies_in(process.cwd(), folder) for folder in folders):
        return f"it was not started in {folders[0]}, but in {process.cwd()}"
    return ""


def _lies_in(path: str, folder: str) -> bool:
    real = os.path.realpath(folder)
    # Where it is not known where a process was started, it is nobody of ours.
    return bool(path) and os.path.commonpath((os.path.realpath(path), real)) == real


def _end(process: psutil.Process) -> bool:
    for end in (process.terminate, process.kill):
        end()
        until = time.monotonic() + _GRACE_S
        while time.monotonic() < until:
            if _is_gone(process):
                return True
            time.sleep(_PAUSE_S)
    return False


def _is_gone(process: psutil.Process) -> bool:
    """Whether it holds nothing any more; one whose parent does not look stays a zombie."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
