"""Nothing gets away: every escape, at every end, with and without a cgroup, counted at the moment of return."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gatekeeper.adapters.guard.guard import Guard
from gatekeeper.model.incident import IncidentKind
from gatekeeper.model.outcome import Exited, GuardBroken, TimedOut
from tests.adapters.guard.guard_situations import BARE_PYTHON, ROOT, SITUATIONS, Guarded, Witness, eventually, helpers

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="the full guard is Linux only"),
]

ESCAPES = {
    "plain_child": 2,
    "grandchild": 3,
    "orphan": 2,
    "setsid": 2,
    "double_fork": 2,
    "double_fork_empty_environment": 2,
    "term_ignored": 2,
    "stopped": 2,
    "subreaper_daemon": 3,
    "hundred": 101,
}


def escape(kind: str, witness: Witness, then: str) -> tuple[str, ...]:
    return (*BARE_PYTHON, str(SITUATIONS / "escape.py"), kind, str(witness.path), then)


@pytest.mark.parametrize("kind", ESCAPES)
async def test_leader_exits_and_leaves_something(any_guard: Guard, order: Guarded, witness: Witness, kind: str) -> None:
    """When a leader exits 0 and leaves processes, they are gone on return, and each of them is told of."""
    end = await any_guard.run(order(*escape(kind, witness, "exit")))
    survivors = witness.alive()
    assert survivors == []
    assert len(witness.announced()) == ESCAPES[kind]
    assert end.outcome == Exited(0)
    told = {stray.pid for stray in end.strays}
    left = {pid for pid, _ in witness.announced()[: ESCAPES[kind]]} & told
    assert len(left) == min(ESCAPES[kind] - 1, 64)


@pytest.mark.parametrize("kind", ESCAPES)
async def test_deadline_passes_with_the_leader_still_there(
    any_guard: Guard, order: Guarded, witness: Witness, kind: str
) -> None:
    """When the deadline ends a step, nothing that it ever started is alive on return."""
    for timeout_s in (0.4, 3.0, 20.0):
        witness.path.unlink(missing_ok=True)
        end = await any_guard.run(order(*escape(kind, witness, "stay"), timeout_s=timeout_s, grace_s=0.1))
        survivors = witness.alive()
        assert survivors == []
        assert isinstance(end.outcome, TimedOut)
        # On a busy machine they may not all have been there before the deadline: then it proved too little.
        if len(witness.announced()) == ESCAPES[kind]:
            return
    pytest.fail("the processes did not come up in 20 s")


@pytest.mark.parametrize("then", ["exit", "stay"])
async def test_step_that_kills_its_guardian(any_guard: Guard, order: Guarded, witness: Witness, then: str) -> None:
    """A step that kills what holds it is an error with an incident, and still nothing of it survives."""
    end = await any_guard.run(order(*escape("kills_its_guardian", witness, then), timeout_s=20))
    survivors = witness.alive()
    assert survivors == []
    assert len(witness.announced()) >= 1
    assert isinstance(end.outcome, GuardBroken)
    assert [incident.kind for incident in end.incidents] == [IncidentKind.CONTAINMENT_BROKEN]
    assert (await any_guard.run(order("true"))).outcome == Exited(0)


class Orchestrator:
    """A gatekeeper of its own, in a process that may be killed."""

    def __init__(self, folder: Path, layers: str, argv: tuple[str, ...], timeout_s: float = 50.0) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, str(SITUATIONS / "orchestrator.py"), str(folder), layers, str(timeout_s), *argv],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            text=True,
        )
        assert self.process.stdout is not None
        self.token = self.process.stdout.readline().split()[1]

    def wait_for_output(self, text: str) -> None:
        """Until the step has said so."""
        output = self.folder / "output" / "step.log"
        eventually(lambda: output.exists() and text in output.read_text())

    def kill(self) -> None:
        """As the kernel does when memory is short."""
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """Leave nothing of this test itself behind."""
        self.kill()
        assert self.process.stdout is not None
        self.process.stdout.close()
        eventually(lambda: not helpers(self.token), within_s=5)


@pytest.fixture(params=["cgroup", "no-cgroup"])
def layers(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def orchestrators() -> Iterator[list[Orchestrator]]:
    made: list[Orchestrator] = []
    yield made
    for one in made:
        one.close()


@pytest.mark.parametrize("kind", ESCAPES)
def test_orchestrator_is_killed(
    run_folder: Path, witness: Witness, orchestrators: list[Orchestrator], layers: str, kind: str
) -> None:
    """When gatekeeper itself is killed with SIGKILL, what its step started is gone within moments, without help."""
    orchestrator = Orchestrator(run_folder, layers, escape(kind, witness, "stay"))
    orchestrators.append(orchestrator)
    orchestrator.wait_for_output("ready")
    assert len(witness.alive()) == ESCAPES[kind]
    orchestrator.kill()
    began = time.monotonic()
    eventually(lambda: not witness.alive(), within_s=5)
    assert time.monotonic() - began < 2
    eventually(lambda: not helpers(orchestrator.token), within_s=5)


def test_orchestrator_is_stopped_and_the_deadline_still_holds(
    run_folder: Path, witness: Witness, orchestrators: list[Orchestrator]
) -> None:
    """An orchestrator that hangs cannot make a step live longer: the deadline is not its to keep."""
    orchestrator = Orchestrator(run_folder, "cgroup", escape("setsid", witness, "stay"), timeout_s=1.5)
    orchestrators.append(orchestrator)
    orchestrator.wait_for_output("ready")
    os.kill(orchestrator.process.pid, signal.SIGSTOP)
    assert len(witness.alive()) == 2
    eventually(lambda: not witness.alive(), within_s=5)
