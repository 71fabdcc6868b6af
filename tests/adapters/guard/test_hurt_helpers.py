"""The guard's own helpers may be killed at any time: nothing survives that, and the next step runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import anyio
import pytest

from gatekeeper.adapters.guard.guard import Guard
from gatekeeper.adapters.guard.line import Line
from gatekeeper.adapters.guard.system import cgroup
from gatekeeper.model.incident import IncidentKind
from gatekeeper.model.outcome import Exited, GuardBroken, TimedOut
from tests.adapters.guard.guard_situations import Guarded, alive, idle_guardians, soon, start_of

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="the full guard is Linux only"),
]

DAEMON = 'setsid env -i sleep 600 & echo $! > "$0.new"; mv "$0.new" "$0"; sleep 600'


def dead(one: tuple[int, int]) -> bool:
    return not alive(one[0], str(one[1]))


def missing(lines: list[Line]) -> list[str]:
    return [line.leaf for line in lines if not os.path.isdir(line.leaf)]


async def kill_idle(guard: Guard) -> None:
    for line in await idle_guardians(guard):
        os.kill(line.pid, signal.SIGKILL)
        await soon(partial(dead, (line.pid, line.start)))


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
    await kill_idle(any_guard)
    assert (await any_guard.run(order("true"))).outcome == Exited(0)


async def test_waiting_leader_killed_between_steps(any_guard: Guard, order: Guarded) -> None:
    """What was prepared for a step may die before the step comes: it is made again, in the same leaf."""
    assert (await any_guard.run(order("true"))).outcome == Exited(0)
    for line in await idle_guardians(any_guard):
        os.kill(line.leader[0], signal.SIGKILL)
        await soon(partial(dead, line.leader))
    end = await any_guard.run(order("sh", "-c", "cat /proc/self/cgroup; setsid sleep 600 & exit 3"))
    assert end.outcome == Exited(3)
    assert len(end.strays) == 1
    assert end.layers == any_guard.layers()
    assert (
        any(str(any_guard._token).replace(":", "_") in text for text in end.last_lines) is any_guard._pool.with_leaves
    )


async def test_killed_idle_guardian_leaves_no_leaf(guard: Guard, order: Guarded) -> None:
    """Its leaf was made before there was a step, so no ledger tells of it: the warden takes it away."""
    if "cgroup2" not in guard.layers():
        pytest.skip("no writable cgroup v2 here")
    assert (await guard.run(order("true"))).outcome == Exited(0)
    idle = await idle_guardians(guard)
    assert missing(idle) == []
    await kill_idle(guard)
    await soon(lambda: len(missing(idle)) == len(idle))
    assert (await guard.run(order("true"))).outcome == Exited(0)


async def test_close_removes_the_leaves_of_helpers_that_were_all_killed(guard: Guard, order: Guarded) -> None:
    """With warden and guardians dead, nobody but the orchestrator is left to do it."""
    if "cgroup2" not in guard.layers():
        pytest.skip("no writable cgroup v2 here")
    assert (await guard.run(order("true"))).outcome == Exited(0)
    idle = await idle_guardians(guard)
    os.kill(guard._warden._pid, signal.SIGKILL)
    await kill_idle(guard)
    assert missing(idle) == []
    await guard.close()
    assert len(missing(idle)) == len(idle)


async def test_leaf_of_a_dead_owner_is_removed_by_the_next_start(order: Guarded, run_folder: Path) -> None:
    """One that was killed with all its helpers before its first step has written no ledger."""
    parent = cgroup.usable_parent()
    if not parent:
        pytest.skip("no writable cgroup v2 here")
    process = sleeper(own_session=False)
    process.kill()
    process.wait()
    left, living = (Path(parent) / f"gk-{pid}_0123456789abcdef-7-0" for pid in (process.pid, os.getpid()))
    tried = Path(parent) / cgroup.leaf_name(f"{process.pid}:probe")
    for leaf in (left, living, tried):
        leaf.mkdir()
    # Not the fixture's: its warden comes up while we are at it, and looks only once.
    guard = Guard(run="test", folder=str(run_folder), ledger=str(run_folder / "ledger.jsonl"))
    assert (await guard.run(order("true"))).outcome == Exited(0)
    there = os.listdir(parent)
    await guard.close()
    living.rmdir()
    assert left.name not in there
    assert tried.name not in there
    assert living.name in there


async def test_warden_and_idle_guardians_killed_between_steps(any_guard: Guard, order: Guarded) -> None:
    """With no helper left at all, new ones are made."""
    assert (await any_guard.run(order("true"))).outcome == Exited(0)
    await idle_guardians(any_guard)
    os.kill(any_guard._warden._pid, signal.SIGKILL)
    await kill_idle(any_guard)
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


@pytest.mark.slow
async def test_guardian_that_is_stopped_is_not_waited_for(
    any_guard: Guard, order: Guarded, run_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A guardian that does not answer in time is ended with all that it holds, also when the warden does not either."""
    monkeypatch.setattr("gatekeeper.adapters.guard.guard.DONE_WITHIN_S", 0.2)
    monkeypatch.setattr("gatekeeper.adapters.guard.containment._WITHIN_S", 0.5)
    pidfile = run_folder / "pid"
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as steps:
            steps.start_soon(any_guard.run, order("sh", "-c", DAEMON, str(pidfile), grace_s=0.1))
            await soon(pidfile.exists)
            pid = int(pidfile.read_text())
            start = start_of(pid)
            line = any_guard._running[1].line
            assert line is not None
            # Otherwise the warden would set it going again.
            os.kill(any_guard._warden._pid, signal.SIGSTOP)
            os.kill(line.pid, signal.SIGSTOP)
            scope.cancel()
    assert not alive(pid, start)
    assert (await any_guard.run(order("true"))).outcome == Exited(0)


@pytest.mark.slow
async def test_step_that_stops_its_guardian_gains_no_time(any_guard: Guard, order: Guarded) -> None:
    """The deadline is the guardian's to keep, so it is set going again, however often it is stopped."""
    stops = "while :; do kill -STOP $PPID; sleep 0.05; done"
    end = await any_guard.run(order("sh", "-c", stops, timeout_s=0.5))
    assert isinstance(end.outcome, TimedOut)
    assert end.duration_s < 20


@pytest.mark.slow
@pytest.mark.parametrize("own_session", [False, True])
async def test_children_of_others_are_not_touched(any_guard: Guard, order: Guarded, own_session: bool) -> None:
    """What somebody else in this process has started is never taken for an orphan, nor is another guard."""
    bystander = sleeper(own_session)
    other = Guard(run="other", folder=any_guard._folder, ledger=any_guard._orders._path + ".other")
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
