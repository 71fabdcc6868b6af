"""What several tests of commands look at."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cli.verified_runs import flaky_run
from tests.support.projects import Project


@pytest.fixture(scope="session")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """One run that has ended, for all who look at it again; none of them changes it."""
    yield from flaky_run(tmp_path_factory.mktemp("verified"))
