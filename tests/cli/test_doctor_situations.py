"""`gatekeeper doctor` on machines that lack something: each probe is tried where it must find what is missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.adapters.guard.system import cgroup
from tests.cli.doctors import in_namespace, looked, told
from tests.support.ordinary_user import give
from tests.support.projects import Project, program

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="these are Linux's layers")]

UNMOUNT = 'awk \'$3 == "cgroup2" { print $2 }\' /proc/mounts | while read -r at; do umount "$at"; done'
READ_ONLY = (
    'awk \'$3 == "cgroup2" { print $2 }\' /proc/mounts | while read -r at; do mount -o remount,bind,ro "$at"; done'
)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    (tmp_path / "project" / "gates").mkdir(parents=True)
    made = Project(tmp_path / "project", tmp_path / "tmp")
    yield made
    made.clean_up()


def everything_below(folder: Path) -> set[str]:
    return {str(path) for path in folder.rglob("*")}


def test_a_machine_that_has_everything_and_nothing_is_left_on_it(project: Project) -> None:
    """No file, no cgroup; that no process is left, every test sees to."""
    before = everything_below(project.root.parent)
    rows = looked(project)
    assert everything_below(project.root.parent) == before
    assert rows["guardian"]["grade"] == "ok"
    assert rows["guardian"]["found"].endswith("(caught by guardian)")
    assert rows["cookie"]["grade"] == rows["ledger"]["grade"] == rows["subreaper"]["grade"] == "ok"
    if parent := cgroup.usable_parent():
        assert rows["cgroup v2 leaf"] | {"advice": ""} == rows["cgroup v2 leaf"]
        assert parent in rows["cgroup v2 leaf"]["found"]
        assert rows["all together"]["found"].endswith("(caught by cgroup2)")
        assert not list(Path(parent).glob("gk-*doctor*"))


def test_outside_of_a_project(tmp_path: Path) -> None:
    """It looks at the machine all the same, and says that there is no project."""
    outside = Project(tmp_path, tmp_path / "tmp")
    row = looked(outside)["ledger"]
    assert row["grade"] == "note"
    assert "no project here" in row["found"]
    outside.clean_up()


def test_no_cgroup_mounted(project: Project) -> None:
    """Weaker, and good enough: how to mount one is said."""
    in_namespace(project, UNMOUNT)
    done = project.gatekeeper("doctor", "--json").expect(0)
    assert json.loads(done.out)["containment"] == "guardian"
    row = told(done)["cgroup v2 leaf"]
    assert (row["grade"], row["found"]) == ("look", "no cgroup v2 is mounted here")
    assert "mount" in row["advice"]


def test_cgroup_mounted_read_only(project: Project) -> None:
    if not cgroup.usable_parent():
        pytest.skip("no writable cgroup v2 here")
    in_namespace(project, READ_ONLY)
    row = looked(project)["cgroup v2 leaf"]
    assert row["grade"] == "look"
    assert row["found"].endswith("is mounted read-only")
    assert "writable" in row["advice"]


def test_group_that_may_have_no_more_groups(project: Project) -> None:
    """A limit is a refusal like any other: what the kernel said is told."""
    parent = cgroup.usable_parent()
    if not parent:
        pytest.skip("no writable cgroup v2 here")
    group = Path(parent) / f"doctor-full-{os.getpid()}"
    group.mkdir()
    try:
        (group / "cgroup.max.descendants").write_text("0")
        project.command = ["sh", "-c", f'echo $$ > {group}/cgroup.procs; exec "$@"', "sh", *program()]
        row = looked(project)["cgroup v2 leaf"]
        assert row["grade"] == "look"
        assert str(group) in row["found"]
    finally:
        cgroup.remove(str(group), within_s=20)


def test_group_that_is_no_domain(project: Project) -> None:
    """In a threaded group a leaf can be made, and takes no processes."""
    parent = cgroup.usable_parent()
    if not parent:
        pytest.skip("no writable cgroup v2 here")
    group = Path(parent) / f"doctor-threaded-{os.getpid()}"
    (group / "below").mkdir(parents=True)
    try:
        (group / "below" / "cgroup.type").write_text("threaded")
        project.command = ["sh", "-c", f'echo $$ > {group}/cgroup.procs; exec "$@"', "sh", *program()]
        row = looked(project)["cgroup v2 leaf"]
        assert row["grade"] == "look"
        assert "domain invalid" in row["found"]
    finally:
        cgroup.remove(str(group), within_s=20)


@pytest.mark.parametrize("switch", ["user/max_user_namespaces", "user/max_pid_namespaces"])
def test_namespaces_forbidden(project: Project, switch: str) -> None:
    """The switch that forbids them is named; nothing that a run needs is missing."""
    in_namespace(project, f"echo 0 > /proc/sys/{switch}", "--user", "--map-root-user")
    row = looked(project)["namespaces"]
    assert row["grade"] == "note"
    assert f"sysctl {switch.replace('/', '.')} is 0" in row["advice"]


def test_no_inotify_left(project: Project) -> None:
    in_namespace(project, "echo 0 > /proc/sys/user/max_inotify_instances", "--user", "--map-root-user")
    row = looked(project)["inotify"]
    assert (row["grade"], row["found"]) == ("note", "Too many open files")


def test_state_folder_that_cannot_be_written_to(project: Project) -> None:
    """No run could begin there: exit code 1."""
    (project.root / ".gatekeeper").mkdir()
    in_namespace(project, f"mount -t tmpfs -o ro tmpfs {project.root}/.gatekeeper")
    row = looked(project, 1)["ledger"]
    assert ".gatekeeper" in row["found"]
    assert row["grade"] == "wrong"
    assert "Read-only file system" in row["found"]


@pytest.mark.parametrize(("megabytes", "code", "grade"), [(1, 1, "wrong"), (200, 0, "look")])
def test_little_room(project: Project, megabytes: int, code: int, grade: str) -> None:
    """A disk that is full is wrong, and one that is nearly full is told of."""
    (project.root / ".gatekeeper").mkdir()
    in_namespace(project, f"mount -t tmpfs -o size={megabytes}m tmpfs {project.root}/.gatekeeper")
    row = looked(project, code)["disk for runs"]
    assert row["grade"] == grade
    assert f"free at {project.root}/.gatekeeper" in row["found"]


def test_nowhere_to_put_temporary_files(project: Project) -> None:
    """Not one of the usual places can be written to: told of, and no crash; the guard cannot be tried then."""
    # What is there stays to be read: this checkout may be.
    shut = "[ ! -d $at ] || { mount --bind $at $at; mount -o remount,ro,bind $at; }"
    in_namespace(project, f"for at in /tmp /var/tmp /usr/tmp; do {shut}; done; cd /proc")
    rows = looked(project, 1, TMPDIR=None)
    row = rows["disk for TMPDIR"]
    assert (row["grade"], row["found"]) == ("wrong", "/tmp: cannot be written to")
    assert rows["guardian"]["grade"] == "wrong"


def test_no_more_files_on_the_disk(project: Project) -> None:
    (project.root / ".gatekeeper").mkdir()
    in_namespace(project, f"mount -t tmpfs -o nr_inodes=20 tmpfs {project.root}/.gatekeeper")
    assert "more files" in looked(project, 1)["disk for runs"]["found"]


def test_no_git_and_no_bash(project: Project, tmp_path: Path) -> None:
    """Without git a run goes on; without bash most steps cannot."""
    rows = looked(project, 1, PATH=str(tmp_path / "empty"))
    assert rows["git"]["grade"] == "look"
    assert rows["bash"]["grade"] == "wrong"
    assert rows["namespaces"]["found"].endswith("there is no unshare")


def test_repository_of_somebody_else(project: Project, tmp_path: Path) -> None:
    """What git says about ownership is passed on, with the setting that mends it."""
    if os.geteuid() != 0:
        pytest.skip("giving a folder away takes root")
    subprocess.run(["git", "init", "-q", str(project.root)], check=True)
    give(project.root)
    nobody_trusts: dict[str, Any] = {
        "HOME": str(tmp_path),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
    }
    row = looked(project, **nobody_trusts)["git"]
    assert row["grade"] == "look"
    assert "dubious ownership" in row["found"]
    assert "safe.directory" in row["advice"]


@pytest.mark.parametrize(
    ("does", "works", "detail"),
    [
        ('shift 5; exec "$@"', True, "/"),
        (
            "echo Failed to connect to bus: No medium found >&2; exit 1",
            False,
            "Failed to connect to bus: No medium found",
        ),
        ("echo Job started >&2; sleep 600", False, "no answer within"),
    ],
    ids=["gives one", "refuses", "hangs"],
)
def test_systemd_is_asked_for_a_group(project: Project, tmp_path: Path, does: str, works: bool, detail: str) -> None:
    """It is not believed that it would give one: a command is run in the scope, and looks whether it may have leaves.

    The systemd here is a script in its place, which answers in each of the ways that there are.
    """
    if not cgroup.usable_parent():
        pytest.skip("no writable cgroup v2 here")
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "systemd-run").write_text(f"#!/bin/sh\n{does}\n")
    (programs / "systemd-run").chmod(0o755)
    in_namespace(project, "mkdir -p /run/systemd; mount -t tmpfs tmpfs /run/systemd; mkdir /run/systemd/system")
    done = project.gatekeeper("doctor", "--json", PATH=f"{programs}:{os.environ['PATH']}").expect(0)
    found = json.loads(done.out)["found"]["linux"]["delegation"]
    assert found["command"] == "systemd-run --scope -p Delegate=yes"
    assert found["works"] == works
    assert found["detail"].startswith(detail)
