"""A step's folder, empty."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.measures.measuring import Measuring


@pytest.fixture
def measuring(tmp_path: Path) -> Measuring:
    return Measuring(tmp_path)
