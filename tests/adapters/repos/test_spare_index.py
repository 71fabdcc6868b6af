"""An index of git's that is nobody's own, and is gone also when its process was killed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from gatekeeper.adapters.repos.questions import CannotKeep, index_aside
from gatekeeper.adapters.repos.spare_index import spare_index, tidy

_HOLD = (
    "import sys\nfrom gatekeeper.adapters.repos.spare_index import spare_index\n"
    "with spare_index() as path:\n    print(path, flush=True)\n    sys.stdin.read()\n"
)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_it_is_gone_after_its_use(tmp_path: Path) -> None:
    with spare_index() as path:
        Path(path).write_bytes(b"DIRC")
    assert not list(tmp_path.iterdir())


def test_what_a_killed_process_left_is_removed_and_what_a_living_one_uses_is_not(tmp_path: Path) -> None:
    """The kernel unlocks for the dead."""
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    with holder:
        assert holder.stdout is not None
        path = Path(holder.stdout.readline().strip())
        path.write_bytes(b"DIRC")
        assert tidy() == ()
        assert path.exists()
        holder.kill()
    assert tidy() == (str(path.parent),)
    assert not list(tmp_path.iterdir())


def test_without_room_for_it_nothing_can_be_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """That is said, and ends nothing."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(CannotKeep, match="no room"), index_aside():
        pass
