"""The guard's own helpers may be killed at any time: nothing survives that, and the next step runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import anyio
import pytest

from gatekeeper.adapters.guard.guard import Guard
from gatekeeper.model.incident import IncidentKind
from gatekeeper.model.outcome import Exited, GuardBroken
from tests.adapters.guard.guard_situations import Guarded, alive, soon

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="the full guard is Linux only"),
]

DAEMON = 'setsid env -i sleep 600 & echo $! > "$0.new"; mv "$0.new" "$0"; sleep 600'


def start_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[19].decode()


def sleeper(own_session: bool) -> subprocess.Popen[bytes]:
    return subprocess.Popen(["sleep", "600"], start_new_session=own_session)


async def test_warden_killed_between_steps(any_guard: Guard, order: Guarded) -> None:
    """A new warden takes its place, and the step does not notice."""
    assert (await any_guard.run(order("true"))).outcome == Exited(0)
    os.kill(any_guard._warden._pid, signal.SIGKILL)
    for _ in range(3):
        assert (await any_guard.run(order("true"))).outcome == Exited(0)


async def test_idle_guardian_killed_between_steps(any_guard: Guard, order: Guarded) -> None:
    """A guardian that dies while it has nothing to do costs nothing but itself."""
    assert (await any_guard.run(order("true"))).outcome == Exited(0)
    (line,) = any_guard._pool._idle
    os.kill(line.pid, signal.SIGKILL)
    await soon(lambda: not alive(line.pid, str(line.start)))
    assert (await any_guard.run(order("true"))).outcome == Exited(0)


async def test_warden_and_idle_guardians_killed_between_steps(any_guard: Guard, order: Guarded) -> None:
    """With no helper left at all, new ones are made."""
    assert (await any_guard.run(order("true"))).outcome == Exited(0)
    (line,) = any_guard._pool._idle
    os.kill(any_guard._warden._pid, signal.SIGKILL)
    os.kill(line.pid, signal.SIGKILL)
    await soon(lambda: not alive(line.pid, str(line.start)))
    assert (await any_guard.run(order("true"))).outcome == Exited(0)


@pytest.mark.parametrize("victims", ["guardian", "guardian and warden", "warden"])
async def test_helpers_killed_during_a_step(any_guard: Guard, order: Guarded, run_folder: Path, victims: str) -> None:
    """Whoever holds a step may die: the step beside it goes on, and of this one nothing is left."""
    pidfile, other, done = run_folder / "pid", run_folder / "other", run_folder / "done"
    ends = {}

    async def one(name: str, *argv: str) -> None:
        ends[name] = await any_guard.run(order(*argv))

    async with anyio.create_task_group() as steps:
        steps.start_soon(
            one, "beside", "sh", "-c", 'touch "$0"; until [ -e "$1" ]; do sleep 0.01; done', str(other), str(done)
        )
        await soon(other.exists)
        steps.start_soon(one, "hurt", "sh", "-c", DAEMON, str(pidfile))
        await soon(pidfile.exists)
        pid = int(pidfile.read_text())
        start = start_of(pid)
        line = any_guard._running[2].line
        assert line is not None
        warden = any_guard._warden._pid
        if "warden" in victims:
            os.kill(warden, signal.SIGKILL)
        if "guardian" in victims:
            os.kill(line.pid, signal.SIGKILL)
            await soon(lambda: "hurt" in ends)
            assert not alive(pid, start)
        else:
            await any_guard.stop(now=True)
            await soon(lambda: "hurt" in ends)
            assert not alive(pid, start)
        done.touch()
    if "guardian" in victims:
        assert isinstance(ends["hurt"].outcome, GuardBroken)
        assert [one.kind for one in ends["hurt"].incidents] == [IncidentKind.CONTAINMENT_BROKEN]
        assert pid in {stray.pid for stray in ends["hurt"].strays}
        assert ends["beside"].outcome == Exited(0)
    assert (await any_guard.run(order("true"))).outcome == Exited(0)


async def test_guardian_that_is_stopped_is_not_waited_for(
    any_guard: Guard, order: Guarded, run_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A guardian that does not answer in time is ended with all that it holds."""
    monkeypatch.setattr("gatekeeper.adapters.guard.guard._DONE_WITHIN_S", 0.2)
    pidfile = run_folder / "pid"
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as steps:
            steps.start_soon(any_guard.run, order("sh", "-c", DAEMON, str(pidfile), grace_s=0.1))
            await soon(pidfile.exists)
            pid = int(pidfile.read_text())
            start = start_of(pid)
            line = any_guard._running[1].line
            assert line is not None
            os.kill(line.pid, signal.SIGSTOP)
            scope.cancel()
    assert not alive(pid, start)
    assert (await any_guard.run(order("true"))).outcome == Exited(0)


@pytest.mark.parametrize("own_session", [False, True])
async def test_children_of_others_are_not_touched(any_guard: Guard, order: Guarded, own_session: bool) -> None:
    """What somebody else in this process has started is never taken for an orphan, nor is another guard."""
    bystander = sleeper(own_session)
    other = Guard(run="other", folder=any_guard._folder, ledger=any_guard._ledger_path + ".other")
    assert (await other.run(order("true"))).outcome == Exited(0)
    helper = other._warden._pid
    kill_both = "kill -9 $(ps -o ppid= -p $PPID) $PPID; sleep 600"
    end = await any_guard.run(order("sh", "-c", kill_both))
    assert isinstance(end.outcome, GuardBroken)
    assert bystander.poll() is None
    assert other._warden._pid == helper
    assert alive(helper, start_of(helper))
    await other.close()
    bystander.kill()
    bystander.wait()
