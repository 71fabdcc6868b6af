"""A second process that holds a tree, and folders to hold."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gatekeeper.adapters.locks.treelock import TreeLock
from gatekeeper.model.errors import LockHeld

NOW = "2026-02-18T02:00:07.000Z"


_HOLDER = """
import os, subprocess, sys
from gatekeeper.adapters.locks.treelock import TreeLock
then, *paths = sys.argv[1:]
lock = TreeLock.acquire(tuple(paths), run="other-run", now="2026-02-18T01:00:00.000Z")
if then == "leave-a-child":
    subprocess.Popen(["sleep", "1000"], close_fds=False)
print("held", flush=True)
sys.stdin.read()
"""


class OtherRun:
    """Another process that holds a tree until it is told to end or killed."""

    def __init__(self, *paths: Path, then: str = "wait") -> None:
        self.leaves_child = then == "leave-a-child"
        self.process = subprocess.Popen(
            (sys.executable, "-c", _HOLDER, then, *map(str, paths)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "held\n"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def other_run() -> Iterator[Callable[..., OtherRun]]:
    started: list[OtherRun] = []

    def start(*paths: Path, then: str = "wait") -> OtherRun:
        started.append(OtherRun(*paths, then=then))
        return started[-1]

    yield start
    for other in started:
        other.kill()
        if other.leaves_child:
            # The child keeps the number of its group from being given to others.
            os.killpg(other.process.pid, signal.SIGKILL)
        for stream in (other.process.stdin, other.process.stdout):
            assert stream is not None
            stream.close()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "my project"
    folder.mkdir()
    return folder


@pytest.fixture
def backend(tmp_path: Path) -> Path:
    """A git repository outside the project."""
    folder = tmp_path / "backend"
    subprocess.run(("git", "init", "--quiet", str(folder)), check=True)
    return folder


def acquire(*paths: Path) -> TreeLock:
    return TreeLock.acquire(tuple(map(str, paths)), run="my-run", now=NOW)


def lock_file(project: Path) -> Path:
    return project / ".gatekeeper/locks/run.lock"


def conflict(*paths: Path) -> str:
    with pytest.raises(LockHeld) as held:
        acquire(*paths)
    return str(held.value)


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A folder that an ordinary user can reach and owns, also when the tests run as root."""
    place = Path(tempfile.mkdtemp(prefix="gatekeeper-test-"))
    if os.geteuid() == 0:
        os.chown(place, 65534, 65534)
    yield place
    place.chmod(0o700)
    shutil.rmtree(place)
