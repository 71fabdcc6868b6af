"""The groups that hold a command's limits go when it goes, whoever was killed; without them there are limits too."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from gatekeeper.adapters.guard.guard import Guard
from gatekeeper.adapters.guard.limits import controllers
from gatekeeper.adapters.guard.reap import Reaped, reap
from gatekeeper.adapters.guard.system import cgroup, procfs
from gatekeeper.model.outcome import Exited, GuardBroken, NotStarted
from gatekeeper.model.plan import Limits
from tests.adapters.guard.guard_situations import ROOT, SITUATIONS, Guarded, eventually, helpers, kill_at_once, soon
from tests.support.ordinary_user import NAME, copy_gatekeeper, give, python_for_everybody

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the full guard is Linux only")

MIB = 1 << 20
LIMITS = Limits(memory=64 * MIB, processes=20, cpu_s=30.0)
DAEMON = 'setsid env -i sleep 600 & echo $! > "$0.new"; mv "$0.new" "$0"; sleep 600'


def groups_of(token: str) -> list[str]:
    """The groups of version 1 that were made under a guard's token."""
    return [group for one in controllers.beside(cgroup.leaf_name(token, "")) for group in cgroup.with_prefix(one)]


@pytest.fixture
def version_1() -> None:
    if "cgroup v1" not in controllers.usable_controllers().values():
        pytest.skip("no controller of cgroup v1 that may be used here")


@pytest.mark.anyio
@pytest.mark.usefixtures("version_1")
async def test_group_is_there_with_its_command_and_no_longer(guard: Guard, order: Guarded, run_folder: Path) -> None:
    """Nothing is left in the hierarchies of version 1 when the guard returns."""
    ready, ends = run_folder / "ready", []

    async def run() -> None:
        script = 'touch "$0"; until [ -e "$0.go" ]; do sleep 0.01; done'
        ends.append(await guard.run(order("sh", "-c", script, str(ready), limits=LIMITS)))

    async with anyio.create_task_group() as steps:
        steps.start_soon(run)
        await soon(ready.exists)
        made = groups_of(guard._token)
        inside = [cgroup.members(group) for group in made]
        (run_folder / "ready.go").touch()
    assert ends[0].outcome == Exited(0)
    assert made
    assert all(inside)
    assert groups_of(guard._token) == []


@pytest.mark.anyio
@pytest.mark.usefixtures("version_1")
async def test_no_limit_no_group(guard: Guard, order: Guarded) -> None:
    """A command without such limits stays where it is."""
    end = await guard.run(order("cat", "/proc/self/cgroup", limits=Limits(open_files=100, nice=1)))
    assert not any("/gk-" in line for line in end.last_lines if not line.startswith("0::"))


@pytest.mark.anyio
@pytest.mark.usefixtures("version_1")
@pytest.mark.parametrize("victims", ["guardian", "guardian and warden"])
async def test_killed_guardian_leaves_no_group(guard: Guard, order: Guarded, run_folder: Path, victims: str) -> None:
    """The warden takes the group away; where that is dead too, the guard does when it closes."""
    pidfile, ends = run_folder / "pid", []

    async def run() -> None:
        ends.append(await guard.run(order("sh", "-c", DAEMON, str(pidfile), limits=LIMITS)))

    async with anyio.create_task_group() as steps:
        steps.start_soon(run)
        await soon(pidfile.exists)
        line = guard._running[1].line
        assert line is not None
        assert groups_of(guard._token)
        if "warden" in victims:
            os.kill(guard._warden._pid, signal.SIGKILL)
        os.kill(line.pid, signal.SIGKILL)
    assert isinstance(ends[0].outcome, GuardBroken)
    assert not procfs.start_of(int(pidfile.read_text()))
    if "warden" in victims:
        await guard.close()
    assert groups_of(guard._token) == []


@pytest.mark.slow
@pytest.mark.usefixtures("version_1")
def test_reap_takes_away_the_groups_of_a_killed_gatekeeper(run_folder: Path) -> None:
    """With everybody dead at once, the ledger knows them."""
    pidfile = run_folder / "pid"
    command = ("sh", "-c", DAEMON, str(pidfile))
    orchestrator = subprocess.Popen(
        [sys.executable, str(SITUATIONS / "orchestrator.py"), str(run_folder), "cgroup", "50", *command],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT), "LIMITS": json.dumps(LIMITS._asdict())},
        text=True,
    )
    assert orchestrator.stdout is not None
    token = orchestrator.stdout.readline().split()[1]
    eventually(pidfile.exists)
    pid = int(pidfile.read_text())
    everybody = [orchestrator.pid, *helpers(token)]
    kill_at_once(everybody)
    orchestrator.wait()
    orchestrator.stdout.close()
    eventually(lambda: not helpers(token))
    left = groups_of(token)
    assert left
    reaped = reap(str(run_folder / "ledger.jsonl"))
    assert groups_of(token) == []
    assert not procfs.start_of(pid)
    assert {Reaped("cgroup", "gate-step-1", group) for group in left} <= set(reaped)


@pytest.mark.usefixtures("version_1")
def test_what_lives_in_a_group_is_killed_before_it_is_taken_away() -> None:
    """Version 1 has no kill of its own."""
    (first, *_) = controllers.beside(cgroup.leaf_name("1:test", "0"))
    os.mkdir(first)
    process = subprocess.Popen(["sleep", "600"])
    Path(first, "cgroup.procs").write_text(str(process.pid))
    assert controllers.clear(first, 5.0)
    assert process.wait() == -signal.SIGKILL
    assert not os.path.exists(first)


@pytest.mark.slow
@pytest.mark.anyio
async def test_limits_that_cannot_be_set_start_nothing(
    guard: Guard, order: Guarded, monkeypatch: pytest.MonkeyPatch, run_folder: Path
) -> None:
    """A command that would run without its limits does not run."""
    broken = run_folder / "site"
    # The guardian reads its modules from this folder, so that it gets a group which cannot be joined.
    copy_gatekeeper(broken)
    bounds = broken / "gatekeeper" / "adapters" / "guard" / "limits" / "bounds.py"
    text = bounds.read_text()
    assert "self.restraints = (self._groups," in text
    bounds.write_text(text.replace("self.restraints = (self._groups,", 'self.restraints = (("/nowhere",),'))
    monkeypatch.setattr("gatekeeper.adapters.guard.warden_link._ROOT", str(broken))
    await guard.close()
    other = Guard(run="test", folder=str(run_folder), ledger=str(run_folder / "other.jsonl"))
    end = await other.run(order("touch", "ran", limits=Limits(cpu_s=30.0)))
    await other.close()
    assert isinstance(end.outcome, NotStarted)
    assert end.outcome.reason == "no-resources"
    assert "limits could not be set" in end.outcome.detail
    assert not (run_folder / "ran").exists()


@pytest.fixture
def folder_of_nobody() -> Iterator[tuple[Path, str]]:
    if os.geteuid() != 0:
        pytest.skip("this run is an ordinary user's already")
    python = python_for_everybody()
    if python is None:
        pytest.skip("there is no Python of this version that every user may run")
    with tempfile.TemporaryDirectory(prefix="of nobody ") as parent:
        here = Path(parent)
        copy_gatekeeper(here / "site")
        (here / "orchestrator.py").write_text((SITUATIONS / "orchestrator.py").read_text())
        (here / "run").mkdir()
        give(here)
        yield here, python


@pytest.mark.slow
@pytest.mark.parametrize(
    ("limits", "script", "told"),
    [
        (
            {"memory": 64 * MIB},
            "import time; held = []\nfor _ in range(400): held.append(b'x' * (1 << 20))\ntime.sleep(30)",
            "the limit is 64 MiB (looked at by the guard; rlimit for each process)",
        ),
        (
            {"processes": 20},
            "import os, time\nfor _ in range(60): os.fork() or time.sleep(30)\ntime.sleep(30)",
            "the limit is 20 (looked at by the guard; rlimit for the user)",
        ),
        ({"cpu_s": 0.5}, "while True: pass", "the limit is 0.5 s (looked at by the guard; rlimit for each process)"),
    ],
)
def test_ordinary_user(folder_of_nobody: tuple[Path, str], limits: dict[str, float], script: str, told: str) -> None:
    """Somebody without any right to a group has limits too, and is told by what they are held."""
    here, python = folder_of_nobody
    done = subprocess.run(
        [python, str(here / "orchestrator.py"), str(here / "run"), "cgroup", "30", python, "-I", "-S", "-c", script],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(here / "site"), "LIMITS": json.dumps(limits)},
        user=NAME,
        check=True,
        capture_output=True,
        text=True,
        cwd=here,
    )
    assert "LimitExceeded(" in done.stdout
    assert told in done.stdout
