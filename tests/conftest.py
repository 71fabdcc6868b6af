"""Owns what every test of gatekeeper shares: its plugins, how properties are tried, that nothing is left behind."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.support.leaks import nothing_left_behind

pytest_plugins = [
    "tests.support.endpoints",
    "tests.support.no_skips",
    "tests.support.project_fixtures",
    "tests.support.tables",
]

# No example has a time of its own: a busy machine would not keep it.
settings.register_profile("desk", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# At a desk every run looks for new examples; CI judges a commit, and must say the same of it each time.
settings.register_profile("ci", settings.get_profile("desk"), derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "desk")

# What ignores a signal hands that on: below nohup, or in a shell's background, no test could stop a run.
for _number in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, signal.default_int_handler if _number == signal.SIGINT else lambda *_: None)


def pytest_collection_finish() -> None:
    """What was collected stays to the end: nobody shall look through it for garbage again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    """What gatekeeper asks of a step is asked of its own tests."""
    with nothing_left_behind():
        yield
