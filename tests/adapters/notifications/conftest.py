"""A real address that is told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.endpoints import Endpoint, listening


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with listening() as endpoint:
        yield endpoint
