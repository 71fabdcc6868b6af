"""A process that even SIGKILL does not end: it is named, the run goes on, and nobody waits for it for ever."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from gatekeeper.adapters.guard.guard import Guard
from gatekeeper.adapters.guard.system import cgroup
from gatekeeper.model.containment import GuardEnd
from gatekeeper.model.incident import IncidentKind
from gatekeeper.model.outcome import Exited, TimedOut
from tests.adapters.guard.guard_situations import PATIENCE_S, SITUATIONS, Guarded, alive, eventually, start_of

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="the full guard is Linux only"),
]

# The leader of the one hangs, the other leaves one that hangs; each says who it is before it asks.
LEADER = 'echo $$ > leader; exec cat "$0"'
LEFT = '(exec sh -c \'echo $$ > left.new; mv left.new left; exec cat "$0"\' "$0") & until [ -e left ]; do :; done; '
IN_THE_KERNEL = 'until grep -q "^State:.*D\\|request_wait" /proc/$(cat left)/status /proc/$(cat left)/wchan; do :; done'


class HungDisk:
    """A file system that takes questions and does not answer."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "x"
        self.process = subprocess.Popen(
            [sys.executable, str(SITUATIONS / "hung_disk.py"), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        if self.process.stdout.readline() != "mounted\n":
            pytest.skip(f"no file system of one's own here: {self.process.communicate()[1]}")

    def answer(self) -> None:
        """Let everybody go who waits."""
        self.process.communicate(timeout=PATIENCE_S)


@pytest.fixture
def hung_disk(tmp_path: Path) -> Iterator[HungDisk]:
    if os.geteuid() != 0 or not Path("/dev/fuse").exists():
        pytest.skip("to mount a file system one must be root and have /dev/fuse")
    folder = tmp_path / "hung"
    folder.mkdir()
    disk = HungDisk(folder)
    yield disk
    if disk.process.poll() is None:
        disk.answer()


async def test_process_in_uninterruptible_sleep(
    guard: Guard, order: Guarded, run_folder: Path, hung_disk: HungDisk
) -> None:
    """As the leader, and as a stray: the step ends with an incident that names it, and the next step runs at once."""
    ends: dict[str, GuardEnd] = {}

    async def one(name: str, script: str, timeout_s: float) -> None:
        ends[name] = await guard.run(order("sh", "-c", script, str(hung_disk.file), timeout_s=timeout_s))

    async with anyio.create_task_group() as steps:
        steps.start_soon(one, "leader", LEADER, 3.0)
        steps.start_soon(one, "left", LEFT + IN_THE_KERNEL, PATIENCE_S)
    assert isinstance(ends["leader"].outcome, TimedOut)
    assert ends["left"].outcome == Exited(0)
    stuck = [(int((run_folder / name).read_text()), name) for name in ends]
    started = {pid: start_of(pid) for pid, _ in stuck}
    for pid, name in stuck:
        assert alive(pid, started[pid])
        (incident,) = (each for each in ends[name].incidents if each.kind is IncidentKind.UNKILLABLE)
        assert f"pid {pid}" in incident.message
    # Whoever waited for what does not die would do so until the disk answers, which is after all of this.
    assert (await guard.run(order("true"))).outcome == Exited(0)
    await guard.close()
    assert all(alive(pid, started[pid]) for pid, _ in stuck)
    hung_disk.answer()
    eventually(lambda: not any(alive(pid, started[pid]) for pid, _ in stuck))
    # While it is not empty, nobody can; the next gatekeeper does so when the owner is dead, which here is this test.
    for leaf in cgroup.with_prefix(f"{cgroup.own_group()}/{cgroup.leaf_name(guard._token, '')}"):
        assert cgroup.remove(leaf, 1.0)
