"""Controllers of cgroup v2 are had where they may be handed down, and nobody else is moved for it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gatekeeper.adapters.guard.limits import aside, controllers
from gatekeeper.adapters.guard.system import cgroup
from gatekeeper.adapters.guard.trial.leaves import find_controllers
from gatekeeper.model.machine import Controllers
from tests.adapters.guard.guard_situations import ROOT, eventually

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the full guard is Linux only")

MIB = 1 << 20


@pytest.fixture
def alone() -> Iterator[Path]:
    """A group of version 2 to be alone in, with a controller that only a group without processes may hand down."""
    parent = cgroup.usable_parent()
    if not parent or not aside.is_root(parent):
        pytest.skip("this is not the root of cgroup v2")
    if "hugetlb" not in controllers.names(f"{parent}/cgroup.controllers"):
        pytest.skip("version 2 has no controller here that can be tried")
    before = controllers.names(f"{parent}/cgroup.subtree_control")
    controllers.write(f"{parent}/cgroup.subtree_control", "+hugetlb")
    scope = Path(parent) / f"scope-of-{os.getpid()}"
    scope.mkdir()
    yield scope
    eventually(lambda: cgroup.remove(str(scope), 0.1))
    if "hugetlb" not in before:
        controllers.write(f"{parent}/cgroup.subtree_control", "-hugetlb")


ALONE = """
import os, sys
sys.path.append(sys.argv[1])
open(sys.argv[2] + "/cgroup.procs", "w").write("0")
from gatekeeper.adapters.guard.limits import aside, controllers
from gatekeeper.adapters.guard.system import cgroup
scope = sys.argv[2]
assert cgroup.own_group() == scope
orchestrator = os.getpid()
if os.fork() == 0:  # a warden
    if os.fork() == 0:  # a guardian
        handed = aside.hand_down("hugetlb", scope)
        print("handed down", handed, controllers.names(scope + "/cgroup.subtree_control"), flush=True)
        os._exit(0)
    os.wait()
    os._exit(0)
os.wait()
print("own", cgroup.own_group() == scope, os.path.basename(cgroup.own_groups()[""]).endswith("_aside"), flush=True)
print("usable", cgroup.usable_parent() == scope, flush=True)
aside.come_back()
print("back", cgroup.own_groups()[""] == scope, os.listdir(scope).count("gk-%d_aside" % orchestrator), flush=True)
"""


def test_run_that_is_alone_in_its_group_moves_aside(alone: Path) -> None:
    """Only a group without processes hands controllers down: the run makes room, and is back in the end."""
    done = subprocess.run(
        [sys.executable, "-c", ALONE, str(ROOT), str(alone)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [
        "handed down True ['hugetlb']",
        "own True True",
        "usable True",
        "back True 0",
    ]


def test_run_that_is_not_alone_leaves_its_group_as_it_is(alone: Path) -> None:
    """Nobody else is ever moved, be it the shell that we were called from."""
    other = subprocess.Popen(["sleep", "600"])
    (alone / "cgroup.procs").write_text(str(other.pid))
    done = subprocess.run(
        [sys.executable, "-c", ALONE, str(ROOT), str(alone)], capture_output=True, text=True, check=True
    )
    members = cgroup.members(str(alone))
    other.kill()
    other.wait()
    assert done.stdout.splitlines()[:2] == ["handed down False []", "own True False"]
    assert members == [other.pid]


def test_settings_and_counts_of_version_2(tmp_path: Path) -> None:
    """What is written to a leaf of version 2 and read from it; on files that look like the kernel's, not by it."""
    files = {
        "cgroup.controllers": "memory pids\n",
        "memory.max": "",
        "memory.swap.max": "",
        "memory.oom.group": "",
        "memory.events": "low 0\nhigh 0\nmax 12\noom 2\noom_kill 3\noom_group_kill 1\n",
        "pids.max": "",
        "pids.events": "max 7\n",
        "cpu.stat": "usage_usec 1500000\nuser_usec 1\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    memory = controllers.hold(controllers.MEMORY, 64 * MIB, str(tmp_path), "")
    pids = controllers.hold(controllers.PIDS, 20, str(tmp_path), "")
    cpu = controllers.hold(controllers.CPU, 0, str(tmp_path), "")
    assert memory is not None
    assert pids is not None
    assert cpu is not None
    assert {one.version for one in (memory, pids, cpu)} == {2}
    assert (memory.killed(), pids.refused(), cpu.cpu_s()) == (3, 7, 1.5)
    settings = ("memory.max", "memory.swap.max", "memory.oom.group", "pids.max")
    assert [(tmp_path / name).read_text() for name in settings] == [str(64 * MIB), "0", "1", "20"]
    (tmp_path / "cgroup.controllers").write_text("cpu\n")
    assert controllers.hold(controllers.MEMORY, 64 * MIB, str(tmp_path), "") is None


def test_doctor_names_the_controllers_that_the_guard_would_use() -> None:
    """One rule for both: what is told of a machine is what a step gets there."""
    would_use = controllers.usable_controllers()
    of_version = {words: tuple(name for name in would_use if would_use[name] == words) for words in would_use.values()}
    assert find_controllers() == Controllers(of_version.get("cgroup", ()), of_version.get("cgroup v1", ()))
