"""What a killed gatekeeper left is finished by the next one: only that, and only once its owner is dead."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gatekeeper.adapters.guard.guard import Guard
from gatekeeper.adapters.guard.ledger import Ledger, Owner, Start, unfinished
from gatekeeper.adapters.guard.reap import Reaped, reap
from gatekeeper.adapters.guard.system import cgroup, procfs
from tests.adapters.guard.guard_situations import ROOT, SITUATIONS, Guarded, eventually, helpers, kill_at_once, soon

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the full guard is Linux only")

DEAD = Owner(procfs.boot_id(), 2**22 - 1, 7)
COOKIE = f"run:{os.urandom(4).hex()}.1"


def sleeper(cookie: str | None) -> subprocess.Popen[bytes]:
    """A process as a former step may have left it."""
    environ = {"PATH": os.environ["PATH"]} | ({"GATEKEEPER_COOKIE": cookie} if cookie else {})
    return subprocess.Popen(["sleep", "600"], env=environ, start_new_session=True)


@pytest.mark.slow
@pytest.mark.parametrize("layers", ["cgroup", "no-cgroup"])
def test_orchestrator_and_all_helpers_are_killed_at_once(run_folder: Path, layers: str) -> None:
    """With nobody left to end it the step lives on, until the next start reads the ledger."""
    script = 'setsid sleep 600 & echo $! > "$0.new"; mv "$0.new" "$0"; wait'
    pidfile = run_folder / "pid"
    argv = ("sh", "-c", script, str(pidfile))
    orchestrator = subprocess.Popen(
        [sys.executable, str(SITUATIONS / "orchestrator.py"), str(run_folder), layers, "50", *argv],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
    )
    assert orchestrator.stdout is not None
    token = orchestrator.stdout.readline().split()[1]
    eventually(pidfile.exists)
    pid = int(pidfile.read_text())
    start = procfs.start_of(pid)
    assert reap(str(run_folder / "ledger.jsonl")) == ()
    everybody = [orchestrator.pid, *helpers(token)]
    kill_at_once(everybody)
    orchestrator.wait()
    orchestrator.stdout.close()
    eventually(lambda: not helpers(token))
    assert procfs.is_alive(pid, start)
    reaped = reap(str(run_folder / "ledger.jsonl"))
    assert not procfs.is_alive(pid, start)
    assert Reaped("process", "gate-step-1", "sleep 600", pid) in reaped
    assert reap(str(run_folder / "ledger.jsonl")) == ()


def test_another_boot_is_another_machine(tmp_path: Path) -> None:
    """Pids and cookies from before the last boot mean nothing, so nothing is touched."""
    process = sleeper(COOKIE)
    ledger = Ledger(str(tmp_path / "ledger"))
    ledger.append(Start(DEAD._replace(boot="another"), COOKIE, "step", ""))
    ledger.close()
    assert reap(str(tmp_path / "ledger")) == ()
    assert process.poll() is None
    process.kill()
    process.wait()


def test_owner_that_lives_is_left_alone_and_a_reused_pid_is_not_it(tmp_path: Path) -> None:
    """The same pid with another start time is not the owner."""
    process = sleeper(COOKIE)
    path = str(tmp_path / "ledger")
    me = Owner.this_process()
    ledger = Ledger(path)
    ledger.append(Start(me, COOKIE, "step", ""))
    assert reap(path) == ()
    assert process.poll() is None
    ledger.append(Start(me._replace(start=me.start - 1), COOKIE, "step", ""))
    ledger.close()
    assert [one.pid for one in reap(path)] == [process.pid]
    process.wait()


def test_torn_last_line(tmp_path: Path) -> None:
    """A machine that died in the middle of a line does not hide the lines before, nor swallow the next."""
    path = tmp_path / "ledger"
    ledger = Ledger(str(path))
    ledger.append(Start(DEAD, COOKIE, "step", ""))
    ledger.close()
    path.write_bytes(path.read_bytes() + b'{"v": 1, "boot": "x", "own')
    assert [start.label for start in unfinished(str(path))] == ["step"]
    ledger.append(Start(DEAD, COOKIE, "next", ""))
    ledger.close()
    assert [start.label for start in unfinished(str(path))] == ["step", "next"]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"\xff\xfe",
        b'{"v": 2}',
        b'{"v": 1, "boot": 3, "owner": [], "cookie": 1}',
        json.dumps(
            {"v": 1, "boot": DEAD.boot, "owner": [1 << 22, 7], "cookie": "", "label": "", "cgroup": ""}
        ).encode(),
        json.dumps(
            {"v": 1, "boot": DEAD.boot, "owner": [1 << 22, 7], "cookie": "x", "label": "", "cgroup": "/"}
        ).encode(),
    ],
)
def test_ledger_that_makes_no_sense(tmp_path: Path, line: bytes) -> None:
    """Whatever stands in the file, nobody is hurt by it."""
    bystander = sleeper(None)
    empty = sleeper("")
    (tmp_path / "ledger").write_bytes(line + b"\n")
    assert reap(str(tmp_path / "ledger")) == ()
    assert (bystander.poll(), empty.poll()) == (None, None)
    for one in (bystander, empty):
        one.kill()
        one.wait()


def test_leaf_that_is_not_ours_is_not_killed(tmp_path: Path) -> None:
    """A ledger cannot make us kill a cgroup that the guard would never have made."""
    parent = cgroup.usable_parent()
    if not parent:
        pytest.skip("no writable cgroup v2 here")
    foreign = Path(parent) / f"not-a-leaf-{os.getpid()}"
    foreign.mkdir()
    process = sleeper(None)
    (foreign / "cgroup.procs").write_text(str(process.pid))
    ledger = Ledger(str(tmp_path / "ledger"))
    ledger.append(Start(DEAD, COOKIE, "step", str(foreign)))
    ledger.close()
    assert reap(str(tmp_path / "ledger")) == ()
    assert process.poll() is None
    process.kill()
    process.wait()
    eventually(lambda: cgroup.remove(str(foreign), 0.1))


@pytest.mark.anyio
async def test_closed_guard_leaves_nothing_to_reap(order: Guarded, run_folder: Path) -> None:
    """After an orderly end the ledger says so, and `reap` has nothing to look for."""
    path = str(run_folder / "ledger.jsonl")
    guard = Guard(run="test", folder=str(run_folder), ledger=path)
    await guard.run(order("true"))
    assert len(unfinished(path)) == 1
    await guard.close()
    await guard.close()
    assert unfinished(path) == ()
    await soon(lambda: not helpers(guard._token))
