"""Single files of a project: as they are on the disk, and as git holds them at a ref."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gatekeeper.adapters.repos.at_ref import AtRef, CannotRead, FileSource, WorkingTree, resolve
from tests.adapters.repos.conftest import Repo

NAME = "gates/baselines/app/suite.unit.json"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    repo = Repo(tmp_path / "repo")
    repo.begin()
    repo.write(NAME, "committed\n")
    repo.write("gates/é [x].yaml", "odd\n")
    repo.commit()
    return repo


def sources(root: Path) -> tuple[FileSource, FileSource]:
    return WorkingTree(str(root)), AtRef(str(root), "HEAD")


def test_both_read_the_same_while_nothing_changed(repo: Repo) -> None:
    for source in sources(repo.path):
        assert source.read(NAME) == b"committed\n"
        assert source.read("gates/é [x].yaml") == b"odd\n"
        assert source.read("gates/nothing.json") is None
        assert source.paths("gates") == (NAME, "gates/é [x].yaml")
        assert source.paths("nowhere") == ()


def test_what_is_at_the_ref_does_not_follow_the_working_tree(repo: Repo) -> None:
    repo.write(NAME, "changed\n")
    repo.git("add", "--all")
    there, at = sources(repo.path)
    assert there.read(NAME) == b"changed\n"
    assert at.read(NAME) == b"committed\n"
    commit = repo.git("rev-parse", "HEAD")
    assert at.origin == f"HEAD ({commit[:12]})"


def test_a_ref_is_resolved_once(repo: Repo) -> None:
    at = AtRef(str(repo.path), "main")
    repo.write(NAME, "moved on\n")
    repo.commit()
    assert at.read(NAME) == b"committed\n"


def test_a_project_below_the_top_of_its_repository(repo: Repo) -> None:
    repo.write("inner/gates/q.yaml", "inner\n")
    repo.commit()
    for source in sources(repo.path / "inner"):
        assert source.read("gates/q.yaml") == b"inner\n"
        assert source.read(NAME) is None
        assert source.paths("gates") == ("gates/q.yaml",)


@pytest.mark.parametrize("ref", ["origin/main", "no such ref", "--all", "", "HEAD~5", "HEAD:gates"])
def test_a_ref_that_means_no_commit_is_an_error(repo: Repo, ref: str) -> None:
    """Never "nothing is there": a gate that finds no base would compare with nothing."""
    with pytest.raises(CannotRead, match="ref"):
        resolve(str(repo.path), ref)


def test_a_folder_in_no_repository_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CannotRead, match="in no git repository"):
        AtRef(str(tmp_path), "HEAD")
    with pytest.raises(CannotRead, match="is not there"):
        AtRef(str(tmp_path / "gone"), "HEAD")


def test_what_is_no_regular_file_is_an_error(repo: Repo) -> None:
    (repo.path / "gates" / "link.yaml").symlink_to("é [x].yaml")
    repo.commit()
    os.mkfifo(repo.path / "gates" / "pipe")
    there, at = sources(repo.path)
    with pytest.raises(CannotRead, match="not a regular file at HEAD"):
        at.read("gates/link.yaml")
    with pytest.raises(CannotRead, match="not a regular file"):
        there.read("gates/pipe")
    for source in (there, at):
        with pytest.raises(CannotRead, match="gates"):
            source.read("gates")
