"""Copies of the example that are stopped when their test ends, whatever happened in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .backend_copy import BackendCopy

Clone = Callable[[str], BackendCopy]


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    """Make copies of the backend under the names that are given."""
    copies: list[BackendCopy] = []

    def make(name: str) -> BackendCopy:
        copies.append(BackendCopy.at(tmp_path / name))
        return copies[-1]

    yield make
    for copy in copies:
        copy.run("stop-stack.sh")


@pytest.fixture
def backend(clone: Clone) -> BackendCopy:
    """One copy, in a folder whose name has spaces."""
    return clone("a backend (copy)")
