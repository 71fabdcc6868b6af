"""What a private folder is called, and how it goes: with all that is in it, and with nothing else."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from gatekeeper.adapters.guard.ledger import Ledger, Owner, Start
from gatekeeper.adapters.guard.leftovers import private
from gatekeeper.adapters.guard.reap import Reaped, reap
from gatekeeper.adapters.guard.system import procfs

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the full guard is Linux only")

COOKIE = "7:0123456789abcdef.1"


@pytest.fixture
def kept() -> private.Folder:
    """What a guardian has."""
    return private.Folder()


@pytest.fixture
def folder(tmp_path: Path, kept: private.Folder) -> Path:
    """A private folder, as it is made for the first command."""
    path = tmp_path / "gk-7-01234567.1"
    kept.offer(str(path))
    return path


def test_folder_of_a_former_boot(tmp_path: Path, folder: Path) -> None:
    """The disk outlives the boot; the process ids of the time before mean nothing, the folder's name does."""
    ledger = Ledger(str(tmp_path / "ledger"))
    ledger.append(Start(Owner("another boot", os.getpid(), 1), COOKIE, "gate/step", "", str(folder)))
    ledger.close()
    (found,) = reap(str(tmp_path / "ledger"))
    assert found == Reaped("folder", "gate/step", str(folder))
    assert str(found) == f"the folder {folder}, of gate/step"
    assert not folder.exists()


def test_ledger_that_names_something_else(tmp_path: Path) -> None:
    """A ledger that somebody wrote into cannot make `reap` remove what is not ours."""
    precious = tmp_path / "precious"
    precious.mkdir()
    ledger = Ledger(str(tmp_path / "ledger"))
    for path in (
        str(precious),
        f"{tmp_path}/x/../precious",
        "relative/gk-7-01234567.1",
        f"{tmp_path}/gk-7-01234567.1/",
    ):
        ledger.append(Start(Owner(procfs.boot_id(), 2**22 - 1, 7), COOKIE, "step", "", path))
    ledger.close()
    assert reap(str(tmp_path / "ledger")) == ()
    assert precious.is_dir()


def test_folder_name_is_short() -> None:
    """A unix socket's path may have 108 bytes: most of them are left, also inside the folder of an outer step."""
    path = private.folder_for("4194304:0123456789abcdef", 4194303)
    assert private.is_private(path)
    assert len(path) <= 64
    assert len(f"{path}/org.chromium.Chromium.XXXXXX/SingletonSocket") < 108


def test_long_temporary_folder_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where the system's own name is too long for sockets, the short one is taken."""
    long = tmp_path / ("x" * 60)
    long.mkdir()
    monkeypatch.setenv("TMPDIR", str(long))
    assert private.folder_for("7:0123456789abcdef", 1) == "/tmp/gk-7-01234567.1"


@pytest.mark.parametrize(
    "name",
    [
        "gk-7-01234567",
        "gk-7-0123456z.1",
        "gk-7-012345678.1",
        "gk--01234567.1",
        "gk-7-01234567.x",
        "gk-7-01234567.1.2",
        "x",
    ],
)
def test_other_names_are_nobodys_private_folder(name: str) -> None:
    """What is not surely a name of ours is none."""
    assert private.is_private("/tmp/gk-7-01234567.1")
    assert not private.is_private(f"/tmp/{name}")
    assert private.folder_for("run/../x:0123456789abcdef", 1) == ""


def test_everything_in_it_goes(folder: Path) -> None:
    """Files, links (not what they point to), sockets, FIFOs, and what its owner may not even read."""
    outside = folder.parent / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    (folder / "link").symlink_to(outside)
    (folder / "dangling").symlink_to("nowhere")
    os.mkfifo(folder / "fifo")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "socket"))
    locked = folder / "cache" / "locked"
    locked.mkdir(parents=True)
    (locked / "file").touch()
    locked.chmod(0o000)
    (folder / "cache").chmod(0o500)
    assert private.remove(str(folder), 5)
    assert not folder.exists()
    assert (outside / "kept").exists()


@pytest.mark.slow
def test_deep_folders(folder: Path) -> None:
    """Deeper than folders are followed one below the other."""
    here = os.open(folder, os.O_RDONLY)
    for _ in range(400):
        os.mkdir("deeper", dir_fd=here)
        below = os.open("deeper", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    assert private.remove(str(folder), 20)
    assert not folder.exists()


def test_link_in_its_place_goes_without_what_it_points_to(tmp_path: Path) -> None:
    """A step may put anything there instead of the folder."""
    target = tmp_path / "target"
    target.mkdir()
    (target / "file").touch()
    link = tmp_path / "gk-7-01234567.1"
    link.symlink_to(target)
    assert private.remove(str(link), 5)
    assert not link.is_symlink()
    assert (target / "file").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_folder_of_another_user_is_left(folder: Path) -> None:
    """Unless it is the very one that was made here, which a step of root's may have given away."""
    found = folder.stat()
    os.chown(folder, 12345, 12345)
    assert not private.remove(str(folder), 5)
    assert folder.is_dir()
    assert private.remove(str(folder), 5, (found.st_dev, found.st_ino))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
def test_what_is_mounted_in_it_is_left(folder: Path, tmp_path: Path) -> None:
    """A bind mount shows somebody else's files in it: they stay, and so does the folder, until it is unmounted."""
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").touch()
    (folder / "inside" / "mount").mkdir(parents=True)
    (folder / "other").touch()
    mounted = subprocess.run(["mount", "--bind", precious, folder / "inside" / "mount"], check=False)
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        assert not private.remove(str(folder), 5)
        assert (precious / "file").exists()
        assert not (folder / "other").exists()
    finally:
        subprocess.run(["umount", folder / "inside" / "mount"], check=True)
    assert private.remove(str(folder), 5)
    assert (precious / "file").exists()


def test_removing_is_bounded(folder: Path) -> None:
    """Nothing is waited for without an end: what is left is for `reap`."""
    for number in range(50):
        (folder / str(number)).touch()
    assert not private.remove(str(folder), -1)
    assert folder.is_dir()
    assert private.remove(str(folder), 5)


def test_folder_is_emptied_and_kept(folder: Path, kept: private.Folder) -> None:
    """The very same one, as long as nobody has changed it; else it goes, and the next command gets another."""
    number = folder.stat().st_ino
    (folder / "a" / "b").mkdir(parents=True)
    assert kept.clear(5)
    kept.offer(str(folder))
    assert (folder.stat().st_ino, list(folder.iterdir())) == (number, [])
    folder.chmod(0o755)
    assert kept.clear(5)
    assert not folder.exists()
    kept.offer(str(folder))
    assert folder.stat().st_mode & 0o777 == 0o700
    assert kept.remove(5)
    assert not folder.exists()


def test_folder_that_cannot_be_emptied_in_time(folder: Path, kept: private.Folder) -> None:
    """No other command gets it; the next attempt to remove it finds what is left."""
    (folder / "file").touch()
    assert not kept.clear(-1)
    assert kept.remove(5)
    assert not folder.exists()


def test_removing_twice(folder: Path) -> None:
    """What is not there is gone."""
    assert private.remove(str(folder), 5)
    assert private.remove(str(folder), 5)
