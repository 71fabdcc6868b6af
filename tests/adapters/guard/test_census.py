"""Looking again and again without the kernel's help: who belongs to a command, and who only looks like it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import psutil
import pytest

from gatekeeper.adapters.guard.sampling import watchdog
from gatekeeper.adapters.guard.sampling.census import Census, Lineage, lives
from gatekeeper.adapters.guard.sampling.guard import SamplingGuard
from gatekeeper.adapters.guard.sampling.watchdog_link import Watchdog
from gatekeeper.adapters.guard.system.identity import start_of
from gatekeeper.adapters.guard.trial.guards import try_guard
from gatekeeper.model.containment import GuardEnd
from gatekeeper.model.machine import GuardTrial
from gatekeeper.model.outcome import Exited, TimedOut
from tests.adapters.guard.guard_situations import PATIENCE_S, Guarded, eventually, helpers, in_time, soon

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the situations are told in Linux's /proc")

COOKIE = "census:0123456789abcdef.1"


class Family:
    """A leader whose children this test makes for it, one line of its input each."""

    def __init__(self, census: Census) -> None:
        self.census = census
        strangers = census.present()
        program = ["sh", "-c", 'while read -r line; do eval "$line"; echo done; done']
        environ = {**os.environ, "GATEKEEPER_COOKIE": COOKIE}
        self.leader = subprocess.Popen(
            program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ, start_new_session=True
        )
        self.lineage = Lineage(psutil.Process(self.leader.pid), COOKIE, strangers)
        census.add(self.lineage)

    def do(self, line: str) -> None:
        """Have the leader do something, and wait until it is done."""
        assert self.leader.stdin is not None
        assert self.leader.stdout is not None
        self.leader.stdin.write(f"{line}\n")
        self.leader.stdin.flush()
        while self.leader.stdout.readline() != "done\n":
            pass

    def commands(self) -> list[str]:
        """The command lines of the members that live, the leader left out."""
        found = [one for one in self.lineage.alive() if one.pid != self.leader.pid]
        return sorted(" ".join(one.cmdline()) for one in found)

    def close(self) -> None:
        for one in self.lineage.alive():
            if one.pid != self.leader.pid:
                one.kill()
        assert self.leader.stdin is not None
        assert self.leader.stdout is not None
        self.leader.stdin.close()
        self.leader.stdout.close()
        self.leader.kill()
        self.leader.wait()


@pytest.fixture
def family() -> Iterator[Family]:
    made = Family(Census())
    yield made
    made.close()


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "600"], start_new_session=True)
    yield process
    process.kill()
    process.wait()


def is_sleeping(family: Family, *commands: str) -> bool:
    family.census.look()
    return family.commands() == sorted(commands)


def test_child_and_whoever_descends_from_it(family: Family) -> None:
    """Also a grandchild of which only its parent tells."""
    family.do("sleep 601 & sh -c 'sleep 602 & exec sleep 603' &")
    eventually(lambda: is_sleeping(family, "sleep 601", "sleep 602", "sleep 603"))


def test_orphan_of_a_group_that_was_known(family: Family) -> None:
    """Its parent came and went between two looks, its environment is empty; but its group is the leader's."""
    family.do("(env -i sleep 601 &)")
    eventually(lambda: is_sleeping(family, "sleep 601"))


def test_daemon_that_kept_its_environment(family: Family) -> None:
    """New session, parent gone before it was looked for: the cookie tells."""
    family.do("(setsid sleep 601 &)")
    eventually(lambda: is_sleeping(family, "sleep 601"))


def test_what_a_daemon_that_was_seen_starts_later(family: Family, tmp_path: Path) -> None:
    """Once a session is known to be the command's, whatever is in it is too."""
    go = tmp_path / "go"
    wait = f"until [ -e {go} ]; do sleep 0.01; done; (env -i sleep 602 &); exec sleep 601"
    family.do(f"setsid sh -c '{wait}' &")
    eventually(lambda: family.census.look() or len(family.lineage._groups) > 1)
    go.touch()
    eventually(lambda: is_sleeping(family, "sleep 601", "sleep 602"))


def test_same_command_of_somebody_else(family: Family) -> None:
    """Same command line, same folder, same user, started while the command runs: never its own."""
    stranger = subprocess.Popen(["sleep", "601"])
    try:
        family.do("sleep 601 &")
        eventually(lambda: is_sleeping(family, "sleep 601"))
        assert stranger.pid not in family.lineage.members
        family.census.sweep(family.lineage)
        assert stranger.pid not in family.lineage.members
    finally:
        stranger.kill()
        stranger.wait()


def test_somebody_with_the_cookie_of_another_run(family: Family) -> None:
    """A longer token that begins the same is another one."""
    environ = {**os.environ, "GATEKEEPER_COOKIE": f"{COOKIE}1"}
    stranger = subprocess.Popen(["sleep", "601"], env=environ)
    try:
        eventually(lambda: psutil.Process(stranger.pid).cmdline() == ["sleep", "601"])
        family.census.look()
        family.census.sweep(family.lineage)
        assert stranger.pid not in family.lineage.members
    finally:
        stranger.kill()
        stranger.wait()


def test_who_was_there_before_is_never_a_member(bystander: subprocess.Popen[bytes]) -> None:
    """Not even with the cookie: nothing that is older than the leader can be its own."""
    census = Census()
    older = subprocess.Popen(["sleep", "600"], env={**os.environ, "GATEKEEPER_COOKIE": COOKIE})
    family = Family(census)
    try:
        census.look()
        census.sweep(family.lineage)
        assert family.commands() == []
        assert bystander.pid not in family.lineage.members
    finally:
        family.close()
        older.kill()
        older.wait()


def test_number_of_a_group_that_somebody_else_got(family: Family, bystander: subprocess.Popen[bytes]) -> None:
    """A group of the command is gone, and its number is a stranger's now: neither he nor his children are claimed."""
    lineage, stranger = family.lineage, psutil.Process(bystander.pid)
    lineage._groups.add(bystander.pid)
    present = set(psutil.pids())
    assert not lineage.claims(stranger, present)
    assert lineage.claims(stranger, present - {bystander.pid}), "as long as nobody has the number, it is the group's"
    lineage.notice_gone(present, {bystander.pid})
    assert not lineage.claims(stranger, present - {bystander.pid})


def test_number_of_a_member_that_somebody_else_got(family: Family, bystander: subprocess.Popen[bytes]) -> None:
    """What psutil remembers of the start time decides, not the number."""
    dead = psutil.Process(bystander.pid)
    bystander.kill()
    bystander.wait()
    family.lineage.members[bystander.pid] = dead
    assert dead not in family.lineage.alive()
    family.census.look()
    assert bystander.pid not in family.lineage.members


@pytest.fixture
def held() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sh", "-c", "sleep 600 & echo; wait"], stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    process.stdout.readline()
    children = psutil.Process(process.pid).children()
    yield process
    process.stdout.close()
    process.kill()
    for one in children:
        with contextlib.suppress(psutil.Error):
            one.kill()
    process.wait()


def test_watchdog_ends_who_is_held_and_what_descends_from_them(held: subprocess.Popen[bytes]) -> None:
    (child,) = psutil.Process(held.pid).children()
    watchdog.end_all({held.pid: psutil.Process(held.pid).create_time()})
    assert held.wait(PATIENCE_S) == -signal.SIGKILL
    assert not lives(child)


def test_watchdog_spares_a_number_that_somebody_else_got(held: subprocess.Popen[bytes]) -> None:
    """The same pid with another start time is another process."""
    watchdog.end_all({held.pid: psutil.Process(held.pid).create_time() - 60})
    assert held.poll() is None


def test_watchdog_sees_what_psutil_sees() -> None:
    """Start times that are told by ps(1) are those that the orchestrator tells, to the second."""
    me = watchdog.look()[os.getpid()]
    assert me.parent == os.getppid()
    assert me.group == os.getpgid(0)
    assert abs(me.start - psutil.Process().create_time()) <= watchdog._TOLERANCE_S


@pytest.mark.slow
def test_watchdog_that_does_not_listen_keeps_nobody_waiting(held: subprocess.Popen[bytes]) -> None:
    """A stopped one costs what it would have been good for, and not a run."""
    dog = Watchdog("watchdog:0123456789abcdef")
    dog.begin(1)
    (pid,) = [one for one in psutil.Process().children() if one.cmdline()[-1:] == ["watchdog:0123456789abcdef"]]
    pid.suspend()
    # Whoever waited for it would do so for ever, and for longer than a test may take.
    for number in range(20_000):
        dog.hold(1, 1 << 30, float(number))
    dog.end(1)
    dog.close()
    assert not pid.is_running()


def test_start_times_of_other_systems() -> None:
    """In milliseconds of the day, the same at every look, and none for the dead."""
    process = subprocess.Popen(["sleep", "600"])
    start = start_of(process.pid, "darwin")
    assert abs(start / 1000 - time.time()) < 30
    assert start_of(process.pid, "darwin") == start
    process.kill()
    eventually(lambda: start_of(process.pid, "darwin") == 0)
    process.wait()
    assert start_of(process.pid, "darwin") == 0


@pytest.mark.anyio
async def test_doctor_tries_the_guard_of_other_systems_too() -> None:
    assert await try_guard(None) == GuardTrial(("best-effort",), "best-effort", gone=True)


@pytest.mark.anyio
async def test_quiet_period(run_folder: Path, order: Guarded) -> None:
    """No output for so long is a hang, here as elsewhere."""
    guard = SamplingGuard(run="test", folder=str(run_folder), ledger=str(run_folder / "ledger"))

    async def run(quiet_s: float) -> GuardEnd:
        return await guard.run(order("sh", "-c", "echo hello; sleep 600", quiet_s=quiet_s))

    end = await in_time(run, lambda end: end.last_lines, 0.3)
    assert isinstance(end.outcome, TimedOut)
    assert end.outcome.by == "quiet"
    assert end.last_lines == ("hello",)
    await guard.close()


@pytest.mark.anyio
async def test_side_by_side(run_folder: Path, order: Guarded) -> None:
    """One look serves all commands, and the end of one touches nothing of the other."""
    guard = SamplingGuard(run="test", folder=str(run_folder), ledger=str(run_folder / "ledger"))
    ends: dict[str, Any] = {}

    async def one(name: str, script: str) -> None:
        ends[name] = await guard.run(order("sh", "-c", script))

    async with anyio.create_task_group() as steps:
        steps.start_soon(one, "long", "setsid sleep 602 & touch up; until [ -e go ]; do sleep 0.01; done; kill -0 $!")
        await soon((run_folder / "up").exists)
        asleep = """until [ "$(tr -d '\\0' < /proc/$!/cmdline)" = sleep601 ]; do :; done"""
        await one("short", f"setsid sleep 601 & {asleep}; exit 0")
        assert [stray.argv for stray in ends["short"].strays] == [("sleep", "601")]
        (run_folder / "go").touch()
    assert ends["long"].outcome == Exited(0), "its own daemon was still there at its end"
    assert [stray.argv for stray in ends["long"].strays] == [("sleep", "602")]
    token = guard._token
    await guard.close()
    assert helpers(token) == []
