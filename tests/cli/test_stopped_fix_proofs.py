"""A fix is being proven, and the run is told to stop, or its gatekeeper is killed: nothing of it is left."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import anyio
import pytest

from gatekeeper.engine.stop import Stop
from gatekeeper.model.stopping import StopReason
from tests.cli.fix_proofs import CHECK, COMMAND, nothing_left, proofs, prove, red, seen_red
from tests.support.project_fixtures import MakeTiny
from tests.support.projects import until


@pytest.mark.parametrize(
    "way", ["stopped", *(pytest.param(way, marks=pytest.mark.slow) for way in ("at once", "cancelled"))]
)
def test_nothing_is_left_when_the_run_is_told_to_stop(
    way: str, tiny: MakeTiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The step is ended, also one that ignores SIGTERM; the journal is closed and the worktree gone."""
    hang = """trap '' TERM; [ -e beside ] || { echo $$ > "$BEACONS/pid"; sleep 1000; }; exit 4"""
    command = CHECK.replace("run:", "grace: 1s\n        run:").replace(COMMAND, hang)
    project = tiny(command)
    (project.root / ".gitignore").write_text("beside\n")
    (project.root / "beside").write_text("x")
    due = seen_red(red(project), "suite/check")
    pid = project.temporary / "pid"
    over = anyio.Event()

    async def ask(stop: Stop) -> None:
        while not (pid.exists() and pid.read_text().strip()):  # noqa: ASYNC110 - another process writes it
            await anyio.sleep(0.005)
        if way == "cancelled":
            over.set()
            return
        stop.request(StopReason.INTERRUPTED)
        if way == "at once":
            stop.request(StopReason.INTERRUPTED)

    proved = prove(project, due, monkeypatch, beside=ask, over=over)
    assert proved.outcome == "unclear"
    assert proved.message == "the run's time was over, or it was told to stop, before it was known"
    assert not Path(f"/proc/{pid.read_text().strip()}").exists()
    nothing_left(project)
    (folder,) = proofs(project)
    assert '"run.finished"' in (folder / "journal.jsonl").read_text().splitlines()[-1]


@pytest.mark.slow
def test_nothing_is_left_of_a_killed_one_once_somebody_tidied_up(
    tiny: MakeTiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The step ends with its gatekeeper; the worktree is removed by `gatekeeper reap`."""
    project = tiny(CHECK.replace(COMMAND, '[ -e beside ] || { echo $$ > "$BEACONS/pid"; sleep 1000; }; exit 4'))
    (project.root / ".gitignore").write_text("beside\n")
    (project.root / "beside").write_text("x")
    due = seen_red(red(project), "suite/check")
    child = os.fork()
    if not child:
        try:
            prove(project, due, monkeypatch)
        finally:
            os._exit(1)
    pid = project.temporary / "pid"
    until(lambda: pid.exists() and bool(pid.read_text().strip()), "the step runs")
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert "removed the scratch worktree" in project.gatekeeper("reap").expect(0).out
    until(lambda: not Path(f"/proc/{pid.read_text().strip()}").exists(), "the step is gone")
    nothing_left(project)
