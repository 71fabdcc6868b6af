"""A step that tampers with what the guard leans on: its output file, its helpers' lines, its private folder."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import anyio
import pytest

from gatekeeper.adapters.guard.guard import Guard
from gatekeeper.adapters.guard.messages import wire
from gatekeeper.model.outcome import Exited, GuardBroken, TimedOut
from tests.adapters.guard.guard_situations import PATIENCE_S, Guarded, alive, idle_guardians, soon

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="the full guard is Linux only"),
]

OWN_OUTPUT = 'o=$(readlink /proc/$$/fd/1); rm "$o";'
DAEMON = 'setsid env -i sleep 600 & echo $! > pid.new; mv pid.new "$0";'


def start_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[19].decode()


def is_there(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists() and alive(pid, start_of(pid))


async def test_fifo_in_place_of_the_output_when_the_leader_exits(any_guard: Guard, order: Guarded) -> None:
    """Opening it would wait for a writer for ever; the output is lost instead, and says so."""
    with anyio.fail_after(PATIENCE_S):
        end = await any_guard.run(order("sh", "-c", f'{OWN_OUTPUT} mkfifo "$o"'))
    assert end.outcome == Exited(0)
    assert "no ordinary file" in end.lost


@pytest.mark.slow
async def test_fifo_in_place_of_the_output_at_the_deadline(any_guard: Guard, order: Guarded) -> None:
    """The look before the kill does not wait for it either."""
    with anyio.fail_after(PATIENCE_S):
        end = await any_guard.run(order("sh", "-c", f'{OWN_OUTPUT} mkfifo "$o"; sleep 600', timeout_s=0.5))
    assert isinstance(end.outcome, TimedOut)
    assert end.duration_s < PATIENCE_S


async def test_fifo_laid_where_the_next_step_will_write(any_guard: Guard, order: Guarded, run_folder: Path) -> None:
    """Its name can be guessed: the next step is refused, and nobody hangs."""
    (run_folder / "output").mkdir()
    following = order("true")
    os.mkfifo(following.output)
    with anyio.fail_after(PATIENCE_S):
        end = await any_guard.run(following)
    assert end.outcome != Exited(0)
    assert (await any_guard.run(order("true"))).outcome == Exited(0)


@pytest.mark.parametrize("victims", ["$PPID", "$(ps -o ppid= -p $PPID) $PPID"], ids=["guardian", "warden and guardian"])
async def test_step_that_hides_that_it_began_is_not_begun_again(
    any_guard: Guard, order: Guarded, run_folder: Path, victims: str
) -> None:
    """Without its output file and its guardian it looks as if it never had been: but it was, and its daemon goes."""
    script = f"echo x >> runs; {DAEMON} {OWN_OUTPUT} kill -9 {victims}; sleep 600"
    end = await any_guard.run(order("sh", "-c", script, "pid"))
    pid = int((run_folder / "pid").read_text())
    assert not is_there(pid)
    assert isinstance(end.outcome, GuardBroken)
    assert (run_folder / "runs").read_text() == "x\n"


@pytest.mark.slow
async def test_orphans_of_a_guardian_whose_warden_was_replaced(
    any_guard: Guard, order: Guarded, run_folder: Path
) -> None:
    """They fall to the orchestrator, and the new warden knows nothing of them."""
    ends = {}
    pidfile = run_folder / "pid"

    async def hurt() -> None:
        ends["hurt"] = await any_guard.run(order("sh", "-c", f"{DAEMON} sleep 600", str(pidfile)))

    async with anyio.create_task_group() as steps:
        steps.start_soon(hurt)
        await soon(pidfile.exists)
        pid = int(pidfile.read_text())
        start = start_of(pid)
        line = any_guard._running[1].line
        assert line is not None
        os.kill(any_guard._warden._pid, signal.SIGKILL)
        for idle in await idle_guardians(any_guard):
            idle.close()
        any_guard._pool._idle.clear()
        assert (await any_guard.run(order("true"))).outcome == Exited(0)
        assert any_guard._warden.generation > 1
        os.kill(line.pid, signal.SIGKILL)
        await soon(lambda: "hurt" in ends)
        assert not alive(pid, start)
    assert pid in {stray.pid for stray in ends["hurt"].strays}


async def test_last_words_behind_an_unread_order_are_heard() -> None:
    """The kernel tells of the reset first, and of what was said before it afterwards."""
    ours, theirs = wire.pair()
    ours.setblocking(False)
    wire.send(theirs, wire.REPORT, (1,))
    wire.send(ours, wire.STOP, (1,))
    theirs.close()
    message = wire.receive(ours)
    assert message is not None
    assert message.kind == wire.REPORT
    assert wire.receive(ours) is None
    ours.close()


@pytest.mark.slow
async def test_private_folder_that_somebody_tidied_away(any_guard: Guard, order: Guarded) -> None:
    """The next command has one all the same."""
    for _ in range(3):
        end = await any_guard.run(order("sh", "-c", "mktemp", private=("TMPDIR",)))
        assert end.outcome == Exited(0)
        for folder in filter(os.path.isdir, any_guard._orders.folders):
            os.rmdir(folder)


@pytest.mark.slow
async def test_what_ends_long_after_its_limit_was_not_within_it(any_guard: Guard, order: Guarded) -> None:
    """A step that stops both who guard it, and sets them going when it is done, has not passed."""
    helpers = "$PPID $(ps -o ppid= -p $PPID)"
    late = f"h='{helpers}'; h=$(eval echo $h); kill -STOP $h; sleep 2; kill -CONT $h; exit 0"
    end = await any_guard.run(order("sh", "-c", late, timeout_s=0.3))
    assert isinstance(end.outcome, TimedOut)
