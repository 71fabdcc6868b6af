"""Machines that lack something, or that lie: fewer layers are said to be there, and still nothing gets away."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gatekeeper.adapters.guard.system import cgroup
from tests.adapters.guard.elsewhere import Elsewhere, in_private_mounts
from tests.adapters.guard.guard_situations import BARE_PYTHON, ROOT, SITUATIONS, Witness
from tests.situations.escape import EXPECTED

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the full guard is Linux only")

MOUNTS = {
    "proc with hidepid": "mount -t proc -o hidepid=2 proc /proc",
    "read-only cgroups": "mount -o remount,ro,bind {cgroups}",
    "no cgroups": "umount {cgroups}",
}
HIDDEN = {"no children files": "/children", "no cgroup.kill": "/cgroup.kill", "neither": "/children:/cgroup.kill"}
WITHOUT_CGROUPS = {"read-only cgroups", "no cgroups", "no cgroup.kill", "neither"}
ENDS = {"exit": ("Exited(code=0)", (30.0,)), "stay": ("TimedOut", (1.0, 5.0, 25.0))}
"""How an escape ends, and after how many seconds at most. On a busy machine, not all may be there the first time."""


@pytest.fixture(scope="module")
def strange(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that makes a machine look strange."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler here")
    library = tmp_path_factory.mktemp("strange") / "strange.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, SITUATIONS / "strange.c", "-ldl"], check=True)
    return library


@pytest.fixture
def somewhere(run_folder: Path, request: pytest.FixtureRequest) -> Iterator[Elsewhere]:
    """A guard on the machine that the test's parameter describes."""
    machine = request.param
    if machine in MOUNTS:
        cgroups = cgroup.own_group()
        script = MOUNTS[machine].format(cgroups=cgroups)
        if subprocess.run([*in_private_mounts(script), "true"], check=False, capture_output=True).returncode:
            pytest.skip("no mounts of one's own here, or no cgroup v2")
        made = Elsewhere(run_folder, behind=in_private_mounts(script))
    else:
        strange = request.getfixturevalue("strange")
        made = Elsewhere(run_folder, environ={"LD_PRELOAD": str(strange), "STRANGE_HIDES": HIDDEN[machine]})
    yield made
    made.close()


@pytest.mark.slow
@pytest.mark.parametrize("somewhere", [*MOUNTS, *HIDDEN], indirect=True)
@pytest.mark.parametrize("kind", ["double_fork_empty_environment", "hundred", "subreaper_daemon"])
@pytest.mark.parametrize("then", ENDS)
def test_nothing_gets_away(
    somewhere: Elsewhere, witness: Witness, kind: str, then: str, request: pytest.FixtureRequest
) -> None:
    """Counted at the moment of return; and what the machine does not offer is not claimed."""
    outcome, timeouts_s = ENDS[then]
    escape = (*BARE_PYTHON, str(SITUATIONS / "escape.py"), kind, str(witness.path), then)
    for timeout_s in timeouts_s:
        witness.path.unlink(missing_ok=True)
        end = somewhere.run(*escape, timeout_s=timeout_s)
        survivors = witness.alive()
        assert survivors == []
        assert outcome in end["outcome"]
        if len(witness.announced()) == EXPECTED[kind]:
            break
    assert {kind for kind, _ in end["incidents"]} <= {"stray"}
    assert len(witness.announced()) == EXPECTED[kind]
    machine = request.node.callspec.params["somewhere"]
    if machine in WITHOUT_CGROUPS or not cgroup.usable_parent():
        assert "cgroup2" not in end["layers"]
    else:
        assert end["layers"][0] == "cgroup2"


@pytest.fixture
def jumping(run_folder: Path, strange: Path) -> Iterator[Elsewhere]:
    """A guard whose wall clock jumps a day forward or back whenever it is read, in every process of it."""
    made = Elsewhere(run_folder, environ={"LD_PRELOAD": str(strange), "STRANGE_CLOCK": "1"})
    yield made
    made.close()


@pytest.mark.slow
def test_deadlines_do_not_follow_the_wall_clock(jumping: Elsewhere) -> None:
    """Neither early nor late, however the clock is set meanwhile."""
    end = jumping.run("sleep", "600", timeout_s=0.7)
    assert "TimedOut" in end["outcome"]
    assert 0.7 <= end["duration_s"] < 25, "the clock jumped by a day"


@pytest.mark.slow
def test_quiet_periods_do_not_follow_the_wall_clock(jumping: Elsewhere) -> None:
    """A step that talks goes on; one that stopped talking is ended after its quiet period, and never before."""
    talking = "n=0; while [ $n -lt 20 ]; do echo $n; n=$((n + 1)); sleep 0.1; done"
    assert jumping.run("sh", "-c", talking, quiet_s=15)["outcome"] == "Exited(code=0)"
    end = jumping.run("sh", "-c", "echo so far; exec sleep 600", quiet_s=0.8)
    assert "by='quiet'" in end["outcome"]
    assert 0.8 <= end["duration_s"] < 25


@pytest.mark.slow
def test_the_guard_does_not_ask_what_time_it_is() -> None:
    """No decision of the guard reads a clock that somebody can set.

    Only best effort tells ages by it, and a time index says at what time it begins.
    """
    wall = {"time", "time_ns", "localtime", "gmtime", "CLOCK_REALTIME", "now", "utcnow", "today"}
    best_effort, index = "sampling/command.py", "output/timeline.py"
    asked = []
    room = ROOT / "gatekeeper" / "adapters" / "guard"
    for path in sorted(room.rglob("*.py")):
        name = str(path.relative_to(room))
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in wall and name not in {best_effort, index}:
                asked.append(f"{name}:{node.lineno}: {ast.unparse(node)}")
            if isinstance(node, ast.ImportFrom) and node.module in {"time", "datetime"}:
                asked.append(f"{name}:{node.lineno}: {ast.unparse(node)}")
    assert asked == []
