"""Owns what every test of gatekeeper shares: its plugins, how properties are tried, that nothing is left behind."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import hypothesis
import pytest
from hypothesis import HealthCheck, settings

from tests.support.leaks import nothing_left_behind

pytest_plugins = ["tests.support.no_skips", "tests.support.project_fixtures", "tests.support.tables"]

# At a desk every run looks for new examples; CI judges a commit, and must say the same of it each time.
hypothesis.settings.register_profile("ci", derandomize=True, database=None)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("ci")


# Everywhere as in CI: no example has a time of its own, which a busy machine would not keep, and a failure can be had
# again by running the test again.
settings.register_profile(
    "gatekeeper", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("gatekeeper")


def pytest_collection_finish() -> None:
    """What was collected stays to the end: nobody shall look through it for garbage again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    """What gatekeeper asks of a step is asked of its own tests."""
    with nothing_left_behind():
        yield
