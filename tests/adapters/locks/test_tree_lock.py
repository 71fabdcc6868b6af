"""One run a tree: who comes second is told who holds it, and a dead process holds nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.adapters.locks.conftest import NOW, OtherRun, acquire, conflict, lock_file


def test_the_second_run_is_told_who_holds_the_tree_and_what_to_do(
    project: Path, other_run: Callable[..., OtherRun]
) -> None:
    """Process, since when, which run, and how to end it stand in the one line that the person reads."""
    pid = other_run(project).process.pid
    assert conflict(project) == (
        f"{project} is held by another run (pid {pid}, since 2026-02-18T01:00:00.000Z, run other-run); "
        f"wait for it to end, or end it with: kill {pid}"
    )


def test_a_released_tree_can_be_had_at_once(project: Path) -> None:
    """A run that ended leaves nothing in the way, and its name does not stay in the file."""
    with acquire(project):
        said = json.loads(lock_file(project).read_text())
        assert (said["pid"], said["run"], said["since"]) == (os.getpid(), "my-run", NOW)
        assert conflict(project)
    assert lock_file(project).read_text() == ""
    lock = acquire(project)
    lock.release()
    lock.release()
    acquire(project).release()


def test_the_lock_of_a_killed_process_is_taken_over(project: Path, other_run: Callable[..., OtherRun]) -> None:
    """SIGKILL leaves a file that names a dead process; it stops nobody."""
    other = other_run(project)
    other.kill()
    assert json.loads(lock_file(project).read_text())["run"] == "other-run"
    with acquire(project):
        assert json.loads(lock_file(project).read_text())["run"] == "my-run"


def test_a_child_that_lives_on_does_not_keep_the_lock(project: Path, other_run: Callable[..., OtherRun]) -> None:
    """A service, or a stray, that outlives a killed run inherits no lock from it."""
    other_run(project, then="leave-a-child").kill()
    acquire(project).release()


def test_a_folder_copied_with_a_lock_file_is_free(
    project: Path, tmp_path: Path, other_run: Callable[..., OtherRun]
) -> None:
    """A copy of a tree on which a run is going on, here or from another machine, is another tree."""
    other_run(project)
    shutil.copytree(project, tmp_path / "copy")
    said = json.loads(lock_file(tmp_path / "copy").read_text())
    lock_file(tmp_path / "copy").write_text(json.dumps({**said, "host": "elsewhere"}) + "\n" + "x" * 5000)
    with acquire(tmp_path / "copy"):
        assert json.loads(lock_file(tmp_path / "copy").read_text())["run"] == "my-run"


@pytest.mark.parametrize("text", ["", "garbage", "[]", '{"pid": "x"}', '{"pid": 1, "start": 1, "since": "", '])
def test_a_lock_file_that_says_nothing_useful_still_holds(
    project: Path, other_run: Callable[..., OtherRun], text: str
) -> None:
    """The lock is the kernel's, not the text: who holds it is then asked of the kernel."""
    pid = other_run(project).process.pid
    lock_file(project).write_text(text)
    assert conflict(project) == (
        f"{project} is held by pid {pid}, which does not say for which run; wait for it to end, and try again"
    )


def test_a_process_that_only_has_the_number_of_the_holder_is_not_blamed(
    project: Path, other_run: Callable[..., OtherRun]
) -> None:
    """A number that was given to another process since is no holder: its start says so."""
    pid = other_run(project).process.pid
    stale = {"pid": os.getpid(), "start": 1, "since": "", "run": "old", "host": os.uname().nodename}
    lock_file(project).write_text(json.dumps(stale))
    assert f"held by pid {pid}" in conflict(project)


def test_a_holder_on_another_machine_is_named_with_it(project: Path, other_run: Callable[..., OtherRun]) -> None:
    """On a shared file system a pid alone would send the person to the wrong process."""
    other_run(project)
    said = {"pid": 7, "start": 1, "since": NOW, "run": "far", "host": "build-7"}
    lock_file(project).write_text(json.dumps(said))
    assert "another run on build-7 (pid 7, since" in conflict(project)
    assert "end it there" in conflict(project)


def test_the_lock_costs_no_imports(project: Path) -> None:
    """Start-up: taking the lock brings nothing that a start does not have anyway."""
    script = (
        "import sys; from gatekeeper.adapters.locks.treelock import TreeLock; "
        f"TreeLock.acquire(({str(project)!r},), run='r', now='n'); "
        "heavy = {'subprocess', 'pathlib', 'tempfile', 'shutil', 'hashlib', 'socket', 'psutil'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    subprocess.run((sys.executable, "-S", "-c", script), check=True, cwd=Path(__file__).parents[3])
