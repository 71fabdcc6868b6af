"""`gatekeeper run --require-containment`: not begun with less, and no step passed that was held by less."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gatekeeper.adapters.guard.system import cgroup
from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Project, program

ONE = "gates:\n  a:\n    steps:\n      one: {run: 'true'}\n"
# From the first step on the machine gives no more leaves; by the third, none that was made ready ahead of time is left.
WEAKENED = """
gates:
  a:
    steps:
      forbid: {run: 'echo 0 > "$GROUP/cgroup.max.descendants"'}
      again: {run: "true"}
      bare: {run: "true"}
      after: {run: "false"}
"""


def without_cgroups() -> list[str]:
    """A command line's beginning for a machine that has no cgroup v2 mounted."""
    if os.geteuid() != 0 or not shutil.which("unshare"):
        pytest.skip("a mount namespace takes root, and unshare(1)")
    unmount = 'awk \'$3 == "cgroup2" { print $2 }\' /proc/mounts | while read -r at; do umount "$at"; done; exec "$@"'
    return ["unshare", "--mount", "sh", "-c", unmount, "sh"]


@pytest.fixture
def group() -> Iterator[Path]:
    """A cgroup for a gatekeeper of its own, which may have leaves for now."""
    parent = cgroup.usable_parent()
    if not parent:
        pytest.skip("no writable cgroup v2 here")
    made = Path(parent) / f"doctor-test-{os.getpid()}"
    made.mkdir()
    yield made
    for below in made.glob("gk-*"):
        cgroup.remove(str(below), within_s=20)
    made.rmdir()


@pytest.mark.slow
def test_what_is_there_may_be_required(tiny: MakeTiny) -> None:
    """The run says what it was told to require, and what it got."""
    project = tiny(ONE)
    project.gatekeeper("run", "tiny", "--require-containment", "guardian").expect(0)
    started = project.journal.last("run.started")
    assert started["required_containment"] == "guardian"
    assert "guardian" in started["containment"]
    assert "; required: guardian" in project.gatekeeper("show").expect(0).out


@pytest.mark.slow
def test_what_is_not_there_keeps_the_run_from_beginning(tiny: MakeTiny) -> None:
    """Exit code 3, what is missing and whom to ask; no run, no step, nothing written."""
    project = tiny("gates:\n  a:\n    steps:\n      one: {run: 'touch $BEACONS/started'}\n")
    project.command = [*without_cgroups(), *program()]
    done = project.gatekeeper("run", "tiny", "--require-containment", "cgroup").expect(3)
    assert "required is containment by cgroup; missing: cgroup2" in done.err
    assert "gatekeeper doctor" in done.err
    assert project.journals() == []
    assert not (project.temporary / "started").exists()
    project.gatekeeper("run", "tiny", "--require-containment", "guardian").expect(0)


def test_a_level_that_does_not_exist(tiny: MakeTiny) -> None:
    assert (
        "'moat' is not one of cgroup, guardian"
        in tiny(ONE).gatekeeper("run", "tiny", "--require-containment", "moat").expect(2).err
    )


def in_group(project: Project, group: Path) -> None:
    project.command = ["sh", "-c", 'echo $$ > "$GROUP/cgroup.procs"; exec "$@"', "sh", *program()]
    project.always = {"GROUP": str(group)}


@pytest.mark.slow
def test_a_step_that_got_no_leaf_is_an_error_where_one_is_required(tiny: MakeTiny, group: Path) -> None:
    """A leaf that is refused in the middle of a run costs the step its pass, and never makes a failure one."""
    project = tiny(WEAKENED)
    in_group(project, group)
    project.gatekeeper("run", "tiny", "--require-containment", "cgroup", "--rounds", "1").expect(1)
    journal = project.journal
    assert journal.verdicts()["a/forbid"] == "passed"
    assert journal.verdicts()["a/after"] == "failed"
    bare = journal.last("step.finished", step="bare")
    assert (bare["verdict"], bare["exit_code"]) == ("error", 0)
    assert [finding["kind"] for finding in bare["findings"]] == ["containment-broken"]
    assert journal.last("incident", kind="containment-broken", step="bare")


def test_without_a_requirement_it_is_only_told_of(tiny: MakeTiny, group: Path) -> None:
    """The guardian alone is good enough then; but the run said that it had more."""
    project = tiny(WEAKENED.replace('after: {run: "false"', 'after: {run: "true"'))
    in_group(project, group)
    project.gatekeeper("run", "tiny").expect(0)
    (*_, incident) = project.journal.events("incident", kind="containment-broken")
    assert "without cgroup2" in incident["message"]
