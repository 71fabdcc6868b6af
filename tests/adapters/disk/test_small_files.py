"""A small file is there whole or not at all, for its owner alone, and nothing leads whoever reads it elsewhere."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from gatekeeper.adapters.disk.small_files import read_own, read_small, write_whole


def test_what_is_written_replaces_what_was_there_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    """In a folder that is made for it, and readable by nobody else."""
    path = tmp_path / "kept" / "one"
    for content in (b"first, and longer", b"second"):
        write_whole(str(path), content)
        assert path.read_bytes() == content
    assert [stat.S_IMODE(place.stat().st_mode) for place in (path.parent, path)] == [0o700, 0o600]
    assert os.listdir(path.parent) == ["one"]


def test_what_cannot_be_put_in_its_place_leaves_what_is_there(tmp_path: Path) -> None:
    """And nothing half written beside it."""
    (tmp_path / "one").mkdir()
    with pytest.raises(IsADirectoryError):
        write_whole(str(tmp_path / "one"), b"content")
    assert os.listdir(tmp_path) == ["one"]


def test_no_link_is_followed(tmp_path: Path) -> None:
    """Neither to be read, nor to be written: the link goes, and what it leads to stays."""
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"of somebody")
    link.symlink_to(target)
    for read in (read_small, read_own):
        with pytest.raises(OSError) as refused:
            read(str(link), 100)
        assert refused.value.errno == errno.ELOOP
    write_whole(str(link), b"ours")
    assert (target.read_bytes(), link.read_bytes(), link.is_symlink()) == (b"of somebody", b"ours", False)


def test_a_pipe_that_nobody_writes_to_is_not_waited_for(tmp_path: Path) -> None:
    """It holds nothing."""
    os.mkfifo(tmp_path / "pipe")
    assert read_small(str(tmp_path / "pipe"), 100) == b""


@pytest.mark.skipif(os.geteuid() != 0, reason="to give a file to somebody else takes root")
def test_somebody_elses_file_is_not_believed(tmp_path: Path) -> None:
    """Whoever can write to the folder could have put it there."""
    path = tmp_path / "one"
    path.write_bytes(b"not ours")
    os.chown(path, 65534, 65534)
    assert read_small(str(path), 3) == b"not"
    with pytest.raises(PermissionError):
        read_own(str(path), 100)
