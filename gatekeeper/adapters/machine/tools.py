"""Owns what a run leans on besides the kernel: a state folder, room on disks, git, shells, Python. Grades nothing."""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
import sys
import tempfile

from gatekeeper.adapters.machine.asking import said_by
from gatekeeper.model.machine import Git, Python, Room, Shells, StackDumps, StateFolder

_WITHIN_S = 4.0


def try_state(folder: str, *, project: bool) -> StateFolder:
    """Write a file where runs are kept, lock it as an open run is, and take it away again.

    A folder that is not there yet is not made: then the one that it would be made in is tried.
    """
    place = folder if os.path.isdir(folder) else os.path.dirname(folder)
    try:
        with tempfile.NamedTemporaryFile(dir=place, prefix=".gatekeeper-doctor-") as file:
            file.write(b"x")
            file.flush()
            problem = _try_lock(file.name)
    except OSError as refused:
        problem = f"cannot be written to: {refused.strerror}"
    return StateFolder(folder, project, problem)


def _try_lock(path: str) -> str:
    first, second = (os.open(path, os.O_RDWR | os.O_CLOEXEC) for _ in range(2))
    try:
        fcntl.flock(first, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return ""
    except OSError as refused:
        return f"cannot be locked: {refused.strerror}"
    else:
        return "a lock is given twice: two runs would not see one another"
    finally:
        os.close(first)
        os.close(second)


def find_room(what: str, path: str) -> Room:
    """Free space on the disk that `path` lies on, or would lie on."""
    place = path
    while not os.path.exists(place) and place != os.path.dirname(place):
        place = os.path.dirname(place)
    try:
        found = os.statvfs(place)
    except OSError as refused:
        return Room(what, path, 0, problem=refused.strerror or "cannot be told")
    if not os.access(place, os.W_OK):
        return Room(what, path, 0, problem="cannot be written to")
    # Some file systems (btrfs) count no inodes at all.
    return Room(what, path, found.f_bavail * found.f_frsize, found.f_favail if found.f_files else None)


def try_git(here: str) -> Git:
    """The version of git, and what it says of the repository around `here`."""
    code, said, why = said_by("git", "--version", within_s=_WITHIN_S)
    if code:
        return Git("", problem=why)
    version = said.removeprefix("git version ").split(" ")[0]
    code, said, why = said_by("git", "rev-parse", "--show-toplevel", within_s=_WITHIN_S, cwd=here)
    if code == 0:
        return Git(version, said)
    return Git(version) if "not a git repository" in why else Git(version, problem=(why.splitlines() or ["?"])[0])


def try_shells() -> Shells:
    """The bash that steps are given to, and what /bin/sh is."""
    code, bash, _ = said_by("bash", "-c", 'echo "$BASH_VERSION"', within_s=_WITHIN_S)
    sh = os.path.realpath("/bin/sh") if os.path.exists("/bin/sh") else ""
    return Shells("" if code else bash, sh)


def find_python() -> Python:
    """The interpreter that runs us."""
    from gatekeeper import __version__

    return Python(platform.python_version(), sys.executable, __version__)


def find_stack_dumps() -> StackDumps:
    """What can show where a hanging Python program is."""
    beside = os.path.join(os.path.dirname(sys.executable), "py-spy")
    found = shutil.which("py-spy") or (beside if os.access(beside, os.X_OK) else "")
    try:
        with open("/proc/sys/kernel/yama/ptrace_scope") as file:
            return StackDumps(found, int(file.read()))
    except (OSError, ValueError):
        return StackDumps(found)
