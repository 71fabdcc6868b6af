"""A machine that has no process, no descriptor or no room left: the step says so, and nothing of it survives."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gatekeeper.adapters.guard.guard import Guard
from gatekeeper.adapters.guard.ledger import Ledger, Owner, Start, unfinished
from gatekeeper.adapters.guard.system import procfs
from gatekeeper.model.containment import GuardEnd
from gatekeeper.model.incident import IncidentKind
from gatekeeper.model.outcome import Exited, GuardBroken, NotStarted, TimedOut
from tests.adapters.guard.elsewhere import Elsewhere, in_private_mounts
from tests.adapters.guard.guard_situations import (
    BARE_PYTHON,
    SITUATIONS,
    Guarded,
    Witness,
    idle_guardians,
    in_time,
    soon,
)

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="the full guard is Linux only")]


def escape(kind: str, witness: Witness, then: str = "exit") -> tuple[str, ...]:
    return (*BARE_PYTHON, str(SITUATIONS / "escape.py"), kind, str(witness.path), then)


@pytest.mark.anyio
@pytest.mark.parametrize("limit", [0, 3, 5, 6, 7, 8, 9, 10, 12])
async def test_guardian_runs_out_of_descriptors(
    any_guard: Guard, order: Guarded, witness: Witness, run_folder: Path, limit: int
) -> None:
    """Whatever it cannot open any more, and whether it can still wait at all: what its step left is gone.

    It takes no other step: that it lacks something says nothing of the next guardian.
    """
    assert (await any_guard.run(order("true"))).outcome == Exited(0)
    # The one that has been idle for longest takes the next step.
    line = (await idle_guardians(any_guard))[0]
    resource.prlimit(line.pid, resource.RLIMIT_NOFILE, (limit, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    end = await any_guard.run(order(*escape("double_fork_empty_environment", witness)))
    survivors = witness.alive()
    assert survivors == []
    assert isinstance(end.outcome, Exited | NotStarted | GuardBroken), end
    if isinstance(end.outcome, NotStarted):
        assert end.outcome.reason == "no-resources"
    assert (await any_guard.run(order("true"))).outcome == Exited(0)


@pytest.mark.anyio
async def test_guardian_runs_out_of_descriptors_while_its_step_runs(
    any_guard: Guard, order: Guarded, witness: Witness
) -> None:
    """It lists its children through a file that it has open, so it sees them to the last, and nothing is left.

    On a busy machine it may have to open something just then: that it broke is said, and is no end of the step's own.
    """
    import anyio

    taken = []

    async def take_descriptors() -> None:
        await soon(lambda: len(witness.announced()) > 20)
        # On a busy machine the step may be over already.
        for line in [held.line for held in any_guard._running.values() if held.line is not None]:
            resource.prlimit(line.pid, resource.RLIMIT_NOFILE, (3, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
            taken.append(line.pid)

    async def run(timeout_s: float) -> GuardEnd:
        witness.path.unlink(missing_ok=True)
        async with anyio.create_task_group() as beside:
            beside.start_soon(take_descriptors)
            end = await any_guard.run(order(*escape("hundred", witness, "stay"), timeout_s=timeout_s, grace_s=0.1))
            survivors = witness.alive()
            beside.cancel_scope.cancel()
        assert survivors == []
        return end

    end = await in_time(run, lambda _: taken, 2.0)
    assert isinstance(end.outcome, TimedOut | GuardBroken), end
    broken = IncidentKind.CONTAINMENT_BROKEN in {incident.kind for incident in end.incidents}
    assert broken is isinstance(end.outcome, GuardBroken), end
    assert (await any_guard.run(order("true"))).outcome == Exited(0)


@pytest.fixture
def elsewhere(run_folder: Path) -> Iterator[Elsewhere]:
    made = Elsewhere(run_folder)
    yield made
    made.close()


def test_orchestrator_runs_out_of_descriptors(elsewhere: Elsewhere, witness: Witness) -> None:
    """It says that it cannot, or it can: never a traceback, never something left; with room again it goes on."""
    assert elsewhere.run("true")["outcome"] == "Exited(code=0)"
    used = len(os.listdir(f"/proc/{elsewhere.process.pid}/fd"))
    outcomes = set()
    for limit in range(used - 4, used + 8):
        end = elsewhere.run(*escape("double_fork_empty_environment", witness), rlimit=limit)
        survivors = witness.alive()
        assert survivors == []
        outcomes.add(end["outcome"].partition("(")[0])
        if end["outcome"].startswith("NotStarted"):
            assert "reason='no-resources'" in end["outcome"]
    assert outcomes <= {"Exited", "NotStarted", "GuardBroken"}
    assert "Exited" in outcomes
    assert elsewhere.run("true", rlimit=256)["outcome"] == "Exited(code=0)"


def test_ledger_line_that_does_not_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A start that could be written down only in part is not begun, and hides no later one."""
    path = str(tmp_path / "ledger")
    ledger = Ledger(path)
    start = Start(Owner(procfs.boot_id(), 2**22 - 1, 7), "run:0123abcd.1", "first", "")
    ledger.append(start)
    whole = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: whole(descriptor, data[:20]))
    with pytest.raises(OSError, match="No space left"):
        ledger.append(start._replace(label="torn"))
    monkeypatch.undo()
    ledger.append(start._replace(label="second"))
    ledger.close()
    assert [one.label for one in unfinished(path)] == ["first", "second"]


@pytest.fixture
def small_disk(run_folder: Path) -> Iterator[Elsewhere]:
    """A guard whose run folder is on a disk of 300 KB."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    # What is on the disk is gone with the namespace; the test looks through the orchestrator's root.
    made = Elsewhere(run_folder, behind=in_private_mounts(f"mount -t tmpfs -o size=300k small {run_folder}"))
    yield made
    made.close()


@pytest.mark.parametrize("command", ["head -c 1000000 /dev/zero", "head -c 1000000 /dev/zero; exit 0", "cat /dev/zero"])
def test_disk_is_full_while_output_is_captured(small_disk: Elsewhere, command: str) -> None:
    """Whatever the exit code says, output was lost, and that is told; the next step is told that there is no room."""
    end = small_disk.run("sh", "-c", f"echo beginning; {command}")
    assert "the disk was full" in end["lost"]
    assert f"{small_disk.folder}/output/step.1.log" in end["lost"]
    following = small_disk.run("sh", "-c", "echo more")
    assert following["lost"] or "No space left" in following["outcome"]


def test_disk_that_was_full_for_a_while(small_disk: Elsewhere) -> None:
    """A step that fills the disk and tidies up after itself has lost output all the same."""
    # Only its guardian sees that there is no room, and looks now and then: several times in so long.
    fill = "head -c 1000000 /dev/zero > big; echo this is lost; sleep 4; rm big; echo this is not"
    end = small_disk.run("sh", "-c", fill)
    assert "the disk was full" in end["lost"]


def test_disk_with_room(small_disk: Elsewhere) -> None:
    """Nobody is told of a loss where there was none."""
    assert small_disk.run("sh", "-c", "head -c 100000 /dev/zero; head -c 100000 /dev/zero > kept")["lost"] == ""
