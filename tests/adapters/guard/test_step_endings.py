"""How a command ends is what is reported: codes, signals, what cannot be started, deadlines, cancellation."""

from __future__ import annotations

import math
import os
import signal
import sys
import time
from functools import partial
from pathlib import Path

import anyio
import pytest

from gatekeeper.adapters.guard.guard import Guard
from gatekeeper.model.containment import GuardEnd
from gatekeeper.model.outcome import Cancelled, Exited, NotStarted, Signalled, TimedOut
from tests.adapters.guard.guard_situations import BARE_PYTHON, PATIENCE_S, Guarded, idle_guardians, in_time, soon

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="the full guard is Linux only"),
]


@pytest.mark.parametrize("code", [0, 1, 2, 124, 126, 127, 137, 255])
async def test_exit_codes_are_reported_as_they_are(guard: Guard, order: Guarded, code: int) -> None:
    """An exit code is never turned into anything else, also where shells use it for something."""
    assert (await guard.run(order("sh", "-c", f"exit {code}"))).outcome == Exited(code)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGINT, signal.SIGPIPE])
async def test_death_by_a_signal_of_others(guard: Guard, order: Guarded, number: int) -> None:
    """A signal that the guard did not send is not a timeout, and not an exit code."""
    assert (await guard.run(order("sh", "-c", f"kill -{int(number)} $$"))).outcome == Signalled(int(number))


async def test_command_that_is_not_there(guard: Guard, order: Guarded) -> None:
    """A command that the PATH of the step does not have is about the definition."""
    end = await guard.run(order("no-such-command-here"))
    assert end.outcome == NotStarted("command-not-found", "no-such-command-here: No such file or directory")


async def test_file_that_may_not_be_executed(guard: Guard, order: Guarded, run_folder: Path) -> None:
    """A file without the x bit is not "not found"."""
    script = run_folder / "script.sh"
    script.write_text("#!/bin/sh\n")
    end = await guard.run(order("./script.sh"))
    assert end.outcome == NotStarted("not-executable", "./script.sh: Permission denied")


async def test_script_whose_interpreter_is_missing(guard: Guard, order: Guarded, run_folder: Path) -> None:
    """The kernel says "no such file" of a file that is there; the text says what is really missing."""
    script = run_folder / "script.sh"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)
    outcome = (await guard.run(order("./script.sh"))).outcome
    assert isinstance(outcome, NotStarted)
    assert outcome.reason == "command-not-found"
    assert "interpreter" in outcome.detail


async def test_folder_that_is_not_there(guard: Guard, order: Guarded) -> None:
    """A missing folder is told apart from a missing command."""
    outcome = (await guard.run(order("true", cwd="/no/such/folder"))).outcome
    assert outcome == NotStarted("no-such-folder", "/no/such/folder: No such file or directory")


async def test_nul_in_an_argument(guard: Guard, order: Guarded) -> None:
    """What no program can ever be given is a bad value, not a crash of ours."""
    outcome = (await guard.run(order("echo", "a\0b"))).outcome
    assert isinstance(outcome, NotStarted)
    assert outcome.reason == "bad-value"


async def test_folder_with_spaces_and_its_own_path(guard: Guard, order: Guarded, run_folder: Path) -> None:
    """The command is looked up in the PATH of the order, from the folder of the order."""
    folder = run_folder / "a folder with spaces"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "mine").write_text("#!/bin/sh\npwd\n")
    (folder / "bin" / "mine").chmod(0o755)
    end = await guard.run(order("mine", cwd=str(folder), environ=(("PATH", "bin:/usr/bin:/bin"),)))
    assert end.outcome == Exited(0)
    assert end.last_lines == (str(folder),)


async def test_large_environment(guard: Guard, order: Guarded) -> None:
    """An environment of 300 KB arrives whole, in any encoding."""
    environ = (*((f"V{n}", "x" * 1000) for n in range(300)), ("ODD", "ü\udcff"), ("PATH", os.environ["PATH"]))
    end = await guard.run(order("sh", "-c", 'env | wc -c; printf %s "$ODD" | od -An -tx1', environ=environ))
    assert end.outcome == Exited(0)
    assert int(end.last_lines[0]) > 300_000
    assert end.last_lines[1].split() == ["c3", "bc", "ff"]


async def test_step_starts_with_a_clean_slate(guard: Guard, order: Guarded) -> None:
    """No signal is ignored or blocked, standard input is empty, and no descriptor of ours is open."""
    script = "cat; grep -E 'Sig(Ign|Blk)' /proc/self/status; ls /proc/self/fd | tr '\\n' ' '"
    end = await guard.run(order("sh", "-c", script))
    # `ls` holds 3 itself, for the folder that it reads.
    blocked, ignored, descriptors = end.last_lines
    assert blocked == "SigBlk:\t0000000000000000"
    # 32 and 33 are the C library's own: no program can set them, and some parents leave them ignored.
    assert int(ignored.split()[1], 16) & ~(0b11 << 31) == 0
    assert descriptors == "0 1 2 3 "


async def test_deadline_is_kept_to_the_millisecond(guard: Guard, order: Guarded) -> None:
    """A step that obeys SIGTERM ends with its deadline, not with its grace."""
    late: list[float] = []
    # A busy machine may be late, but not every time: what waits too long by itself always is.
    while min(late, default=math.inf) >= 0.1 and len(late) < 20:
        began = time.monotonic()
        end = await guard.run(order("sleep", "600", timeout_s=0.2, grace_s=600, limit="gate"))
        assert time.monotonic() - began < PATIENCE_S
        assert isinstance(end.outcome, TimedOut)
        assert (end.outcome.by, end.outcome.limit) == ("deadline", "gate")
        assert end.strays == ()
        late.append(end.outcome.after_s - 0.2)
        assert late[-1] >= 0
    assert min(late) < 0.1


async def test_grace_is_for_the_whole_group(guard: Guard, order: Guarded) -> None:
    """A child that cleans up on SIGTERM may finish, although the shell around it is dead already."""
    script = "sh -c 'trap \"sleep 0.2; echo cleaned; exit\" TERM; echo ready; while :; do sleep 0.05; done' & wait"

    async def run(timeout_s: float) -> GuardEnd:
        return await guard.run(order("sh", "-c", script, timeout_s=timeout_s, grace_s=600))

    end = await in_time(run, lambda end: "ready" in end.last_lines)
    assert isinstance(end.outcome, TimedOut)
    assert end.last_lines[-1] == "cleaned"


async def test_stopping_lets_the_end_be_seen(guard: Guard, order: Guarded, run_folder: Path) -> None:
    """When the run is told to stop, every step ends politely and says so, side by side."""
    script = "trap 'echo bye; exit 3' TERM; touch \"$0\"; while :; do sleep 0.05; done"
    flags = [run_folder / f"ready{n}" for n in range(3)]
    ends = []

    async def one(flag: Path) -> None:
        ends.append(await guard.run(order("sh", "-c", script, str(flag), grace_s=20)))

    async with anyio.create_task_group() as steps:
        for flag in flags:
            steps.start_soon(one, flag)
        await soon(lambda: all(flag.exists() for flag in flags))
        await guard.stop()
    assert [end.outcome for end in ends] == [Cancelled()] * 3
    assert {end.last_lines[-1] for end in ends} == {"bye"}


async def test_stopping_at_once(guard: Guard, order: Guarded, run_folder: Path) -> None:
    """The second Ctrl-C gives no grace, not even to what is in its grace already."""
    flag = run_folder / "ready"
    script = "trap '' TERM; touch \"$0\"; while :; do sleep 0.05; done"
    ends = []

    async def one() -> None:
        ends.append(await guard.run(order("sh", "-c", script, str(flag), grace_s=600)))

    with anyio.fail_after(PATIENCE_S):
        async with anyio.create_task_group() as steps:
            steps.start_soon(one)
            await soon(flag.exists)
            await guard.stop()
            await guard.kill_now()
    assert ends[0].outcome == Cancelled()


async def test_stop_before_the_step_began(guard: Guard, order: Guarded, run_folder: Path) -> None:
    """A step that was told to stop before it had a guardian never runs, and the next one is not hit by that."""
    flag = run_folder / "ran"
    ends = []

    async def one() -> None:
        ends.append(await guard.run(order("touch", str(flag))))

    async with anyio.create_task_group() as steps:
        steps.start_soon(one)
        await anyio.lowlevel.checkpoint()
        await guard.stop()
    assert ends[0].outcome == Cancelled()
    assert not flag.exists()
    assert (await guard.run(order("true"))).outcome == Exited(0)


async def test_cancelled_scope_ends_the_step_first(guard: Guard, order: Guarded, run_folder: Path) -> None:
    """A cancellation goes on only when nothing of the step is alive."""
    pidfile = run_folder / "pid"
    script = 'setsid sleep 600 & echo $! > "$0.new"; mv "$0.new" "$0"; wait'
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as steps:
            steps.start_soon(guard.run, order("sh", "-c", script, str(pidfile)))
            await soon(pidfile.exists)
            scope.cancel()
    assert scope.cancelled_caught
    assert pidfile.read_text().strip() not in os.listdir("/proc")
    assert (await guard.run(order("true"))).outcome == Exited(0)


def descriptors_at_most(pid: int, count: int) -> bool:
    return len(os.listdir(f"/proc/{pid}/fd")) <= count


async def test_fifty_steps_leave_nothing_in_the_orchestrator(guard: Guard, order: Guarded) -> None:
    """Descriptors and children do not pile up, neither here nor in the helpers."""
    await guard.run(order("true"))
    idle = await idle_guardians(guard)
    before = len(os.listdir("/proc/self/fd")) + 2 - len(idle)
    held = max(len(os.listdir(f"/proc/{one.pid}/fd")) for one in idle)
    for _ in range(50):
        assert (await guard.run(order("true"))).outcome == Exited(0)
    now = await idle_guardians(guard)
    assert {one.pid for one in idle} <= {one.pid for one in now}
    # A step that took its time has had one more guardian made, and one line to it is one descriptor.
    assert len(now) <= 2
    assert len(os.listdir("/proc/self/fd")) == before + len(now) - 2
    for one in now:
        # At any moment it may be about to prepare its next leader, which takes two.
        await soon(partial(descriptors_at_most, one.pid, held + 2))


async def test_many_steps_side_by_side(guard: Guard, order: Guarded) -> None:
    """Steps do not wait for one another (here each of them waits for all), and each gets its own end."""
    ends: dict[int, object] = {}
    meet = "mkdir -p met; touch met/$0; until [ $(ls met | wc -l) -eq 12 ]; do sleep 0.01; done; exit $0"

    async def one(number: int) -> None:
        ends[number] = (await guard.run(order("sh", "-c", meet, str(number)))).outcome

    async with anyio.create_task_group() as steps:
        for number in range(12):
            steps.start_soon(one, number)
    assert ends == {number: Exited(number) for number in range(12)}


async def test_ending_one_step_leaves_the_daemons_of_another(guard: Guard, order: Guarded, run_folder: Path) -> None:
    """A daemon of a step that still runs is not a stray of the step beside it."""
    pidfile, done = run_folder / "pid", run_folder / "done"
    script = 'setsid sleep 600 & echo $! > "$0.new"; mv "$0.new" "$0"; while [ ! -e "$1" ]; do sleep 0.01; done'
    ends = []

    async def first() -> None:
        ends.append(await guard.run(order("sh", "-c", script, str(pidfile), str(done))))

    async with anyio.create_task_group() as steps:
        steps.start_soon(first)
        await soon(pidfile.exists)
        second = await guard.run(order("sh", "-c", "setsid sleep 600 & exit 0"))
        assert len(second.strays) == 1
        daemon = int(pidfile.read_text())
        os.kill(daemon, 0)
        done.touch()
    assert [stray.pid for stray in ends[0].strays] == [daemon]


async def test_python_that_ignores_what_a_terminal_sends(guard: Guard, order: Guarded) -> None:
    """A signal to our process group never reaches the helpers, so Ctrl-C is the orchestrator's to handle."""
    own = os.getpgid(0)
    await guard.run(order("true"))
    assert own not in {os.getpgid(one.pid) for one in await idle_guardians(guard)}
    assert os.getpgid(guard._warden._pid) != own
    end = await guard.run(order(*BARE_PYTHON, "-c", "import os; print(os.getsid(0) == os.getpid())"))
    assert end.last_lines == ("True",)


async def test_step_is_no_more_urgent_than_its_user(any_guard: Guard, order: Guarded) -> None:
    """A guardian may run before everybody else, where that is granted; what it starts has the ordinary priority."""
    end = await any_guard.run(order("cut", "-d", " ", "-f", "19,40,41", "/proc/self/stat"))
    assert end.last_lines == ("0 0 0",)


async def test_more_strays_than_can_be_described(guard: Guard, order: Guarded) -> None:
    """All of them are counted, once."""
    end = await guard.run(order("sh", "-c", "for n in $(seq 70); do sleep 600 & done"))
    assert end.outcome == Exited(0)
    assert (len(end.strays), end.strays_total) == (64, 70)
    assert end.incidents == ()
