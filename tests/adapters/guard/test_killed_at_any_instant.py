"""SIGKILL has no good moment, so it comes at all of them: of what was begun until then nothing is left."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gatekeeper.adapters.guard.reap import reap
from gatekeeper.adapters.guard.system import cgroup, procfs
from tests.adapters.guard.elsewhere import Elsewhere
from tests.adapters.guard.guard_situations import BARE_PYTHON, ROOT, SITUATIONS, Witness, alive, eventually, start_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="the full guard is Linux only"),
]

INSTANTS = 20
LONGEST_S = 0.08


def helpers_of(orchestrator: int) -> list[int]:
    """The wardens and guardians of the orchestrator with this pid, before it said their token too."""
    found = []
    for pid in procfs.pids():
        line = procfs.argv(pid, 1 << 16)
        seen = procfs.stat(pid)
        if line[-1:] and line[-1].startswith(f"{orchestrator}:") and "-I" in line and seen and seen.alive:
            found.append(pid)
    return found


def leaves_of(orchestrator: int) -> list[str]:
    return cgroup.with_prefix(f"{cgroup.own_group()}/{cgroup.leaf_name(f'{orchestrator}:', '')}"[:-1])


def begin(folder: Path, layers: str, witness: Witness) -> subprocess.Popen[bytes]:
    escape = (*BARE_PYTHON, str(SITUATIONS / "escape.py"), "double_fork_empty_environment", str(witness.path), "stay")
    return subprocess.Popen(
        [sys.executable, str(SITUATIONS / "orchestrator.py"), str(folder), layers, "50", *escape],
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.mark.parametrize("layers", ["cgroup", "no-cgroup"])
def test_orchestrator_is_killed_at_random_instants(run_folder: Path, witness: Witness, layers: str) -> None:
    """From its first moment to when all of the step is there; nobody comes to help."""
    output = run_folder / "output" / "step.log"
    pids: list[int] = []
    stages: list[Callable[[], object]] = [
        lambda: True,
        lambda: helpers_of(pids[-1]),
        output.exists,
        witness.announced,
        lambda: len(witness.announced()) == 2,
    ]
    # Chosen by a fixed seed, from a stage on that every machine comes to: a failure can be had again.
    chance = random.Random(20_260_218)
    for number in range(INSTANTS):
        for path in (witness.path, output):
            path.unlink(missing_ok=True)
        process = begin(run_folder, layers, witness)
        pids.append(process.pid)
        eventually(stages[number % len(stages)])
        time.sleep(chance.uniform(0.0, LONGEST_S))
        process.kill()
        process.wait()
        eventually(lambda: not witness.alive() and not helpers_of(pids[-1]))
        # Who was still on the way when everybody else was gone would have announced itself by now.
        assert witness.alive() == []
        reap(str(run_folder / "ledger.jsonl"))
        assert leaves_of(process.pid) == []


@pytest.fixture
def elsewhere(run_folder: Path) -> Iterator[Elsewhere]:
    made = Elsewhere(run_folder)
    yield made
    made.close()


def waiting_leader(guardian: int, before: set[int]) -> int:
    """The process that a guardian has made for its next step, stopped before it is in its leaf; 0 where it is."""
    found: list[int] = []

    def new() -> bool:
        found[:] = [pid for pid in procfs.children(guardian) if pid not in before]
        return bool(found)

    eventually(new)
    os.kill(found[0], signal.SIGSTOP)
    eventually(lambda: (seen := procfs.stat(found[0])) is not None and seen.state == "T")
    joined = "gk-" in Path(f"/proc/{found[0]}/cgroup").read_text()
    if joined:
        os.kill(found[0], signal.SIGCONT)
        before.add(found[0])
    return 0 if joined else found[0]


def siblings(guardian: int) -> list[int]:
    """The other guardians of its warden."""
    own = procfs.stat(guardian)
    assert own is not None
    return [pid for pid in procfs.children(own.parent) if pid != guardian]


@pytest.mark.parametrize("victims", ["orchestrator", "orchestrator and guardian"])
def test_killed_between_spawn_and_joining_the_cgroup(
    elsewhere: Elsewhere, run_folder: Path, witness: Witness, victims: str
) -> None:
    """What was not in its cgroup yet cannot be killed through it, and is gone all the same."""
    if "cgroup2" not in elsewhere.run("true")["layers"]:
        pytest.skip("no writable cgroup v2 here")
    leader, guardian, before = 0, 0, set[int]()
    for _ in range(50):
        # The one that just had a step is the one that makes a leader which joins late.
        end = elsewhere.run("sh", "-c", "echo $PPID")
        guardian = int(end["last_lines"][0])
        if leader := waiting_leader(guardian, before):
            break
    assert leader, "every leader was in its cgroup before it was seen"
    started = start_of(leader)
    for other in siblings(guardian):
        # Nobody but this guardian shall take the order.
        os.kill(other, signal.SIGKILL)
    outputs = len(os.listdir(run_folder / "output"))
    elsewhere.order(*BARE_PYTHON, str(SITUATIONS / "escape.py"), "setsid", str(witness.path), "stay")
    # A guardian that takes an order first makes the output file; what it waits for then is its leader.
    eventually(lambda: len(os.listdir(run_folder / "output")) > outputs)
    assert witness.announced() == []
    elsewhere.kill()
    if "guardian" in victims:
        # It may have done all there was to do by now.
        with contextlib.suppress(ProcessLookupError):
            os.kill(guardian, signal.SIGKILL)
    eventually(lambda: not alive(leader, started))
    eventually(lambda: not helpers_of(elsewhere.process.pid))
    assert witness.alive() == []
    reap(str(run_folder / "ledger.jsonl"))
    assert leaves_of(elsewhere.process.pid) == []
