"""Who passes in run after run although nobody expects it is proposed for graduation by `gatekeeper baseline show`."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.adapters.journal.runs import create_run_folder
from gatekeeper.adapters.journal.writer import JournalWriter
from gatekeeper.cli.main import run
from gatekeeper.model.baseline import Comparison
from gatekeeper.model.events import RoundFinished, RoundStarted, RunFinished, RunStarted, StepFinished

CYCLE = """\
gatekeeper: 1
cycle: app
gates: {suite: {steps: {unit: {run: make test, report: {junit: "*.xml"}, baseline: {}}}}}
"""


def made_a_run(root: Path, number: int, *graduates: str, verdict: str = "green") -> None:
    name = f"2026-02-{number:02}T02-00-07Z-app-7f3a"
    folder = create_run_folder(str(root / ".gatekeeper"), name)
    with JournalWriter.create(folder, name, lambda: f"2026-02-{number:02}T02:00:07.000Z") as journal:
        step = StepFinished("suite", "unit", 1, 1, "passed", exit_code=0, comparison=Comparison(graduates=graduates))
        journal.append(RunStarted("app", "sha256:0", "sha256:1", (), ()))
        journal.append(RoundStarted(1, "first", "sha256:1"))
        journal.append(step)
        journal.append(RoundFinished(1, "sha256:1", ()))
        journal.append(RunFinished(verdict, 0, 1, "sha256:1", 1.0))


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "gates").mkdir()
    (tmp_path / "gates" / "app.yaml").write_text(CYCLE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def shown(capsys: pytest.CaptureFixture[str]) -> str:
    assert run(["baseline", "show", "app"]) == 0
    return capsys.readouterr().out


def test_five_runs_one_after_the_other_are_proof(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run that was broken off says nothing, for or against."""
    for number in range(1, 5):
        made_a_run(root, number, "t::known", "t::sometimes")
    assert "passed in each" not in shown(capsys)
    made_a_run(root, 5, "t::known")
    made_a_run(root, 6, verdict="aborted")
    told = shown(capsys)
    assert "t::known: passed in each of the last 5 runs: take it out of quarantine, or its xfail mark away" in told
    assert "t::sometimes" not in told
    made_a_run(root, 7)
    assert "passed in each" not in shown(capsys)
