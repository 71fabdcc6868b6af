"""Named locks between processes: taken whole or not at all, told who has them, and gone with their process."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gatekeeper.adapters.locks.named import NamedLocks
from gatekeeper.model.errors import EnvironmentFault

HOLDS = """
import sys
from gatekeeper.adapters.locks.named import NamedLocks
found = NamedLocks("the-other-run", lambda: "2026-02-18T02:00:07Z", sys.argv[1]).take(tuple(sys.argv[2:]))
print(found if isinstance(found, str) else "taken", flush=True)
sys.stdin.read()
"""


def locks(folder: Path, run: str = "this-run") -> NamedLocks:
    return NamedLocks(run, lambda: "2026-02-18T02:00:08Z", str(folder))


def taken(found: Callable[[], None] | str) -> Callable[[], None]:
    assert not isinstance(found, str), found
    return found


def test_all_or_nothing(tmp_path: Path) -> None:
    release = taken(locks(tmp_path).take(("b",)))
    assert locks(tmp_path).take(("a", "b", "c")) == (
        f"b is held by pid {os.getpid()}, since 2026-02-18T02:00:08Z, run this-run"
    )
    taken(locks(tmp_path).take(("a", "c")))()
    release()
    taken(locks(tmp_path).take(("c", "b", "a")))()


@pytest.mark.parametrize("name", ["port:8080", "../../x", "a/b", "ä b", "x" * 160, ".", "#"])
def test_any_name_is_a_file_in_the_folder(tmp_path: Path, name: str) -> None:
    release = taken(locks(tmp_path).take((name,)))
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert isinstance(locks(tmp_path).take((name,)), str)
    release()


def test_names_that_look_alike_are_not_the_same(tmp_path: Path) -> None:
    first, second = taken(locks(tmp_path).take(("a/b",))), taken(locks(tmp_path).take(("a_b",)))
    first()
    second()


def test_another_process_has_it_until_it_dies_however_that_comes(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDS, str(tmp_path), "db"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "taken\n"
        said = locks(tmp_path).take(("db",))
        assert said == f"db is held by pid {other.pid}, since 2026-02-18T02:00:07Z, run the-other-run"
        other.kill()
    taken(locks(tmp_path).take(("db",)))()


def test_a_file_that_was_removed_under_a_holder_is_nobodys_lock(tmp_path: Path) -> None:
    """What cleans /tmp may do that: whoever comes then, and whoever comes after, must meet."""
    first = taken(locks(tmp_path).take(("db",)))
    (file,) = tmp_path.iterdir()
    file.unlink()
    second = taken(locks(tmp_path).take(("db",)))
    assert isinstance(locks(tmp_path).take(("db",)), str)
    first()
    assert isinstance(locks(tmp_path).take(("db",)), str)
    second()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentFault, match="GATEKEEPER_LOCKS"):
        locks(tmp_path / "file")
    with pytest.raises(EnvironmentFault, match="cannot be made"):
        locks(tmp_path / "file" / "inside")


def test_no_lock_is_written_through_a_link(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    folder = tmp_path / "locks"
    taken(locks(folder).take(("db",)))()
    (file,) = folder.iterdir()
    file.unlink()
    file.symlink_to(victim)
    with pytest.raises(EnvironmentFault, match="cannot be used"):
        locks(folder).take(("db",))
    assert victim.read_text() == "precious"
