"""Where no lock can be had: it is said why, and what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gatekeeper.model.errors import EnvironmentFault
from tests.adapters.locks.conftest import NOW, acquire, lock_file


def test_a_symlinked_lock_file_is_refused_and_its_target_untouched(project: Path, tmp_path: Path) -> None:
    """A lock never writes through a symlink that somebody put in its place."""
    victim = tmp_path / "victim"
    victim.write_text("precious")
    lock_file(project).parent.mkdir(parents=True)
    lock_file(project).symlink_to(victim)
    with pytest.raises(EnvironmentFault, match=r"run\.lock is a symlink; remove it"):
        acquire(project)
    assert victim.read_text() == "precious"


def test_something_else_in_the_locks_place_is_told(project: Path) -> None:
    """A folder where the lock should be is named with its path."""
    lock_file(project).mkdir(parents=True)
    with pytest.raises(EnvironmentFault, match=r"run\.lock: Is a directory; see what is at that path"):
        acquire(project)


_AS_ORDINARY_USER = """
import json, os, sys
import gatekeeper.adapters.locks.treelock as treelock
if os.geteuid() == 0:
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
try:
    treelock.TreeLock.acquire(tuple(sys.argv[1:]), run="plain", now="now")
    print("acquired")
except Exception as fault:
    print(type(fault).__name__, fault)
"""


def _as_ordinary_user(*paths: Path) -> str:
    done = subprocess.run(
        (sys.executable, "-c", _AS_ORDINARY_USER, *map(str, paths)), capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_an_ordinary_user_can_lock_an_own_folder(open_place: Path) -> None:
    """Nothing about the lock needs root."""
    assert _as_ordinary_user(open_place) == "acquired"


def test_a_read_only_project_is_told_with_what_to_do(open_place: Path) -> None:
    """A project that cannot be written cannot be run in, and says why."""
    open_place.chmod(0o500)
    assert _as_ordinary_user(open_place) == (
        f"EnvironmentFault cannot lock {open_place}: {open_place}/.gatekeeper/locks/run.lock cannot be written "
        "(Permission denied); make it writable for this user: a run needs to keep others off, and to keep its journal"
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can leave a lock file that belongs to somebody else")
def test_a_lock_that_root_left_or_holds_is_told_apart(open_place: Path) -> None:
    """An ordinary user sees whether root's run is still on, and what to do where only its file is left."""
    lock = acquire(open_place)
    assert f"LockHeld {open_place} is held by another run (pid {os.getpid()}, since {NOW}, run my-run)" in (
        _as_ordinary_user(open_place)
    )
    lock.release()
    answer = _as_ordinary_user(open_place)
    assert "belongs to the user with id 0 and no run holds it; remove it, or run gatekeeper as that user" in answer
