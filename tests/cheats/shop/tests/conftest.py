"""A basket for every test."""

import pytest


@pytest.fixture
def basket():
    return [(1200, 2), (350, 1)]
