"""What a step declares as an artifact is kept as it was, whatever the step leaves under that name."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from gatekeeper.adapters.artifacts import keeping
from gatekeeper.adapters.artifacts.keeping import ArtifactKeeper


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A step's folder."""
    made = tmp_path / "step"
    made.mkdir()
    return made


def test_a_file_is_kept_byte_for_byte_under_its_digest(folder: Path, tmp_path: Path) -> None:
    content = os.urandom(3 << 20)
    (folder / "dist").mkdir()
    (folder / "dist" / "an app.bin").write_bytes(content)
    (artifact,) = ArtifactKeeper(str(tmp_path / "run")).keep(("dist/*.bin",), str(folder))
    digest = hashlib.sha256(content).hexdigest()
    assert artifact == ("dist/an app.bin", f"artifacts/{digest}-an_app.bin", f"sha256:{digest}", len(content))
    kept = tmp_path / "run" / artifact.kept
    assert kept.read_bytes() == content
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_pipe_a_folder_and_nothing_are_not_kept(folder: Path, tmp_path: Path) -> None:
    os.mkfifo(folder / "pipe")
    (folder / "folder").mkdir()
    assert ArtifactKeeper(str(tmp_path)).keep(("pipe", "folder", "nothing/**"), str(folder)) == ()


def test_what_is_too_much_is_named_and_not_kept(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "LARGEST", 10)
    for name in ("a", "b", "c"):
        (folder / name).write_text("123456")
    kept = [artifact.kept != "" for artifact in ArtifactKeeper(str(tmp_path)).keep(("*",), str(folder))]
    assert kept == [True, False, False]


def test_a_run_folder_that_takes_nothing_names_what_it_did_not_keep(folder: Path) -> None:
    (folder / "a").write_text("1")
    (artifact,) = ArtifactKeeper("/proc/nowhere").keep(("a",), str(folder))
    assert artifact == ("a", "", "", 0)
