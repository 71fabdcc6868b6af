"""Nobody else is hurt: not who looks alike, not who has a pid or a group that was a step's, not who runs beside it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import anyio
import pytest

from gatekeeper.adapters.guard.guard import Guard
from gatekeeper.adapters.guard.leftovers import kill_ladder, sweep
from gatekeeper.adapters.guard.system import procfs
from gatekeeper.model.containment import GuardEnd
from gatekeeper.model.outcome import Cancelled, Exited, GuardBroken, TimedOut
from tests.adapters.guard.guard_situations import (
    BARE_PYTHON,
    PATIENCE_S,
    SITUATIONS,
    SLEEPING,
    Guarded,
    alive,
    eventually,
    in_time,
    soon,
    start_of,
)

# Nobody else has it, not even what a killed session of these tests left.
COOKIE = f"run:{os.urandom(4).hex()}.1"

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="the full guard is Linux only"),
]

DAEMON = 'setsid env -i sleep 600 & echo $! > "$0.new"; mv "$0.new" "$0"; '
ENDS = {
    "leader exits": (f"{SLEEPING} exit 0", {}),
    "deadline": (f"{SLEEPING} wait", {"timeout_s": 0.2, "grace_s": 0.1}),
    "guardian killed": (f"{SLEEPING} kill -9 $PPID; wait", {}),
}

SCRIPTS = {
    "leader exits": "exit 0",
    "deadline": "wait; sleep 600",
    "stopped guardian": "kill -STOP $PPID; sleep 600",
    "guardian killed": "kill -9 $PPID; sleep 600",
    "helpers killed": "kill -9 $(ps -o ppid= -p $PPID) $PPID; sleep 600",
}


class Process(NamedTuple):
    """A process, so that no later one can be taken for it."""

    pid: int
    start: str

    @property
    def lives(self) -> bool:
        return alive(self.pid, self.start)


class Stranger(NamedTuple):
    """Somebody who is none of the guard's business, and who started it."""

    process: Process
    starter: subprocess.Popen[str]


TakePid = Callable[[int], Process]


@pytest.fixture
def take_pid() -> Iterator[TakePid]:
    """Make a stranger that has a certain pid, which must be free, and leads a group and a session of that number."""
    made: list[Stranger] = []

    def take(pid: int) -> Process:
        if os.geteuid() != 0:
            pytest.skip("only root can choose a pid")
        eventually(lambda: not Path(f"/proc/{pid}").exists())
        argv = (*BARE_PYTHON, str(SITUATIONS / "takes_pid.py"), str(pid), "sleep", "600")
        starter = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert starter.stdout is not None
        if starter.stdout.readline() != "ready\n":
            refused = starter.communicate()[1]
            if "not permitted" in refused or "not implemented" in refused:
                pytest.skip(refused)
            raise AssertionError(refused)
        made.append(Stranger(Process(pid, start_of(pid)), starter))
        return made[-1].process

    yield take
    for process, starter in made:
        if process.lives:
            os.kill(process.pid, signal.SIGKILL)
        starter.communicate()


@pytest.fixture
def alike(run_folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Somebody with the command line, the folder and the user of what steps here leave behind."""
    process = subprocess.Popen(["sleep", "600"], cwd=run_folder, start_new_session=True)
    yield process
    process.kill()
    process.wait()


def process_in(pidfile: Path) -> Process:
    pid = int(pidfile.read_text())
    return Process(pid, start_of(pid))


def reap(pid: int) -> None:
    """As somebody in this process does who waits for any child, as one must not."""
    os.waitpid(pid, 0)


async def serving(guard: Guard, order: Guarded, pidfile: Path, name: str = "stack") -> Process:
    """A service of one daemon, in a session of its own."""
    end = await guard.run(order("sh", "-c", DAEMON, str(pidfile), keep=name))
    assert end.service
    return process_in(pidfile)


def marked(cookie: str) -> subprocess.Popen[bytes]:
    """A process as a former run may have left it."""
    return subprocess.Popen(["sleep", "600"], env={**os.environ, "GATEKEEPER_COOKIE": cookie}, start_new_session=True)


@pytest.mark.slow
@pytest.mark.parametrize("ending", ENDS)
async def test_somebody_who_looks_just_like_a_stray(
    any_guard: Guard, order: Guarded, alike: subprocess.Popen[bytes], ending: str
) -> None:
    """The same command line, folder and user make nobody a stray, whichever layer has to end the real one."""
    script, fields = ENDS[ending]
    end = await any_guard.run(order("sh", "-c", script, **fields))
    assert isinstance(end.outcome, Exited | TimedOut | GuardBroken)
    assert alike.pid not in {stray.pid for stray in end.strays}
    assert alike.poll() is None


@pytest.mark.slow
async def test_stranger_with_the_pid_and_the_group_of_a_reaped_leader(
    any_guard: Guard, order: Guarded, run_folder: Path, take_pid: TakePid
) -> None:
    """Once the leader is reaped, its number is anybody's: what it left is ended without touching who has it now."""
    # A daemon that is deaf to SIGTERM has to be killed, and the leader's group is what is killed first.
    script = f"echo $$ > leader; trap '' TERM; {DAEMON}"
    end = await any_guard.run(order("sh", "-c", script, str(run_folder / "pid"), keep="stack", grace_s=0.1))
    assert end.service
    daemon = process_in(run_folder / "pid")
    stranger = take_pid(int((run_folder / "leader").read_text()))
    assert os.getpgid(stranger.pid) == stranger.pid
    assert await any_guard.end_service("stack")
    assert not daemon.lives
    assert stranger.lives


async def test_stranger_with_the_pid_of_a_dead_guardian(
    any_guard: Guard, order: Guarded, run_folder: Path, take_pid: TakePid
) -> None:
    """A guardian is ended by what it was, not by its number."""
    daemon = await serving(any_guard, order, run_folder / "pid")
    line = any_guard._services["stack"].line
    assert line is not None
    os.kill(line.pid, signal.SIGKILL)
    stranger = take_pid(line.pid)
    await soon(lambda: not daemon.lives)
    assert [one.name for one in await any_guard.died_services()] == ["stack"]
    assert not daemon.lives
    assert stranger.lives


async def test_stranger_with_the_pid_of_a_dead_warden(
    any_guard: Guard, order: Guarded, take_pid: TakePid, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closing waits for the warden that was started, and kills nobody who got its number since."""
    # Who waited for the stranger would do so to the end of this, and fail the test by that.
    monkeypatch.setattr("gatekeeper.adapters.guard.guard._CLOSED_WITHIN_S", 600.0)
    assert (await any_guard.run(order("true"))).outcome == Exited(0)
    warden = any_guard._warden._pid
    os.kill(warden, signal.SIGKILL)
    reap(warden)
    stranger = take_pid(warden)
    await any_guard.close()
    assert stranger.lives


def test_stranger_that_gets_a_pid_while_the_tree_is_walked(take_pid: TakePid, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of children is old the moment it is there: who is not below us any more is not signalled."""
    gone = subprocess.Popen(["true"])
    gone.wait()
    stranger = take_pid(gone.pid)
    listed = procfs.children

    def old_list(pid: int, threads_at_most: int = 2) -> list[int]:
        return [*listed(pid), stranger.pid] if pid == os.getpid() else listed(pid)

    monkeypatch.setattr(procfs, "children", old_list)
    assert stranger.pid not in {one.pid for one in procfs.descendants(os.getpid()) if one.parent == os.getpid()}
    # The stranger's starter is a child of this test; without it nothing here descends from us.
    monkeypatch.setattr(procfs, "children", lambda pid, _=2: [stranger.pid] if pid == os.getpid() else [])
    kill_ladder.signal_descendants((signal.SIGKILL,))
    assert stranger.lives


def test_stranger_that_gets_a_pid_while_cookies_are_looked_for(
    take_pid: TakePid, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The start time that is acted upon is that of the process which carries the cookie, and of no later one."""
    carrier = marked(COOKIE)
    eventually(lambda: [one.pid for one in sweep.carriers((COOKIE,))] == [carrier.pid])
    strangers: list[Process] = []
    look = procfs.stat

    def replaced(pid: int) -> procfs.Stat | None:
        if pid == carrier.pid and not strangers:
            carrier.kill()
            carrier.wait()
            strangers.append(take_pid(pid))
        return look(pid)

    monkeypatch.setattr(procfs, "stat", replaced)
    sweep.kill_carriers((COOKIE,), 1.0)
    assert strangers[0].lives


async def test_steps_of_another_run(any_guard: Guard, order: Guarded, run_folder: Path) -> None:
    """Two gatekeepers in one folder: one that closes, and loses its helpers before, ends nothing of the other's."""
    other = Guard(run="other", folder=str(run_folder), ledger=str(run_folder / "other.jsonl"))
    theirs = await serving(other, order, run_folder / "theirs")
    ours = await serving(any_guard, order, run_folder / "ours")
    os.kill(any_guard._warden._pid, signal.SIGKILL)
    end = await any_guard.run(order("sh", "-c", "kill -9 $PPID; sleep 600"))
    assert isinstance(end.outcome, GuardBroken)
    await any_guard.close()
    assert not ours.lives
    assert theirs.lives
    assert await other.end_service("stack")
    await other.close()


@pytest.mark.slow
@pytest.mark.parametrize("ending", SCRIPTS)
async def test_daemons_of_the_step_beside(
    any_guard: Guard, order: Guarded, run_folder: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    """However one step ends, a detached daemon of the step beside it lives on for as long as that one runs."""
    monkeypatch.setattr("gatekeeper.adapters.guard.guard.DONE_WITHIN_S", 0.3)
    ends = {}

    async def run(name: str, script: str, timeout_s: float) -> GuardEnd:
        argv = ("sh", "-c", f"{DAEMON} {script}", str(run_folder / name))
        return await any_guard.run(order(*argv, timeout_s=timeout_s, grace_s=0.1))

    async def beside() -> None:
        ends["beside"] = await run("beside", "touch up; until [ -e done ]; do sleep 0.01; done", PATIENCE_S)

    async with anyio.create_task_group() as steps:
        steps.start_soon(beside)
        await soon((run_folder / "up").exists)
        daemon = process_in(run_folder / "beside")
        other = await in_time(partial(run, "other", SCRIPTS[ending]), lambda _: (run_folder / "other").exists(), 0.3)
        others = int((run_folder / "other").read_text())
        assert others in {stray.pid for stray in other.strays}
        assert daemon.lives
        (run_folder / "done").touch()
    assert ends["beside"].outcome == Exited(0)
    assert [stray.pid for stray in ends["beside"].strays] == [daemon.pid]


async def test_service_beside_a_step_that_is_stopped(any_guard: Guard, order: Guarded, run_folder: Path) -> None:
    """To stop what runs does not stop what was kept."""
    daemon = await serving(any_guard, order, run_folder / "pid")
    async with anyio.create_task_group() as steps:
        ends = []

        async def long() -> None:
            ends.append(await any_guard.run(order("sh", "-c", "touch up; sleep 600", grace_s=0.1)))

        steps.start_soon(long)
        await soon((run_folder / "up").exists)
        await any_guard.stop(now=True)
    assert ends[0].outcome == Cancelled()
    assert daemon.lives
    assert await any_guard.died_services() == ()
