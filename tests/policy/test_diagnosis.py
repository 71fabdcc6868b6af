"""From findings to grades and advice: what is missing is named, and nothing weak is called strong."""

from __future__ import annotations

from typing import Any

import pytest

from gatekeeper.model.machine import (
    Clock,
    Controllers,
    Cookie,
    Delegation,
    Git,
    GuardTrial,
    Kernel,
    Leaf,
    Machine,
    Namespaces,
    Room,
    Shells,
    StackDumps,
    StateFolder,
    Unanswered,
)
from gatekeeper.policy.diagnosis import Diagnosis, diagnose
from gatekeeper.policy.diagnosis_rows import Grade, Row
from gatekeeper.policy.surroundings_diagnosed import size
from tests.policy.machines import BEST, FULL, GROUP, MAC, without

LATE = Unanswered("no answer within 5 s")


def rows(machine: Machine) -> dict[str, Row]:
    diagnosis = diagnose(machine)
    return {row.name: row for row in (*diagnosis.layers, *diagnosis.surroundings)}


def test_a_machine_that_has_everything() -> None:
    """Nothing to do, and still it is said where the promise ends."""
    diagnosis = diagnose(BEST)
    assert (diagnosis.strength, diagnosis.healthy) == ("cgroup", True)
    assert {row.grade for row in rows(BEST).values()} == {Grade.OK}
    assert [row.name for row in rows(BEST).values() if row.advice] == []
    assert "server that ran before the step" in diagnosis.limits[0]


@pytest.mark.parametrize(
    ("leaf", "found", "advice"),
    [
        (Leaf("not-mounted"), "no cgroup v2 is mounted", "systemd.unified_cgroup_hierarchy=1"),
        (Leaf("outside"), "outside of the cgroup v2", "root can mount it"),
        (Leaf("read-only", GROUP), f"{GROUP} is mounted read-only", "remount,rw"),
        (
            Leaf("refused", GROUP, "Permission denied"),
            f"kim may make no group in {GROUP}",
            "Delegate=yes gatekeeper run",
        ),
        (Leaf("wrong-type", GROUP, "domain invalid"), "'domain invalid'", "cgroup.type"),
        (Leaf("no-kill", GROUP), "no cgroup.kill", "Linux 5.14"),
        (Leaf("failed", GROUP, "Device or resource busy"), "Device or resource busy", ""),
        (LATE, "no answer within 5 s", ""),
    ],
)
def test_without_a_leaf_containment_is_a_guardian(leaf: Any, found: str, advice: str) -> None:
    """Each obstacle is told of, with the way around it, and a run goes on."""
    machine = without(leaf=leaf)._replace(trial=GuardTrial(FULL[1:], "guardian", gone=True))
    diagnosis, row = diagnose(machine), rows(machine)["cgroup v2 leaf"]
    assert (diagnosis.strength, diagnosis.healthy) == ("guardian", True)
    assert row.grade is Grade.LOOK
    assert found in row.found
    assert advice in row.advice
    assert any("killing its guardian and gatekeeper" in limit for limit in diagnosis.limits)
    assert any("cannot be signalled by kim" in limit for limit in diagnosis.limits)


@pytest.mark.parametrize(
    ("delegation", "advice"),
    [
        (Delegation("systemd-run --user", works=True), "tried: leaves can be made there"),
        (Delegation("systemd-run --user", works=False, detail="no bus"), "was tried and gave none: no bus"),
        (Delegation("", works=False, detail="systemd does not manage this system"), "cannot give one"),
        (LATE, "no answer within 5 s"),
    ],
)
def test_only_a_delegation_that_works_is_recommended(delegation: Any, advice: str) -> None:
    """Where it gives nothing, the ways that are left are named instead."""
    row = rows(without(leaf=Leaf("refused", GROUP, "Permission denied"), delegation=delegation))["cgroup v2 leaf"]
    assert advice in row.advice
    assert ("chown -R kim" in row.advice) is not (isinstance(delegation, Delegation) and delegation.works)


@pytest.mark.parametrize("state", ["not-mounted", "outside", "read-only"])
def test_in_a_container_the_way_is_the_containers(state: Any) -> None:
    machine = without(leaf=Leaf(state, GROUP))
    machine = machine._replace(host=machine.host._replace(container="Docker"))
    assert "--cgroupns=private" in rows(machine)["cgroup v2 leaf"].advice


def test_a_leaf_that_the_guard_did_not_use_is_no_cgroup_containment() -> None:
    """Both must have been seen: the leaf itself, and a guarded command in one."""
    assert diagnose(BEST._replace(trial=GuardTrial(FULL[1:], "guardian", gone=True))).strength == "guardian"


@pytest.mark.parametrize(
    "trial", [GuardTrial(FULL), GuardTrial(FULL, problem="no process or descriptor could be had"), LATE]
)
def test_a_guard_that_fails_its_trial(trial: Any) -> None:
    """A daemon that lived on, a command that did not start, no answer: none of them is containment."""
    machine = without(bare=trial)._replace(trial=trial)
    diagnosis = diagnose(machine)
    assert (diagnosis.strength, diagnosis.healthy) == ("none", False)
    assert rows(machine)["guardian"].grade is rows(machine)["all together"].grade is Grade.WRONG


def test_another_system_is_best_effort_and_says_so() -> None:
    """As strong as that platform offers is good enough; but it is never called more."""
    diagnosis = diagnose(MAC)
    assert (diagnosis.strength, diagnosis.healthy) == ("best-effort", True)
    assert "strongest that this system offers" in diagnosis.summary
    assert any("between two looks" in limit for limit in diagnosis.limits)
    assert rows(MAC)["bash"].grade is Grade.LOOK
    assert diagnose(MAC._replace(trial=GuardTrial(("best-effort",)))).strength == "none"


CASES: list[tuple[Machine, str, Grade, str]] = [
    (without(kernel=Kernel(subreaper="Invalid argument")), "subreaper", Grade.LOOK, "Invalid argument"),
    (without(kernel=Kernel(pidfd="Function not implemented")), "pidfd", Grade.LOOK, "not implemented"),
    (without(kernel=Kernel(children="there is no /proc/…")), "children files", Grade.LOOK, "there is no"),
    (without(kernel=Kernel(inotify="Too many open files")), "inotify", Grade.NOTE, "Too many"),
    (without(kernel=LATE), "kernel", Grade.LOOK, "no answer"),
    (without(cookie=Cookie(found=False)), "cookie", Grade.LOOK, "not found"),
    (without(cookie=Cookie(found=True, hidepid="2")), "cookie", Grade.LOOK, "hidepid=2"),
    (without(cookie=Cookie(found=True, hidepid="0")), "cookie", Grade.OK, ""),
    (without(namespaces=Namespaces(False, "unshare", ("sysctl x is 0",), "EPERM")), "namespaces", Grade.NOTE, "EPERM"),
    (without(namespaces=Namespaces(False, "unshare", (), "EPERM")), "namespaces", Grade.NOTE, "EPERM"),
    (without(controllers=Controllers((), ("pids",))), "controllers", Grade.LOOK, "missing: memory, cpu"),
    (without(controllers=Controllers()), "controllers", Grade.LOOK, "none that can be used"),
    (without(controllers=Controllers(("cpu",))), "controllers", Grade.LOOK, "missing: memory, pids"),
    (without(controllers=Controllers(("cpu",), ("cpu", "pids", "memory"))), "controllers", Grade.OK, "cpu (cgroup v2)"),
    (BEST._replace(state=StateFolder("/x", True, "cannot be locked: ENOLCK")), "ledger", Grade.WRONG, "ENOLCK"),
    (BEST._replace(state=StateFolder("/x", False, "cannot be written to")), "ledger", Grade.NOTE, "no project here"),
    (BEST._replace(state=LATE), "ledger", Grade.WRONG, "no answer"),
    (BEST._replace(rooms=(Room("runs", "/x", 1 << 20),)), "disk for runs", Grade.WRONG, "1 MiB free at /x"),
    (BEST._replace(rooms=(Room("runs", "/x", 1 << 29),)), "disk for runs", Grade.LOOK, "512 MiB free"),
    (BEST._replace(rooms=(Room("runs", "/x", 1 << 40, 3),)), "disk for runs", Grade.WRONG, "only 3 more files"),
    (BEST._replace(rooms=(Room("runs", "/x", 0, problem="Stale"),)), "disk for runs", Grade.WRONG, "Stale"),
    (BEST._replace(rooms=(LATE,)), "disk", Grade.WRONG, "no answer"),
    (BEST._replace(clock=Clock(1970, 0.0, 0.05)), "clock", Grade.WRONG, "1970"),
    (BEST._replace(clock=Clock(2199, 0.0, 0.05)), "clock", Grade.WRONG, "2199"),
    (BEST._replace(clock=Clock(2026, -3.0, 0.05)), "clock", Grade.LOOK, "-3000 ms"),
    (BEST._replace(clock=Clock(2026, 0.001, 0.05, False)), "clock", Grade.LOOK, "no NTP"),
    (BEST._replace(clock=Clock(2026, 0.001, 0.05)), "clock", Grade.OK, "not told"),
    (BEST._replace(git=Git("", problem="there is no git")), "git", Grade.LOOK, "there is no git"),
    (BEST._replace(git=Git("2.39.5", problem="detected dubious ownership")), "git", Grade.LOOK, "dubious"),
    (BEST._replace(git=Git("2.39.5")), "git", Grade.OK, "no repository here"),
    (BEST._replace(shells=Shells("", "/bin/dash")), "bash", Grade.WRONG, "not on PATH"),
    (BEST._replace(shells=Shells("4.3.48(1)-release", "/bin/dash")), "bash", Grade.LOOK, "4.3.48"),
    (BEST._replace(shells=Shells("5.2", "")), "sh", Grade.LOOK, "no /bin/sh"),
    (BEST._replace(dumps=StackDumps("")), "py-spy", Grade.NOTE, "not there"),
    (BEST._replace(dumps=StackDumps("/x/py-spy", 2)), "py-spy", Grade.NOTE, "ptrace_scope is 2"),
]


@pytest.mark.parametrize(("machine", "name", "grade", "words"), CASES, ids=[f"{name}-{w}" for _, name, _, w in CASES])
def test_each_thing_that_may_be_missing(machine: Machine, name: str, grade: Grade, words: str) -> None:
    """It is graded by what a run loses without it, and only what a run needs makes the machine unfit."""
    row = rows(machine)[name]
    assert row.grade is grade
    assert words in row.found
    assert diagnose(machine).healthy is (grade is not Grade.WRONG)


def test_healthy_is_not_a_field_that_could_be_set() -> None:
    """It follows from the rows, whoever makes a diagnosis."""
    wrong = Row(Grade.WRONG, "bash", "not on PATH")
    assert not Diagnosis("cgroup", "", (), (wrong,), ()).healthy


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 KiB"), (1 << 20, "1 MiB"), (1536 << 20, "1.5 GiB"), (3 << 40, "3 TiB")]
)
def test_sizes_in_words(number: int, text: str) -> None:
    assert size(number) == text
