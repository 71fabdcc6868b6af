"""Owns the table of faults: runs the tests of each and prints what was expected and what came of it.

python -m tests.support.faults_table
"""

from __future__ import annotations

import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

GUARD = "tests/adapters/guard"
JOURNEYS = "tests/journeys"


class Fault(NamedTuple):
    """A row: what happens, what must come of it, and the tests that see to it, as ``file::test`` below `folder`."""

    fault: str
    expected: str
    tests: tuple[str, ...]


FAULTS = (
    Fault(
        "SIGKILL of the orchestrator at 20 random instants (bare guard; twice: with and without cgroup)",
        "all gone within 5 s without help, no leaf",
        (f"{GUARD}/test_killed_at_any_instant.py::test_orchestrator_is_killed_at_random_instants",),
    ),
    Fault(
        "SIGKILL of `gatekeeper run` at 20 random instants",
        "all gone without help, journal whole, next run green",
        (f"{JOURNEYS}/test_killed_run.py::test_killed_at_random_instants",),
    ),
    Fault(
        "SIGKILL of `gatekeeper run A B --parallel 2`, and of one of the runs that it started",
        "the runs end as if told to, worktrees gone after the next look; the other run goes on, exit code 137",
        (
            f"{JOURNEYS}/test_cycles_side_by_side.py::test_when_it_is_killed_nothing_of_any_run_is_left",
            f"{JOURNEYS}/test_cycles_side_by_side.py::test_a_run_that_is_killed_is_told_of_and_finished",
        ),
    ),
    Fault(
        "SIGKILL between spawn and joining the cgroup",
        "the leader that is not in its leaf is gone too",
        (f"{GUARD}/test_killed_at_any_instant.py::test_killed_between_spawn_and_joining_the_cgroup",),
    ),
    Fault(
        "SIGKILL of a guardian, of the warden, of both; during a step and between two",
        "step `error`, containment-broken, nothing left, the step beside unharmed, the next one runs",
        (f"{GUARD}/test_hurt_helpers.py::",),
    ),
    Fault(
        "SIGKILL of all three at once, then `gatekeeper reap`",
        "reap names and ends what is left; run closed as aborted",
        (
            f"{JOURNEYS}/test_killed_run.py::test_killed_with_all_its_helpers_at_once",
            f"{GUARD}/test_reaping.py::test_orchestrator_and_all_helpers_are_killed_at_once",
        ),
    ),
    Fault(
        "SIGSTOP of the orchestrator",
        "the deadline holds",
        (
            f"{GUARD}/test_escapes.py::test_orchestrator_is_stopped_and_the_deadline_still_holds",
            f"{JOURNEYS}/test_killed_gatekeeper.py::test_gatekeeper_is_stopped_while_a_step_runs",
        ),
    ),
    Fault(
        "fork fails with EAGAIN: RLIMIT_NPROC of an ordinary user, pids controller",
        "exit code 3 or 124 with the reason, never green, no traceback, nothing left",
        (f"{JOURNEYS}/test_machine_faults.py::test_no_process_can_be_had",),
    ),
    Fault(
        "descriptors run out: whole run, orchestrator, guardian (also during its step)",
        "refused with the reason, or run; nothing left; the next step runs",
        (
            f"{JOURNEYS}/test_machine_faults.py::test_no_descriptor_can_be_had",
            f"{GUARD}/test_short_of_everything.py::test_orchestrator_runs_out_of_descriptors",
            f"{GUARD}/test_short_of_everything.py::test_guardian_runs_out_of_descriptors",
        ),
    ),
    Fault(
        "disk full while output is captured",
        "step `infra` with output-lost whatever its exit code; journal whole",
        (
            f"{JOURNEYS}/test_machine_faults.py::test_the_disk_is_full",
            f"{GUARD}/test_short_of_everything.py::test_disk",
            f"{GUARD}/test_short_of_everything.py::test_ledger_line_that_does_not_fit",
        ),
    ),
    Fault(
        "/proc without children files, /proc with hidepid, cgroups read-only or missing, cgroup.kill missing",
        "fewer layers are claimed, nothing gets away",
        (f"{GUARD}/test_strange_machines.py::test_nothing_gets_away",),
    ),
    Fault(
        "ledger with a torn last line, another boot id, a reused pid, nonsense",
        "the rest is read; nobody else is touched",
        (
            f"{GUARD}/test_reaping.py::test_torn_last_line",
            f"{GUARD}/test_reaping.py::test_another_boot_is_another_machine",
            f"{GUARD}/test_reaping.py::test_owner_that_lives",
            f"{GUARD}/test_reaping.py::test_ledger_that_makes_no_sense",
        ),
    ),
    Fault(
        "the clock jumps a day forth or back at every look",
        "deadlines and quiet periods hold",
        (
            f"{GUARD}/test_strange_machines.py::test_deadlines_do_not",
            f"{GUARD}/test_strange_machines.py::test_quiet_periods_do_not",
            f"{GUARD}/test_strange_machines.py::test_the_guard_does_not_ask",
        ),
    ),
    Fault(
        "a process in uninterruptible sleep (a file system that never answers), as leader and as stray",
        "incident unkillable with its pid after 10 s, the next step runs at once",
        (f"{GUARD}/test_unkillable.py::",),
    ),
    Fault(
        "bystanders: look-alikes, reused pids and groups, other runs, the step beside",
        "never touched",
        (f"{GUARD}/test_bystanders.py::",),
    ),
    Fault(
        "services: end with the run (green, red, its time over, our fault, INT, TERM, HUP, KILL)",
        "alive until then, gone at return",
        (
            f"{JOURNEYS}/test_services_of_a_run.py::test_a_service_survives",
            f"{JOURNEYS}/test_services_of_a_run.py::test_gatekeeper_is_killed_with_two_services",
            f"{JOURNEYS}/test_stopping_a_run.py::test_asked_once",
        ),
    ),
    Fault(
        "a service dies, its guardian is killed, it is replaced; two side by side",
        "incident with the steps since and its last lines, never green; the other one lives",
        (
            f"{JOURNEYS}/test_services_of_a_run.py::test_a_service_that_dies",
            f"{JOURNEYS}/test_services_of_a_run.py::test_a_service_whose",
            f"{JOURNEYS}/test_services_of_a_run.py::test_a_service_is_replaced",
            f"{JOURNEYS}/test_services_of_a_run.py::test_two_steps",
            f"{GUARD}/test_kept_services.py::",
        ),
    ),
)


class Case(NamedTuple):
    """One test as it ran."""

    name: str
    how: str
    took_s: float


def run_all() -> list[Case]:
    """Run the files of all rows once; what came of each test."""
    import pytest

    files = sorted({test.partition("::")[0] for fault in FAULTS for test in fault.tests})
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        pytest.main(["-q", "-p", "no:cacheprovider", f"--junitxml={report}", *files])
        return list(_cases(report))


def _cases(report: Path) -> Iterator[Case]:
    for case in ET.parse(report).iter("testcase"):
        children = {child.tag for child in case}
        how = "failed" if children & {"failure", "error"} else "skipped" if "skipped" in children else "passed"
        file = f"{case.get('classname', '').replace('.', '/')}.py"
        yield Case(f"{file}::{case.get('name')}", how, float(case.get("time") or 0))


def rows(cases: list[Case]) -> Iterator[tuple[str, str, str]]:
    """Fault, expected, got."""
    for fault in FAULTS:
        own = [case for case in cases if case.name.startswith(fault.tests)]
        counts = {how: sum(case.how == how for case in own) for how in ("passed", "failed", "skipped")}
        told = ", ".join(f"{count} {how}" for how, count in counts.items() if count) or "no test was found"
        fine = counts["passed"] and not counts["failed"]
        took = sum(case.took_s for case in own)
        yield fault.fault, fault.expected, f"{'as expected' if fine else 'NOT as expected'}: {told}, {took:.1f} s"


def main() -> int:
    """Print the table as Markdown; 1 where something is not as expected."""
    found = list(rows(run_all()))
    print("\n| Fault | Expected | Got |\n|---|---|---|")
    for row in found:
        print("| " + " | ".join(row) + " |")
    return int(any(got.startswith("NOT") for _, _, got in found))


if __name__ == "__main__":
    sys.exit(main())
