"""Owns the fixtures of tests/cli and tests/journeys: tiny projects, and copies of the example."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.examples import make_example
from tests.support.projects import Project

MakeTiny = Callable[[str], Project]
MakeExample = Callable[[str], Project]


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[MakeTiny]:
    """Make a project with one cycle, called `tiny`, of what is given."""
    made: list[Project] = []

    def make(text: str) -> Project:
        made.append(Project.with_cycle(tmp_path / f"project-{len(made)}", text))
        return made[-1]

    yield make
    for project in made:
        project.clean_up()


@pytest.fixture(scope="session")
def cloned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example in a repository, to be copied and never touched."""
    root = tmp_path_factory.mktemp("cloned")
    make_example(root)
    return root


@pytest.fixture
def clone(tmp_path: Path, cloned: Path) -> Iterator[MakeExample]:
    """Make clones of the example under the names that are given."""
    made: list[Project] = []

    def make(name: str) -> Project:
        shutil.copytree(cloned, tmp_path / name, symlinks=True)
        made.append(Project(tmp_path / name, tmp_path / f"{name}-tmp"))
        return made[-1]

    yield make
    for project in made:
        project.clean_up()


@pytest.fixture
def example(clone: MakeExample) -> Project:
    """One clone, in a folder whose name has spaces."""
    return clone("a clone (fresh)")
