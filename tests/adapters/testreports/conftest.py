"""A step whose reports are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.adapters.testreports.reader import ReportReader
from gatekeeper.policy.masking import Masker
from tests.adapters.testreports.steps import Step


@pytest.fixture
def step(tmp_path: Path) -> Step:
    return Step(tmp_path, ReportReader(str(tmp_path / "run"), Masker(())))
