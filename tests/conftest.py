"""Owns what every test of gatekeeper shares: the plugins of tests/support, and that no test leaves anything behind."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import hypothesis
import pytest

from tests.support.leaks import nothing_left_behind

pytest_plugins = ["tests.support.no_skips", "tests.support.project_fixtures", "tests.support.tables"]

# At a desk every run looks for new examples; CI judges a commit, and must say the same of it each time.
hypothesis.settings.register_profile("ci", derandomize=True, database=None)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("ci")


def pytest_collection_finish() -> None:
    """What was collected stays to the end: nobody shall look through it for garbage again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    """What gatekeeper asks of a step is asked of its own tests."""
    with nothing_left_behind():
        yield
