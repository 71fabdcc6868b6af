"""A command is held within its limits, by whatever the machine offers, and what it ran into is told by name."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gatekeeper.adapters.guard.guard import Guard
from gatekeeper.adapters.guard.limits.controllers import usable_controllers
from gatekeeper.adapters.guard.pool import GuardianPool
from gatekeeper.adapters.guard.system import cgroup
from gatekeeper.model.containment import GuardEnd
from gatekeeper.model.outcome import DeadService, Exited, LimitExceeded, Signalled, TimedOut
from gatekeeper.model.plan import Limits
from tests.adapters.guard.guard_situations import BARE_PYTHON, Guarded, soon

pytestmark = [
    pytest.mark.slow,
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="the full guard is Linux only"),
]

MIB = 1 << 20

HOLDS = "import sys, time; held = b'x' * (int(sys.argv[1]) << 20); print('held', flush=True); time.sleep(30)"
# Stays when it has grown: who looks may be late.
GROWS = "import time; held = []\nfor _ in range(400): held.append(b'x' * (1 << 20)); time.sleep(0.002)\ntime.sleep(30)"
SHARES = """
import os, time
held = b"x" * (48 << 20)
for _ in range(3):
    if os.fork() == 0:
        time.sleep(0.5)
        os._exit(0)
for _ in range(3):
    os.wait()
"""
FORKS = """
import os, sys, time
for made in range(int(sys.argv[1])):
    try:
        if os.fork() == 0:
            time.sleep(30)
            os._exit(0)
    except BlockingIOError:
        print("refused after", made, flush=True)
        sys.exit(0)
time.sleep(30)
"""
SPINS = "import os\nos.fork()\nos.fork()\nwhile True: pass"


def exceeded(end: GuardEnd) -> list[str]:
    return [one.limit for one in end.exceeded]


def words(end: GuardEnd) -> str:
    return " ".join(one.message for one in end.exceeded)


def need(controller: str) -> None:
    if not usable_controllers()[controller]:
        pytest.skip(f"no cgroup controller for {controller} that may be used here")


@pytest.fixture
async def looking_guard(run_folder: Path) -> AsyncIterator[Guard]:
    """A guard that has no controllers, as most ordinary users have it."""
    helpers = GuardianPool(with_leaves=False)
    made = Guard(run="test", folder=str(run_folder), ledger=str(run_folder / "ledger.jsonl"), helpers=helpers)
    made.start()
    yield made
    await made.close()


async def test_what_keeps_within_its_limits_is_told_nothing(any_guard: Guard, order: Guarded) -> None:
    """Limits that are kept leave no trace in the end of a command."""
    limits = Limits(memory=256 * MIB, processes=50, cpu_s=20.0, open_files=100, nice=1)
    end = await any_guard.run(order("sh", "-c", "ls /proc > /dev/null; true", limits=limits))
    assert end.outcome == Exited(0)
    assert end.exceeded == ()


async def test_memory_held_by_the_kernel(guard: Guard, order: Guarded) -> None:
    """The kernel's own kill is named as such, and not as an exit code."""
    need("memory")
    end = await guard.run(order(*BARE_PYTHON, "-c", HOLDS, "200", limits=Limits(memory=64 * MIB)))
    assert isinstance(end.outcome, Signalled | LimitExceeded)
    assert exceeded(end) == ["memory"]
    assert "for want of memory: the limit is 64 MiB (cgroup" in words(end)
    assert "held" not in end.last_lines


async def test_memory_of_several_together(guard: Guard, order: Guarded) -> None:
    """The limit is that of all processes, each of which alone would keep within it."""
    need("memory")
    script = f'"$0" -I -S -c "{HOLDS}" 40 & "$0" -I -S -c "{HOLDS}" 40 & wait'
    end = await guard.run(order("sh", "-c", script, sys.executable, limits=Limits(memory=64 * MIB)))
    assert exceeded(end) == ["memory"]


async def test_part_that_the_command_does_not_miss(guard: Guard, order: Guarded) -> None:
    """A command that exits 0 although the kernel had to kill a part of it did run into its limit."""
    need("memory")
    end = await guard.run(
        order("sh", "-c", f'"$0" -I -S -c "{HOLDS}" 200; exit 0', sys.executable, limits=Limits(memory=64 * MIB))
    )
    assert exceeded(end) == ["memory"]


async def test_memory_by_looking(looking_guard: Guard, order: Guarded, run_folder: Path) -> None:
    """Without a controller the guard ends it, at once, and says by what the limit was held."""
    end = await looking_guard.run(order(*BARE_PYTHON, "-c", GROWS, limits=Limits(memory=64 * MIB), grace_s=600.0))
    assert isinstance(end.outcome, LimitExceeded)
    assert end.outcome.limit == "memory"
    assert end.duration_s < 25, "it was ended neither at once nor before its time"
    assert "the limit is 64 MiB (looked at by the guard" in words(end)
    dossier = json.loads((run_folder / end.dossier).read_text())
    assert dossier["ended_by"] == "limit"
    assert dossier["limits"]["memory"]["exceeded"] == words(end)
    (hog,) = dossier["processes"]
    assert hog["memory"] > 32 * MIB
    assert dossier["why"] == end.outcome.hint
    assert f"(pid {hog['pid']}) held " in end.outcome.hint


async def test_memory_that_is_shared_counts_once(looking_guard: Guard, order: Guarded) -> None:
    """Four processes with the same 48 MiB hold 48 MiB."""
    end = await looking_guard.run(order(*BARE_PYTHON, "-c", SHARES, limits=Limits(memory=96 * MIB)))
    assert end.outcome == Exited(0)
    assert end.exceeded == ()


async def test_single_process_cannot_outrun_the_looks(looking_guard: Guard, order: Guarded) -> None:
    """What maps far more than its limit between two looks is refused it by the kernel."""
    asks = "try:\n b = bytearray(8 << 30)\nexcept MemoryError: print('refused')"
    end = await looking_guard.run(order(*BARE_PYTHON, "-c", asks, limits=Limits(memory=64 * MIB)))
    assert end.outcome == Exited(0)
    assert end.last_lines == ("refused",)


async def test_processes_held_by_the_kernel(guard: Guard, order: Guarded) -> None:
    """The kernel refuses one too many, and a command that takes that for success is told of all the same."""
    need("pids")
    end = await guard.run(order(*BARE_PYTHON, "-c", FORKS, "60", limits=Limits(processes=20)))
    assert end.outcome == Exited(0)
    assert end.last_lines == ("refused after 19",)
    assert exceeded(end) == ["processes"]
    assert words(end).startswith("another process or thread was refused once: the limit is 20 (cgroup")


async def test_processes_by_looking(looking_guard: Guard, order: Guarded) -> None:
    """Without a controller the guard ends it when it sees more."""
    end = await looking_guard.run(order(*BARE_PYTHON, "-c", FORKS, "60", limits=Limits(processes=20)))
    assert isinstance(end.outcome, LimitExceeded)
    assert end.outcome.limit == "processes"
    assert "the limit is 20 (looked at by the guard" in words(end)
    assert "of those that were seen were `python" in end.outcome.hint
    assert end.dossier


async def test_processes_that_were_left_before_anybody_looked(looking_guard: Guard, order: Guarded) -> None:
    """What a command leaves when it ends counts too."""
    leaves = "import os, time\nfor _ in range(40): os.fork() or time.sleep(30)"
    end = await looking_guard.run(order(*BARE_PYTHON, "-c", leaves, limits=Limits(processes=20)))
    assert end.outcome == Exited(0) or isinstance(end.outcome, LimitExceeded)
    assert exceeded(end) == ["processes"]


async def test_fork_bomb(guard: Guard, order: Guarded) -> None:
    """It comes to its limit and no further, whatever it does then."""
    need("pids")
    bomb = "b() { b | b & }; ulimit -u 400; b; sleep 0.3"
    end = await guard.run(order("bash", "-c", bomb, limits=Limits(processes=50), timeout_s=5.0))
    assert exceeded(end) == ["processes"]


async def test_processor_time_of_all_together(any_guard: Guard, order: Guarded) -> None:
    """Four that spin use it up together; it has nothing to do with a timeout."""
    end = await any_guard.run(order(*BARE_PYTHON, "-c", SPINS, limits=Limits(cpu_s=0.6)))
    assert isinstance(end.outcome, LimitExceeded)
    assert not isinstance(end.outcome, TimedOut)
    assert exceeded(end) == ["cpu"]
    assert "s of processor time: the limit is 0.6 s (" in words(end)
    assert end.outcome.hint.startswith("busy: ")


async def test_processor_time_of_those_that_have_ended(any_guard: Guard, order: Guarded) -> None:
    """Many short ones count like one long one."""
    spin = "import time\nwhile time.process_time() < 0.1: pass"
    script = f'while :; do "$0" -I -S -c "{spin}"; done'
    end = await any_guard.run(order("sh", "-c", script, sys.executable, limits=Limits(cpu_s=1.0)))
    assert isinstance(end.outcome, LimitExceeded)
    assert exceeded(end) == ["cpu"]


async def test_processor_time_used_up_before_anybody_looked(any_guard: Guard, order: Guarded) -> None:
    """What ended by itself did not keep within its limit for that."""
    spin = "import time\nwhile time.process_time() < 0.1: pass"
    end = await any_guard.run(order(*BARE_PYTHON, "-c", spin, limits=Limits(cpu_s=0.02)))
    assert exceeded(end) == ["cpu"]


async def test_open_files_and_niceness(any_guard: Guard, order: Guarded) -> None:
    """Both reach what the command starts; a step that runs out of files only says so itself."""
    script = "sh -c 'ulimit -Sn; ulimit -Hn; cut -d \" \" -f 19 /proc/self/stat'"
    end = await any_guard.run(order("sh", "-c", script, limits=Limits(open_files=37, nice=3)))
    assert end.last_lines == ("37", "37", str(os.nice(0) + 3))
    assert end.exceeded == ()


async def test_next_command_has_none_of_them(any_guard: Guard, order: Guarded) -> None:
    """A guardian takes one command after the other, and limits are those of one."""
    limited = order("true", limits=Limits(memory=64 * MIB, processes=20, cpu_s=5.0, open_files=37, nice=3))
    assert (await any_guard.run(limited)).outcome == Exited(0)
    end = await any_guard.run(order("sh", "-c", "ulimit -n; nice; cat /proc/self/cgroup"))
    files, niceness, *groups = end.last_lines
    assert files != "37"
    assert niceness == str(os.nice(0))
    assert not any("/gk-" in line for line in groups if not line.startswith("0::"))


async def test_service_goes_on_being_held(any_guard: Guard, order: Guarded, run_folder: Path) -> None:
    """A service that goes beyond its limit later is ended for it, and counts as died."""
    grows = f"import os, time\nwhile not os.path.exists('go'): time.sleep(0.01)\n{GROWS}"
    (run_folder / "service.py").write_text(grows)
    script = 'setsid "$0" -I -S service.py & echo $! > pid'
    end = await any_guard.run(order("sh", "-c", script, sys.executable, keep="stack", limits=Limits(memory=64 * MIB)))
    assert end.service
    pid = int((run_folder / "pid").read_text())
    (run_folder / "go").touch()
    await soon(lambda: not _lives(pid))
    died: tuple[DeadService, ...] = ()
    while not died:
        died = await any_guard.died_services()
    assert [one.name for one in died] == ["stack"]
    assert "the limit is 64 MiB" in died[0].why


async def test_service_that_was_beyond_its_limit_as_a_step_is_none(guard: Guard, order: Guarded) -> None:
    """What was refused something while it started is not kept."""
    need("pids")
    script = f"setsid sleep 30 & \"$0\" -I -S -c '{FORKS}' 60"
    end = await guard.run(order("sh", "-c", script, sys.executable, keep="stack", limits=Limits(processes=20)))
    assert exceeded(end) == ["processes"]
    assert not end.service


async def test_killed_for_the_memory_of_somebody_else(guard: Guard, order: Guarded) -> None:
    """A group around the command that is none of ours has no more: that is told, and not as a limit of the step."""
    parent = cgroup.own_groups().get("memory", "")
    if not os.access(parent or "/nowhere", os.W_OK):
        pytest.skip("no writable memory cgroup of version 1 here")
    outer = Path(parent) / f"outer-of-{os.getpid()}"
    outer.mkdir()
    (outer / "memory.limit_in_bytes").write_text(str(48 * MIB))
    end = await guard.run(
        order("sh", "-c", f'echo $$ > {outer}/cgroup.procs; exec "$0" -I -S -c "{HOLDS}" 100', sys.executable)
    )
    await soon(lambda: cgroup.remove(str(outer), 0.1))
    assert end.outcome == Signalled(signal.SIGKILL)
    assert exceeded(end) == ["memory"]
    assert "for want of memory" in words(end)
    assert "limit is" not in words(end)


async def test_plain_kill_is_no_want_of_memory(any_guard: Guard, order: Guarded) -> None:
    """A SIGKILL alone says nothing of memory."""
    end = await any_guard.run(order("sh", "-c", "kill -9 $$"))
    assert end.outcome == Signalled(signal.SIGKILL)
    assert end.exceeded == ()


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] not in b"ZX"
    except OSError:
        return False
