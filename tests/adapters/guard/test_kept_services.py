"""A service lives on under its name, and no longer: it ends when told, when it dies, and when the guard closes."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

import anyio
import pytest

from gatekeeper.adapters.guard.guard import Guard
from gatekeeper.model.outcome import DeadService, Exited
from tests.adapters.guard.guard_situations import PATIENCE_S, SLEEPING, Guarded, soon

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="the full guard is Linux only"),
]

STARTS_A_DAEMON = (
    'setsid sh -c "echo \\$\\$ > \\"$0.new\\"; mv \\"$0.new\\" \\"$0\\"; exec sleep 600" & '
    'while [ ! -e "$0" ]; do sleep 0.01; done'
)


def is_there(pid: int) -> bool:
    """Whether a process can still run code."""
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] not in b"ZX"
    except OSError:
        return False


def pid_in(pidfile: Path) -> int:
    return int(pidfile.read_text())


async def kept(guard: Guard, order: Guarded, pidfile: Path, name: str = "stack", script: str = STARTS_A_DAEMON) -> int:
    """Start a service; its pid."""
    end = await guard.run(order("sh", "-c", script, str(pidfile), keep=name))
    assert end.outcome == Exited(0)
    assert end.service
    assert end.strays == ()
    return pid_in(pidfile)


async def test_service_lives_on_and_ends_when_told(any_guard: Guard, order: Guarded, run_folder: Path) -> None:
    """It outlives its step, other steps come and go beside it, and it is gone when `end_service` returns."""
    pid = await kept(any_guard, order, run_folder / "pid")
    assert (await any_guard.run(order("true"))).outcome == Exited(0)
    assert is_there(pid)
    assert await any_guard.died_services() == ()
    assert await any_guard.end_service("stack")
    assert not is_there(pid)
    assert not await any_guard.end_service("stack")


async def test_service_ends_with_the_guard(any_guard: Guard, order: Guarded, run_folder: Path) -> None:
    """Nobody has to remember it: closing the guard ends it."""
    pid = await kept(any_guard, order, run_folder / "pid")
    await any_guard.close()
    assert not is_there(pid)


async def test_service_that_dies_is_told_of_once(any_guard: Guard, order: Guarded, run_folder: Path) -> None:
    """A service that is dead is named at the first question after that, once, and is not there to be ended."""
    pid = await kept(any_guard, order, run_folder / "pid")
    os.kill(pid, 9)
    await soon(lambda: not is_there(pid))
    (died,) = await any_guard.died_services()
    assert died._replace(output=None) == DeadService("stack")
    assert await any_guard.died_services() == ()
    assert not await any_guard.end_service("stack")


async def test_service_whose_guardian_is_killed(any_guard: Guard, order: Guarded, run_folder: Path) -> None:
    """A service that nobody holds any more counts as died, and nothing of it is left."""
    pid = await kept(any_guard, order, run_folder / "pid")
    line = any_guard._services["stack"].line
    assert line is not None
    os.kill(line.pid, 9)
    await soon(lambda: not is_there(pid))
    assert [one.name for one in await any_guard.died_services()] == ["stack"]


async def test_dead_service_comes_with_its_last_lines(any_guard: Guard, order: Guarded, run_folder: Path) -> None:
    """What it wrote after its step was over is what tells why; the whole is kept, with its digest."""
    daemon = "(echo up; touch up; while [ ! -e go ]; do sleep 0.01; done; echo out of memory)"
    script = f"{daemon} & while [ ! -e up ]; do :; done"
    assert (await any_guard.run(order("sh", "-c", script, keep="stack"))).service
    assert await any_guard.died_services() == ()
    (run_folder / "go").touch()
    died: tuple[DeadService, ...] = ()
    with anyio.fail_after(PATIENCE_S):
        while not died:
            died = await any_guard.died_services()
            await anyio.sleep(0.002)
    assert (died[0].name, died[0].last_lines) == ("stack", ("up", "out of memory"))
    assert died[0].output is not None
    kept = (run_folder / died[0].output.path).read_bytes()
    assert kept == b"up\nout of memory\n"
    assert died[0].output.digest == f"sha256:{hashlib.sha256(kept).hexdigest()}"


async def test_two_steps_with_a_service_each_side_by_side(any_guard: Guard, order: Guarded, run_folder: Path) -> None:
    """Each has its own; to end one, or to see it die, does nothing to the other."""
    pids: dict[str, int] = {}

    async def bring_up(name: str) -> None:
        pids[name] = await kept(any_guard, order, run_folder / name, name)

    async with anyio.create_task_group() as steps:
        for name in ("one", "two", "three"):
            steps.start_soon(bring_up, name)
    assert await any_guard.end_service("one")
    assert [is_there(pids[name]) for name in ("one", "two", "three")] == [False, True, True]
    os.kill(pids["two"], 9)
    await soon(lambda: not is_there(pids["two"]))
    assert [one.name for one in await any_guard.died_services()] == ["two"]
    assert is_there(pids["three"])
    assert await any_guard.end_service("three")


async def test_failing_step_keeps_nothing(any_guard: Guard, order: Guarded, run_folder: Path) -> None:
    """`keep` is for a step that succeeded: what a failing one leaves are strays."""
    end = await any_guard.run(order("sh", "-c", f"{SLEEPING} exit 4", keep="stack"))
    assert end.outcome == Exited(4)
    assert not end.service
    assert [stray.argv for stray in end.strays] == [("sleep", "600")]
    assert not await any_guard.end_service("stack")


async def test_step_that_leaves_nothing_to_keep(any_guard: Guard, order: Guarded) -> None:
    """Where nothing is left there is no service."""
    end = await any_guard.run(order("true", keep="stack"))
    assert end.outcome == Exited(0)
    assert not end.service


async def test_same_name_again(any_guard: Guard, order: Guarded, run_folder: Path) -> None:
    """A second service of the same name never makes the first one nobody's."""
    first = await kept(any_guard, order, run_folder / "pid1")
    second = await kept(any_guard, order, run_folder / "pid2")
    assert not is_there(first)
    assert is_there(second)
    assert await any_guard.end_service("stack")
    assert not is_there(second)


async def test_service_may_end_politely(any_guard: Guard, order: Guarded, run_folder: Path) -> None:
    """SIGTERM reaches the daemon itself, although it left the step's group, and it has its grace."""
    script = (
        'setsid sh -c \'trap "echo done > ended; exit" TERM; echo $$ > pid.new; mv pid.new pid; '
        "while :; do sleep 0.05; done' & while [ ! -e pid ]; do sleep 0.01; done"
    )
    pid = await kept(any_guard, order, run_folder / "pid", script=script)
    assert await any_guard.end_service("stack")
    assert not is_there(pid)
    assert (run_folder / "ended").read_text() == "done\n"


async def test_what_a_service_writes_later_does_not_touch_the_evidence(
    guard: Guard, order: Guarded, run_folder: Path
) -> None:
    """The step's output is final when the step is; the service goes on in a file of its own."""
    script = "echo started; (while [ ! -e go ]; do sleep 0.01; done; echo later; touch went; sleep 600) & exit 0"
    end = await guard.run(order("sh", "-c", script, keep="stack"))
    assert end.output is not None
    path = run_folder / end.output.path
    (run_folder / "go").touch()
    await soon((run_folder / "went").exists)
    assert path.read_text() == "started\n"
    assert path.with_suffix(".service.log").read_text() == "started\nlater\n"
    assert await guard.end_service("stack")
