"""`gatekeeper doctor` for somebody without rights: weaker layers, the way to better ones, and what delegation gives."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gatekeeper.adapters.guard.system import cgroup
from tests.cli.doctors import in_namespace, looked, told
from tests.support.ordinary_user import NAME, copy_gatekeeper, give, python_for_everybody
from tests.support.projects import Project, program

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="these are Linux's layers")


@pytest.fixture(scope="module")
def site() -> Iterator[Path]:
    """gatekeeper where an ordinary user can run it."""
    if os.geteuid() != 0:
        pytest.skip("becoming an ordinary user takes root")
    with tempfile.TemporaryDirectory(prefix="doctor-of-nobody-") as parent:
        copy_gatekeeper(Path(parent) / "site")
        (Path(parent) / "project" / "gates").mkdir(parents=True)
        give(Path(parent))
        yield Path(parent)


@pytest.fixture
def of_nobody(site: Path) -> Iterator[Project]:
    python = python_for_everybody()
    if python is None:
        pytest.skip("there is no Python of this version that every user may run")
    made = Project(site / "project", site / "tmp", [python, "-m", "gatekeeper"], user=NAME)
    give(site / "tmp")
    made.always = {"PYTHONPATH": str(site / "site"), "HOME": str(site), "PYTHONDONTWRITEBYTECODE": "1"}
    yield made
    made.clean_up()


@pytest.mark.slow
def test_an_ordinary_user_without_a_group(of_nobody: Project) -> None:
    """The guardian alone is good enough; how a group could be had is said, and what was tried for it."""
    done = of_nobody.gatekeeper("doctor", "--json").expect(0)
    found = json.loads(done.out)
    assert found["containment"] == "guardian"
    row = told(done)["cgroup v2 leaf"]
    assert row["grade"] == "look"
    if found["found"]["linux"]["leaf"]["state"] == "refused":
        assert f"{NAME} may make no group" in row["found"]
        assert "Delegate=yes" in row["advice"]
    assert any("killing its guardian" in limit for limit in found["limits"])
    assert told(done)["guardian"]["found"].endswith("(caught by guardian)")


@pytest.mark.slow
def test_an_ordinary_user_with_a_group_of_its_own(of_nobody: Project) -> None:
    """What delegation gives is enough for the full strength."""
    parent = cgroup.usable_parent()
    if not parent:
        pytest.skip("no writable cgroup v2 here")
    group = Path(parent) / f"doctor-delegated-{os.getpid()}"
    group.mkdir()
    shutil.chown(group, NAME)
    for name in ("cgroup.procs", "cgroup.subtree_control", "cgroup.threads"):
        shutil.chown(group / name, NAME)
    try:
        enter = ["sh", "-c", f'echo $$ > {group}/cgroup.procs; exec "$@"', "sh"]
        become = [sys.executable, "-c", _BECOME, NAME]
        of_nobody.user = None
        of_nobody.command = [*enter, *become, *of_nobody.command]
        done = of_nobody.gatekeeper("doctor", "--json").expect(0)
        assert json.loads(done.out)["containment"] == "cgroup"
        assert told(done)["all together"]["found"].endswith("(caught by cgroup2)")
    finally:
        cgroup.remove(str(group), within_s=20)


_BECOME = """
import os, pwd, sys
who = pwd.getpwnam(sys.argv[1])
os.setgroups([]); os.setgid(who.pw_gid); os.setuid(who.pw_uid)
os.execvp(sys.argv[2], sys.argv[2:])
"""


@pytest.mark.slow
def test_hidden_processes(of_nobody: Project) -> None:
    """Where /proc hides other users' processes, an ordinary user's sweep sees less, and that is said."""
    command = [sys.executable, "-c", _BECOME, NAME, *of_nobody.command]
    in_namespace(of_nobody, "mount -t proc -o hidepid=2 proc /proc")
    of_nobody.user = None
    of_nobody.command = [*of_nobody.command[: -len(program())], *command]
    row = looked(of_nobody)["cookie"]
    assert row["grade"] == "look"
    assert "hidepid=" in row["found"]
