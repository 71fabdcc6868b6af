"""One run a tree: who comes second is told who holds it, and a dead process holds nothing."""

from __future__ import annotations

import json
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
from gatekeeper.model.errors import EnvironmentFault, LockHeld

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


def _acquire(*paths: Path) -> TreeLock:
    return TreeLock.acquire(tuple(map(str, paths)), run="my-run", now=NOW)


def _lock_file(project: Path) -> Path:
    return project / ".gatekeeper/locks/run.lock"


def _conflict(*paths: Path) -> str:
    with pytest.raises(LockHeld) as held:
        _acquire(*paths)
    return str(held.value)


def test_the_second_run_is_told_who_holds_the_tree_and_what_to_do(
    project: Path, other_run: Callable[..., OtherRun]
) -> None:
    """Process, since when, which run, and how to end it stand in the one line that the person reads."""
    pid = other_run(project).process.pid
    assert _conflict(project) == (
        f"{project} is held by another run (pid {pid}, since 2026-02-18T01:00:00.000Z, run other-run); "
        f"wait for it to end, or end it with: kill {pid}"
    )


def test_a_released_tree_can_be_had_at_once(project: Path) -> None:
    """A run that ended leaves nothing in the way, and its name does not stay in the file."""
    with _acquire(project):
        said = json.loads(_lock_file(project).read_text())
        assert (said["pid"], said["run"], said["since"]) == (os.getpid(), "my-run", NOW)
        assert _conflict(project)
    assert _lock_file(project).read_text() == ""
    lock = _acquire(project)
    lock.release()
    lock.release()
    _acquire(project).release()


def test_the_lock_of_a_killed_process_is_taken_over(project: Path, other_run: Callable[..., OtherRun]) -> None:
    """SIGKILL leaves a file that names a dead process; it stops nobody."""
    other = other_run(project)
    other.kill()
    assert json.loads(_lock_file(project).read_text())["run"] == "other-run"
    with _acquire(project):
        assert json.loads(_lock_file(project).read_text())["run"] == "my-run"


def test_a_child_that_lives_on_does_not_keep_the_lock(project: Path, other_run: Callable[..., OtherRun]) -> None:
    """A service, or a stray, that outlives a killed run inherits no lock from it."""
    other_run(project, then="leave-a-child").kill()
    _acquire(project).release()


def test_a_folder_copied_with_a_lock_file_is_free(
    project: Path, tmp_path: Path, other_run: Callable[..., OtherRun]
) -> None:
    """A copy of a tree on which a run is going on, here or from another machine, is another tree."""
    other_run(project)
    shutil.copytree(project, tmp_path / "copy")
    said = json.loads(_lock_file(tmp_path / "copy").read_text())
    _lock_file(tmp_path / "copy").write_text(json.dumps({**said, "host": "elsewhere"}) + "\n" + "x" * 5000)
    with _acquire(tmp_path / "copy"):
        assert json.loads(_lock_file(tmp_path / "copy").read_text())["run"] == "my-run"


@pytest.mark.parametrize("text", ["", "garbage", "[]", '{"pid": "x"}', '{"pid": 1, "start": 1, "since": "", '])
def test_a_lock_file_that_says_nothing_useful_still_holds(
    project: Path, other_run: Callable[..., OtherRun], text: str
) -> None:
    """The lock is the kernel's, not the text: who holds it is then asked of the kernel."""
    pid = other_run(project).process.pid
    _lock_file(project).write_text(text)
    assert _conflict(project) == (
        f"{project} is held by pid {pid}, which does not say for which run; wait for it to end, and try again"
    )


def test_a_process_that_only_has_the_number_of_the_holder_is_not_blamed(
    project: Path, other_run: Callable[..., OtherRun]
) -> None:
    """A number that was given to another process since is no holder: its start says so."""
    pid = other_run(project).process.pid
    stale = {"pid": os.getpid(), "start": 1, "since": "", "run": "old", "host": os.uname().nodename}
    _lock_file(project).write_text(json.dumps(stale))
    assert f"held by pid {pid}" in _conflict(project)


def test_a_holder_on_another_machine_is_named_with_it(project: Path, other_run: Callable[..., OtherRun]) -> None:
    """On a shared file system a pid alone would send the person to the wrong process."""
    other_run(project)
    said = {"pid": 7, "start": 1, "since": NOW, "run": "far", "host": "build-7"}
    _lock_file(project).write_text(json.dumps(said))
    assert "another run on build-7 (pid 7, since" in _conflict(project)
    assert "end it there" in _conflict(project)


def test_two_projects_cannot_run_on_one_backend_at_once(
    project: Path, tmp_path: Path, backend: Path, other_run: Callable[..., OtherRun]
) -> None:
    """A repo outside the project is locked too, and what was locked before it is given back."""
    (tmp_path / "second").mkdir()
    other = other_run(tmp_path / "second", backend)
    assert str(backend) in _conflict(project, backend)
    _acquire(project).release()
    other.kill()
    _acquire(project, backend).release()


def test_a_backend_that_is_a_project_itself_is_one_tree(
    project: Path, backend: Path, other_run: Callable[..., OtherRun]
) -> None:
    """It makes no difference from which project a run on the repo was started."""
    other_run(backend)
    assert str(backend) in _conflict(project, backend)


def test_a_linked_worktree_is_a_tree_of_its_own(backend: Path, tmp_path: Path) -> None:
    """Each worktree of a repository can have its run."""
    identity = ("-c", "user.name=n", "-c", "user.email=e@example.test")
    subprocess.run(("git", *identity, "commit", "--quiet", "--allow-empty", "-m", "one"), cwd=backend, check=True)
    subprocess.run(("git", "worktree", "add", "--quiet", str(tmp_path / "linked")), cwd=backend, check=True)
    with _acquire(backend), _acquire(tmp_path / "linked"):
        assert str(tmp_path / "linked") in _conflict(tmp_path / "linked")


def test_two_projects_inside_one_repository_can_run_side_by_side(backend: Path) -> None:
    """Subfolders of one repository are different trees; each is locked for itself, whoever comes from where."""
    for name in ("a", "b", "very/" * 80):
        (backend / name).mkdir(parents=True)
    with _acquire(backend / "a"), _acquire(backend / "b"):
        assert str(backend / "a") in _conflict(backend / "b" / "..", backend / "a")
    _acquire(backend, backend / ("very/" * 80)).release()


def test_the_same_repo_named_twice_is_locked_once(backend: Path, tmp_path: Path) -> None:
    """A repo that falls back to the project's own folder, also through a symlink, is no conflict with itself."""
    (tmp_path / "link").symlink_to(backend)
    with _acquire(backend, backend, tmp_path / "link"):
        assert _conflict(tmp_path / "link")


def test_a_repo_that_is_not_there_needs_no_lock(project: Path, tmp_path: Path) -> None:
    """A missing repo is told where repos are read, not here."""
    _acquire(project, tmp_path / "nowhere").release()
    assert not (tmp_path / "nowhere").exists()


def test_locking_leaves_a_git_tree_clean(backend: Path) -> None:
    """What a run keeps in the project ignores itself."""
    with _acquire(backend):
        status = subprocess.run(("git", "status", "--porcelain"), cwd=backend, capture_output=True, check=True)
    assert status.stdout == b""


def test_a_symlinked_lock_file_is_refused_and_its_target_untouched(project: Path, tmp_path: Path) -> None:
    """A lock never writes through a symlink that somebody put in its place."""
    victim = tmp_path / "victim"
    victim.write_text("precious")
    _lock_file(project).parent.mkdir(parents=True)
    _lock_file(project).symlink_to(victim)
    with pytest.raises(EnvironmentFault, match=r"run\.lock is a symlink; remove it"):
        _acquire(project)
    assert victim.read_text() == "precious"


def test_something_else_in_the_locks_place_is_told(project: Path) -> None:
    """A folder where the lock should be is named with its path."""
    _lock_file(project).mkdir(parents=True)
    with pytest.raises(EnvironmentFault, match=r"run\.lock: Is a directory; see what is at that path"):
        _acquire(project)


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


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A folder that an ordinary user can reach and owns, also when the tests run as root."""
    place = Path(tempfile.mkdtemp(prefix="gatekeeper-test-"))
    if os.geteuid() == 0:
        os.chown(place, 65534, 65534)
    yield place
    place.chmod(0o700)
    shutil.rmtree(place)


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
    lock = _acquire(open_place)
    assert f"LockHeld {open_place} is held by another run (pid {os.getpid()}, since {NOW}, run my-run)" in (
        _as_ordinary_user(open_place)
    )
    lock.release()
    answer = _as_ordinary_user(open_place)
    assert "belongs to the user with id 0 and no run holds it; remove it, or run gatekeeper as that user" in answer


def test_the_lock_costs_no_imports(project: Path) -> None:
    """Start-up: taking the lock brings nothing that a start does not have anyway."""
    script = (
        "import sys; from gatekeeper.adapters.locks.treelock import TreeLock; "
        f"TreeLock.acquire(({str(project)!r},), run='r', now='n'); "
        "heavy = {'subprocess', 'pathlib', 'tempfile', 'shutil', 'hashlib', 'socket', 'psutil'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    subprocess.run((sys.executable, "-S", "-c", script), check=True, cwd=Path(__file__).parents[3])
