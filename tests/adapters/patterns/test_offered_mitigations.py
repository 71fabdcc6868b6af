"""What the built-in patterns of locks and pid files offer removes what is certainly stale, and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gatekeeper.policy.patterns.filling import filled_command
from tests.adapters.patterns.samples import built_in

OLD = 1_700_000_000


def mitigate(pattern: str, path: str, **values: str) -> int:
    """Run what the pattern offers, with nothing on the PATH but `path`; the exit code."""
    offered = built_in().get(pattern)
    assert offered is not None
    assert offered.mitigation is not None
    command = filled_command(offered.mitigation.run, values)
    bash = shutil.which("bash")
    assert bash is not None
    return subprocess.run([bash, "-euo", "pipefail", "-c", command], env={"PATH": path}, check=False).returncode


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """A git lock from long ago, in a folder whose name has a space and an apostrophe."""
    path = tmp_path / "it's here" / ".git" / "index.lock"
    path.parent.mkdir(parents=True)
    path.touch()
    os.utime(path, (OLD, OLD))
    return path


def tools(folder: Path, *names: str, **scripts: str) -> str:
    """A PATH on which only these real programs are, and these scripts."""
    folder.mkdir()
    for name in names:
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    for name, text in scripts.items():
        (folder / name).write_text(f"#!{shutil.which('sh')}\n{text}\n", "utf-8")
        (folder / name).chmod(0o755)
    return str(folder)


def test_an_old_git_lock_goes(tmp_path: Path, lock: Path) -> None:
    """No git runs, and it is older than any that could hold it."""
    assert mitigate("git_lock", tools(tmp_path / "bin", "find", "rm", pgrep="exit 1"), lock=str(lock)) == 0
    assert not lock.exists()


@pytest.mark.parametrize("pgrep", ["exit 0", "exit 3"])
def test_a_git_lock_stays_while_git_runs_or_nobody_can_tell(tmp_path: Path, lock: Path, pgrep: str) -> None:
    """One runs somewhere, or pgrep itself fails."""
    assert mitigate("git_lock", tools(tmp_path / "bin", "find", "rm", pgrep=pgrep), lock=str(lock)) != 0
    assert lock.exists()


def test_a_git_lock_stays_without_pgrep(tmp_path: Path, lock: Path) -> None:
    """Who cannot look does not remove."""
    assert mitigate("git_lock", tools(tmp_path / "bin", "find", "rm"), lock=str(lock)) != 0
    assert lock.exists()


def test_a_young_git_lock_stays(tmp_path: Path, lock: Path) -> None:
    """Whoever took it just now may be of another kind than git."""
    os.utime(lock)
    assert mitigate("git_lock", tools(tmp_path / "bin", "find", "rm", pgrep="exit 1"), lock=str(lock)) != 0
    assert lock.exists()


def test_a_pid_file_of_nobody_goes(tmp_path: Path) -> None:
    """`ps` can tell of itself, and tells of no process with that pid."""
    file = tmp_path / "it's.pid"
    file.write_text("4711\n", "utf-8")
    path = tools(tmp_path / "bin", "cat", "rm", ps='[ "$2" != 4711 ]')
    assert mitigate("stale_pid_file", path, pid_file=str(file)) == 0
    assert not file.exists()


@pytest.mark.parametrize(
    ("content", "ps"),
    [
        ("4711\n", "exit 0"),
        ("4711\n", "exit 1"),
        ("", "exit 1"),
        ("0\n", '[ "$2" != 0 ]'),
        ("-1\n", '[ "$2" != -1 ]'),
        ("4711 4712\n", '[ "$2" != "4711 4712" ]'),
        ("redis\n", '[ "$2" != redis ]'),
    ],
)
def test_a_pid_file_stays_where_it_is_not_certain(tmp_path: Path, content: str, ps: str) -> None:
    """A process has the pid, `ps` cannot even see the shell, or it is no pid."""
    file = tmp_path / "a.pid"
    file.write_text(content, "utf-8")
    assert mitigate("stale_pid_file", tools(tmp_path / "bin", "cat", "rm", ps=ps), pid_file=str(file)) != 0
    assert file.exists()


def test_a_pid_file_stays_without_ps(tmp_path: Path) -> None:
    """Who cannot look does not remove."""
    file = tmp_path / "a.pid"
    file.write_text("4711\n", "utf-8")
    assert mitigate("stale_pid_file", tools(tmp_path / "bin", "cat", "rm"), pid_file=str(file)) != 0
    assert file.exists()


def test_a_pid_file_of_a_living_process_stays(tmp_path: Path) -> None:
    """With the real `ps`."""
    file = tmp_path / "a.pid"
    file.write_text(f"{os.getpid()}\n", "utf-8")
    assert mitigate("stale_pid_file", os.environ["PATH"], pid_file=str(file)) != 0
    assert file.exists()
