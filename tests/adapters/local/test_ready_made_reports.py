"""The report of a ready-made step lies in the run's folder, one an attempt, and only its masked copy stays."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gatekeeper.model.demands import ReportSpec
from gatekeeper.model.outcome import Exited
from gatekeeper.model.plan import ReadyMade
from tests.adapters.local.place import Place

pytestmark = pytest.mark.anyio


class Reading:
    """Takes what a reader is asked for, and what lies there then."""

    def __init__(self) -> None:
        self.found: list[tuple[tuple[str, ...], list[str]]] = []

    def __call__(self, spec: ReportSpec, folder: str, since_ns: int) -> None:
        self.found.append((spec.globs, [Path(glob).read_text() for glob in spec.globs]))


async def test_it_is_read_from_its_own_place_and_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The definition names none; the step's own folder stays clean."""
    place, reading = Place(tmp_path), Reading()
    monkeypatch.setattr(place.reports, "read", reading)
    work = ReadyMade("environment", '{"required": ["THERE", "NOT_THERE"], "refuse_production": []}')
    attempt = await place.run(work, report=ReportSpec("ctrf", ()), env=(("THERE", "1"),))
    assert attempt.outcome == Exited(1)
    ((globs, (text,)),) = reading.found
    assert globs == (str(place.run_folder / "ready-made/g.s.1.json"),)
    assert '"NOT_THERE is set"' in text
    assert os.listdir(place.run_folder / "ready-made") == []
    assert os.listdir(tmp_path) == [".gatekeeper"]
