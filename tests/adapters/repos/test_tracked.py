"""Telling what is under version control."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gatekeeper.adapters.repos import tracked as telling
from gatekeeper.adapters.repos.tracked import tracked


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    (root / "sub").mkdir(parents=True)
    for name in ("known.xml", "new.xml", "sub/known.xml", "sub/*.xml"):
        (root / name).touch()
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    subprocess.run(["git", "-C", str(root), "add", "known.xml", "sub/known.xml"], check=True)
    return root


def test_files_in_and_below_a_folder(repo: Path) -> None:
    """A name with a star in it is only itself."""
    names = ["known.xml", "./known.xml", "new.xml", "sub/known.xml", "sub/*.xml", "nowhere.xml"]
    assert tracked(str(repo), names) == {"known.xml", "./known.xml", "sub/known.xml"}


def test_files_beside_the_folder(repo: Path) -> None:
    """And one outside of the repository, which git has nothing to say about."""
    names = ["known.xml", "../known.xml", "../new.xml", "../../outside.xml", str(repo / "known.xml")]
    assert tracked(str(repo / "sub"), names) == {"known.xml", "../known.xml", str(repo / "known.xml")}


def test_without_a_repository_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "a.xml").touch()
    assert tracked(str(tmp_path), ["a.xml"]) == frozenset()
    assert tracked(str(tmp_path / "nowhere"), ["a.xml"]) == frozenset()


def test_when_git_does_not_answer_everything_is(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be told is not removed."""
    monkeypatch.setattr(telling, "WITHIN_S", 0.0)
    assert tracked(str(repo), ["new.xml"]) == {"new.xml"}
