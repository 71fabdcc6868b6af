"""Fails a test that leaves a process, a cgroup leaf ``gk-*``, a file descriptor or a variable behind.

Use as a context manager around a test, for example in an autouse fixture::

    @pytest.fixture(autouse=True)
    def _nothing_left_behind() -> Iterator[None]:
        with nothing_left_behind():
            yield
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from gatekeeper.adapters.guard.system import cgroup

_SETTLE_S = 15.0
_PAUSE_S = 0.005
_MARK = "GATEKEEPER_TEST_MARK"


@contextmanager
def nothing_left_behind() -> Iterator[None]:
    """Compare what there is before and after; raises `AssertionError` with what was left."""
    mark = f"{os.getpid()}.{time.monotonic_ns()}"
    os.environ[_MARK] = mark
    there, leaves, descriptors = frozenset(os.listdir("/proc")), _leaves(), _descriptors()
    variables = _variables()
    try:
        yield
    finally:
        os.environ.pop(_MARK, None)
        _bury_the_dead()
    left = [
        *(f"process {which}: {what}" for which, what in _lasting({}, lambda: _processes(mark, there)).items()),
        *(f"cgroup {path}" for path in _lasting(leaves, _leaves)),
        *(f"descriptor {which}" for which in _lasting(descriptors, _descriptors)),
        *(f"variable {name}" for name, value in _variables().items() if variables.get(name) != value),
    ]
    assert not left, "the test left behind:\n" + "\n".join(left)


def _variables() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", _MARK))}


def _bury_the_dead() -> None:
    """Reap who has fallen to this process: once a guard was made in it, orphans of whatever a test kills do."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _lasting(before: dict[str, str], look: Callable[[], dict[str, str]]) -> dict[str, str]:
    # What was told to end may take a moment to be gone; what is really left stays.
    until = time.monotonic() + _SETTLE_S
    left = _new(before, look())
    while left and time.monotonic() <= until:
        time.sleep(_PAUSE_S)
        left = {which: what for which, what in _new(before, look()).items() if which in left}
    return left


def _new(before: dict[str, str], now: dict[str, str]) -> dict[str, str]:
    return {which: what for which, what in now.items() if which not in before}


def _processes(mark: str, there: frozenset[str]) -> dict[str, str]:
    """Everything alive that was not `there` before, and descends from this process or carries the mark."""
    parents: dict[int, int] = {}
    names: dict[int, str] = {}
    started: dict[int, str] = {}
    marked: set[int] = set()
    sign = f"{_MARK}={mark}".encode()
    for folder in (Path("/proc", name) for name in os.listdir("/proc") if name.isdigit() and name not in there):
        try:
            stat = (folder / "stat").read_bytes()
            environ = (folder / "environ").read_bytes()
        except OSError:
            continue
        pid = int(folder.name)
        name, _, rest = stat.partition(b"(")[2].rpartition(b")")
        state, parent = rest.split()[:2]
        parents[pid] = int(parent)
        started[pid] = rest.split()[19].decode()
        names[pid] = f"{name.decode(errors='replace')} ({state.decode()})"
        if sign in environ.split(b"\0"):
            marked.add(pid)
    own = os.getpid()
    ours = (pid for pid in names if pid != own and (pid in marked or _descends(pid, own, parents)))
    return {f"{pid} started at {started[pid]}": names[pid] for pid in ours}


def _descends(pid: int, ancestor: int, parents: dict[int, int]) -> bool:
    seen: set[int] = set()
    while pid in parents and pid not in seen:
        seen.add(pid)
        pid = parents[pid]
        if pid == ancestor:
            return True
    return False


@cache
def _groups(_membership: bytes) -> frozenset[str]:
    """The groups of this process: the same as long as it is a member of the same ones."""
    return frozenset({cgroup.own_group(), *cgroup.own_groups().values()} - {""})


def _leaves() -> dict[str, str]:
    """The empty leaves of this process and of gatekeepers that are dead; the others' are theirs to look after."""
    found = {}
    for own in _groups(Path("/proc/self/cgroup").read_bytes() if os.path.exists("/proc/self/cgroup") else b""):
        names = os.listdir(own) if os.path.isdir(own) else ()
        for path in (Path(own, name) for name in names if name.startswith("gk-")):
            owner = path.name.removeprefix("gk-").partition("_")[0]
            if owner != str(os.getpid()) and Path(f"/proc/{owner}").exists():
                continue
            events = path / "cgroup.events"
            try:
                # Version 1 has no such file.
                empty = "populated 0" in events.read_text() if events.exists() else not cgroup.members(str(path))
            except OSError:
                continue
            if empty:
                found[str(path)] = ""
    return found


def _descriptors() -> dict[str, str]:
    found = {}
    for number in os.listdir("/proc/self/fd"):
        try:
            found[f"{number}: {os.readlink(f'/proc/self/fd/{number}')}"] = ""
        except OSError:
            continue
    return found
