"""How long steps took before: what is remembered of journals, and of what is none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gatekeeper.adapters.journal import durations as module
from gatekeeper.adapters.journal.durations import MOST_PASSES, durations
from gatekeeper.adapters.journal.runs import create_run_folder, new_run_id
from gatekeeper.adapters.journal.writer import JournalWriter
from gatekeeper.model.events import Event, RunStarted, StepFinished
from gatekeeper.model.plan import StepId

SUITE = StepId("suite", "npm-test")


def finished(seconds: float, verdict: str = "passed", attempt: int = 1, *, reused: bool = False) -> StepFinished:
    return StepFinished("suite", "npm-test", 1, attempt, verdict, duration_s=seconds, reused=reused)


def a_run(state: Path, number: int, *events: StepFinished, cycle: str = "backend") -> Path:
    run = new_run_id(f"2026-02-18T02:00:{number:02}.000Z", cycle, f"{number:04}")
    folder = create_run_folder(str(state), run)
    journal = JournalWriter.create(folder, run, lambda: "2026-02-18T02:00:00.000Z")
    happened: list[Event] = [RunStarted(cycle, "sha256:d", "sha256:t", (), ()), *events]
    for event in happened:
        journal.append(event)
    journal.close()
    return Path(folder)


def test_passes_of_former_runs_newest_first(tmp_path: Path) -> None:
    """Neither failures nor what was not run, neither other cycles nor this very run."""
    a_run(tmp_path, 1, finished(10))
    a_run(tmp_path, 2, finished(20), finished(3, "failed"), finished(0, attempt=0), finished(1, reused=True))
    a_run(tmp_path, 3, finished(30), cycle="frontend")
    now = a_run(tmp_path, 4, finished(40))
    assert durations(str(tmp_path), "backend", now.name) == {SUITE: [20.0, 10.0]}
    assert durations(str(tmp_path), "never-ran", now.name) == {}


def test_only_so_many(tmp_path: Path) -> None:
    for number in range(3):
        a_run(tmp_path, number, *(finished(number * 100 + one) for one in range(6)))
    found = durations(str(tmp_path), "backend", "")[SUITE]
    assert len(found) == MOST_PASSES
    assert found[:6] == [200, 201, 202, 203, 204, 205]


def test_a_journal_that_is_too_large_or_no_journal_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be read is no reason to say nothing of the others, nor to wait."""
    a_run(tmp_path, 1, finished(10))
    large = a_run(tmp_path, 2, *[finished(20)] * 30)
    monkeypatch.setattr(module, "LARGEST", large.joinpath("journal.jsonl").stat().st_size - 1)
    broken = a_run(tmp_path, 3)
    broken.joinpath("journal.jsonl").write_bytes(b'\xff "event":"step.finished" "verdict":"passed"\n{"v":1}\n')
    waits = a_run(tmp_path, 4) / "journal.jsonl"
    waits.unlink()
    os.mkfifo(waits)
    folder = a_run(tmp_path, 5) / "journal.jsonl"
    folder.unlink()
    folder.mkdir()
    a_run(tmp_path, 6).joinpath("journal.jsonl").unlink()
    assert durations(str(tmp_path), "backend", "") == {SUITE: [10.0]}
