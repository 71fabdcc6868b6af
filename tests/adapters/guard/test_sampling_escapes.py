"""What gets away from the guard that only looks: one kind of process, and it is the one that the docs name.

The situations are the full guard's; Linux stands in for a system whose kernel does not help.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.adapters.guard.choice import reap
from gatekeeper.adapters.guard.sampling.guard import SamplingGuard
from gatekeeper.adapters.guard.system import procfs
from gatekeeper.model.outcome import Exited, TimedOut
from tests.adapters.guard.guard_situations import (
    ESCAPES,
    PATIENCE_S,
    ROOT,
    SITUATIONS,
    Guarded,
    Witness,
    escape,
    eventually,
    helpers,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="the situations are told in Linux's /proc"),
]

MISSED = "double_fork_empty_environment"
HELD = [kind for kind in ESCAPES if kind != MISSED]


@pytest.fixture
async def sampling(run_folder: Path) -> Any:
    made = SamplingGuard(run="test", folder=str(run_folder), ledger=str(run_folder / "ledger"))
    yield made
    await made.close()


@pytest.fixture
def put_down(witness: Witness) -> Iterator[None]:
    """Ends what got away, so that a guard which is known to miss something leaves nothing to other tests."""
    yield
    for pid in witness.alive():
        os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("kind", HELD)
async def test_leader_exits_and_leaves_something(
    sampling: SamplingGuard, order: Guarded, witness: Witness, kind: str
) -> None:
    """It is gone on return, and each is told of as the full guard tells of it."""
    end = await sampling.run(order(*escape(kind, witness, "exit")))
    assert witness.alive() == []
    assert end.outcome == Exited(0)
    assert len(end.strays) == min(ESCAPES[kind] - 1, 64)
    assert {stray.layer for stray in end.strays} == {"best-effort"}
    assert all(stray.argv and stray.cwd for stray in end.strays)


@pytest.mark.parametrize("kind", HELD)
async def test_deadline_passes_with_the_leader_still_there(
    sampling: SamplingGuard, order: Guarded, witness: Witness, kind: str
) -> None:
    """When the deadline ends a step, nothing that was seen of it is alive on return."""
    for timeout_s in (0.6, 3.0, 20.0):
        witness.path.unlink(missing_ok=True)
        end = await sampling.run(order(*escape(kind, witness, "stay"), timeout_s=timeout_s, grace_s=0.1))
        assert witness.alive() == []
        assert isinstance(end.outcome, TimedOut)
        if len(witness.announced()) == ESCAPES[kind]:
            return
    pytest.fail("the processes did not come up in 20 s")


@pytest.mark.usefixtures("put_down")
async def test_what_is_missed(sampling: SamplingGuard, order: Guarded, witness: Witness) -> None:
    """Two forks and an emptied environment between two looks: it may live on, and the containment never says more."""
    end = await sampling.run(order(*escape(MISSED, witness, "exit")))
    assert end.outcome == Exited(0)
    assert end.layers == ("best-effort",)
    assert len(witness.alive()) + len(end.strays) == 1


class Orchestrator:
    """A gatekeeper of its own, in a process that may be killed or stopped."""

    def __init__(self, folder: Path, argv: tuple[str, ...], timeout_s: float = 50.0) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, str(SITUATIONS / "sampling_orchestrator.py"), str(folder), str(timeout_s), *argv],
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

    def close(self) -> None:
        """Leave nothing of this test itself behind."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
        eventually(lambda: not helpers(self.token))


@pytest.fixture
def orchestrators() -> Iterator[list[Orchestrator]]:
    made: list[Orchestrator] = []
    yield made
    for one in made:
        one.close()


@pytest.mark.parametrize("kind", HELD)
def test_orchestrator_is_killed(
    run_folder: Path, witness: Witness, orchestrators: list[Orchestrator], kind: str
) -> None:
    """The watchdog ends what had been seen until then, and goes; what came since is finished by the next start."""
    orchestrator = Orchestrator(run_folder, escape(kind, witness, "stay"))
    orchestrators.append(orchestrator)
    orchestrator.wait_for_output("ready")
    assert len(witness.alive()) == ESCAPES[kind]
    children = {pid: procfs.start_of(pid) for pid in procfs.children(orchestrator.process.pid)}
    assert len(children) == 2, "the step's leader and the watchdog"
    orchestrator.process.kill()
    orchestrator.process.wait()
    eventually(lambda: not any(procfs.is_alive(pid, start) for pid, start in children.items()))
    reap(str(run_folder / "ledger.jsonl"), platform="darwin")
    assert witness.alive() == []


def test_orchestrator_is_stopped_and_the_deadline_still_holds(
    run_folder: Path, witness: Witness, orchestrators: list[Orchestrator]
) -> None:
    """The watchdog keeps it, some seconds late; when the orchestrator goes on, it calls this by its name."""
    orchestrator = Orchestrator(run_folder, escape("setsid", witness, "stay"), timeout_s=10.0)
    orchestrators.append(orchestrator)
    orchestrator.wait_for_output("ready")
    os.kill(orchestrator.process.pid, signal.SIGSTOP)
    assert len(witness.alive()) == 2
    eventually(lambda: not witness.alive())
    os.kill(orchestrator.process.pid, signal.SIGCONT)
    told, _ = orchestrator.process.communicate(timeout=PATIENCE_S)
    assert "TimedOut(" in told


def test_watchdog_is_killed_and_another_one_takes_its_place(
    run_folder: Path, witness: Witness, orchestrators: list[Orchestrator]
) -> None:
    """It is told all that is held, so that killing the orchestrator afterwards leaves nothing either."""
    script = 'until [ -e go ]; do sleep 0.01; done; sleep 600 & echo ready; exec "$@"'
    orchestrator = Orchestrator(run_folder, ("sh", "-c", script, "sh", *escape("setsid", witness, "stay")))
    orchestrators.append(orchestrator)
    eventually(lambda: helpers(orchestrator.token))
    (first,) = helpers(orchestrator.token)
    os.kill(first, signal.SIGKILL)
    (run_folder / "go").touch()
    eventually(lambda: len(witness.announced()) == 2)
    eventually(lambda: len(helpers(orchestrator.token)) == 1 and helpers(orchestrator.token) != [first])
    orchestrator.process.kill()
    eventually(lambda: not witness.alive())


def test_orchestrator_and_watchdog_are_killed_at_once(run_folder: Path, orchestrators: list[Orchestrator]) -> None:
    """With nobody left to end it the step lives on, until the next start reads the ledger and finds the cookie."""
    script = 'setsid sleep 600 & echo $! > "$0.new"; mv "$0.new" "$0"; wait'
    pidfile = run_folder / "pid"
    orchestrator = Orchestrator(run_folder, ("sh", "-c", script, str(pidfile)))
    orchestrators.append(orchestrator)
    eventually(pidfile.exists)
    pid = int(pidfile.read_text())
    start = procfs.start_of(pid)
    ledger = str(run_folder / "ledger.jsonl")
    assert reap(ledger, platform="darwin") == ()
    everybody = [orchestrator.process.pid, *helpers(orchestrator.token)]
    assert len(everybody) == 2
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for one in everybody:
            os.kill(one, number)
    orchestrator.process.wait()
    assert procfs.is_alive(pid, start)
    reaped = {(one.label, one.name, one.pid) for one in reap(ledger, platform="darwin")}
    assert not procfs.is_alive(pid, start)
    assert ("gate-step-1", "sleep 600", pid) in reaped
    assert reap(ledger, platform="darwin") == ()
