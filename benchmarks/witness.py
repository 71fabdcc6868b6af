"""Owns the view from outside: who announced themselves, when the last of them ended, and putting away who is left.

Knows nothing of the guard or of any other tool, so that it can count for all of them alike.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SITUATIONS = Path(__file__).parent / "situations"
BARE_PYTHON = (sys.executable, "-I", "-S")
_WITHIN_S = 60.0
_PAUSE_S = 0.001


def hostile(kind: str, announced: Path, then: str) -> tuple[str, ...]:
    """The command line of a step that leaves things behind; see ``situations/hostile.py``."""
    return (*BARE_PYTHON, str(SITUATIONS / "hostile.py"), kind, str(announced), then)


def announced_by(path: Path) -> list[tuple[int, str]]:
    """Who announced themselves, as (pid, start time in ticks), in that order; the leader is the last."""
    if not path.exists():
        return []
    return [(int(pid), start) for pid, start in (line.split() for line in path.read_text().splitlines())]


def alive(pid: int, start: str) -> bool:
    """Whether the very process is alive; zombies are dead."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return False
    return fields[0] not in b"ZX" and fields[19].decode() == start


def end(path: Path) -> None:
    """Kill whoever announced themselves and is still alive."""
    for pid, start in announced_by(path):
        if alive(pid, start):
            os.kill(pid, signal.SIGKILL)


class Watching:
    """A process of its own that notes when the announced ones ended."""

    def __init__(self, announced: Path, count: int) -> None:
        self.announced = announced
        self._process = subprocess.Popen(
            [*BARE_PYTHON, str(SITUATIONS / "witness.py"), str(announced), str(count)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self._told = self._process.stdout

    def wait_until_watching(self) -> None:
        """Until all of them are there and under its eyes."""
        self._line("they did not all announce themselves")

    def ends(self) -> tuple[float, float]:
        """When the leader had ended and when everybody had, in seconds of the monotonic clock."""
        leader, last = self._line("they did not all end").split()
        return int(leader) / 1e9, int(last) / 1e9

    def _line(self, otherwise: str) -> str:
        if not select.select([self._told], [], [], _WITHIN_S)[0]:
            raise SystemExit(f"benchmark: {otherwise} within {_WITHIN_S:g} s")
        return self._told.readline()

    def close(self) -> None:
        """Leave nothing of the measurement behind."""
        end(self.announced)
        self._process.kill()
        self._process.wait()
        self._told.close()


@contextmanager
def watching(folder: Path, count: int) -> Iterator[Watching]:
    """A witness for a fresh file in `folder` to which `count` processes will announce themselves."""
    watch = Watching(folder / f"announced.{time.monotonic_ns()}", count)
    try:
        yield watch
    finally:
        watch.close()


def own_group() -> Path | None:
    """The cgroup v2 that we are in, where it can be seen and we may make groups in it."""
    try:
        inside = next(line[3:] for line in Path("/proc/self/cgroup").read_text().splitlines() if line.startswith("0::"))
        mounts = map(str.split, Path("/proc/self/mountinfo").read_text().splitlines())
        mount = next(fields[4] for fields in mounts if fields[fields.index("-") + 1] == "cgroup2")
    except (OSError, StopIteration):
        return None
    group = Path(mount) / inside.lstrip("/")
    return group if os.access(group / "cgroup.procs", os.W_OK) else None


@contextmanager
def outer_group(name: str) -> Iterator[Path | None]:
    """A cgroup around whatever is tried, killed and removed at the end; None where none can be made."""
    parent = own_group()
    if parent is None:
        yield None
        return
    group = parent / f"{name}-{os.getpid()}-{time.monotonic_ns()}"
    try:
        group.mkdir()
    except OSError:
        yield None
        return
    try:
        yield group
    finally:
        remove(group)


def inside(group: Path | None, command: tuple[str, ...]) -> tuple[str, ...]:
    """`command`, joining `group` first."""
    if group is None:
        return command
    return ("/bin/sh", "-c", 'echo 0 > "$0" && exec "$@"', str(group / "cgroup.procs"), *command)


def members(group: Path) -> int:
    """How many processes are alive in a group and below it."""
    found = sum(1 for _ in (group / "cgroup.procs").open())
    return found + sum(members(below) for below in group.iterdir() if below.is_dir())


def remove(group: Path, within_s: float = 5.0) -> None:
    """Kill and remove a group and what is below it."""
    (group / "cgroup.kill").write_text("1")
    until = time.monotonic() + within_s
    while True:
        try:
            for below in sorted(group.rglob("*/"), reverse=True):
                below.rmdir()
            group.rmdir()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(_PAUSE_S)
        else:
            return
