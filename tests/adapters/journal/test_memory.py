"""What former runs of a cycle remember of a step, and which of them can be compared with this one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gatekeeper.adapters.journal.memory import MOST_RUNS, attempts
from gatekeeper.adapters.journal.runs import create_run_folder
from gatekeeper.adapters.journal.writer import JournalWriter
from gatekeeper.model.event_parts import PlannedStep
from gatekeeper.model.events import Event, RoundFinished, RoundStarted, RunStarted, StepFinished, StepStarted
from gatekeeper.model.former import FormerAttempt
from gatekeeper.model.plan import StepId
from gatekeeper.model.report import Totals
from gatekeeper.model.verdict import Finding

SUITE = StepId("g", "suite")
A, B = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
STARTED = RunStarted("tiny", "sha256:d", A, (), (), steps=(PlannedStep("g", "suite", "required", "make test", 60.0),))


def tried(verdict: str, tree: str = A, after: str | None = None, limit_s: float = 60.0, **more: Any) -> list[Event]:
    """A round of one attempt."""
    return [
        RoundStarted(1, "first", tree),
        StepStarted("g", "suite", 1, 1, limit_s),
        StepFinished("g", "suite", 1, 1, verdict)._replace(**more),
        RoundFinished(1, after or tree, ()),
    ]


class Runs:
    """Runs on disk, each a second after the one before."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.names: list[str] = []

    def made(self, *events: Event, started: RunStarted = STARTED, cycle: str = "tiny") -> str:
        number = len(self.names)
        at = f"{number // 3600:02}-{number // 60 % 60:02}-{number % 60:02}"
        run = f"2026-02-18T{at}Z-{cycle}-0000"
        folder = create_run_folder(str(self.state), run)
        with JournalWriter.create(folder, run, lambda: "2026-02-18T02:00:07.000Z") as journal:
            for event in (started, *events):
                journal.append(event)
        self.names.append(run)
        return run

    def remembered(self, run: str, tree: str = "") -> list[tuple[str, str, bool]]:
        found = attempts(str(self.state), "tiny", run, (SUITE,), tree=tree)
        assert all((each.gate, each.step) == SUITE for each in found)
        return [(each.run, each.tree, each.passed) for each in found]


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


def test_attempts_are_remembered_newest_run_first(runs: Runs) -> None:
    """Those of this run too; those on another tree only where no tree is asked for."""
    first = runs.made(*tried("failed"), *tried("passed"))
    other = runs.made(*tried("failed", B))
    now = runs.made(*tried("passed"))
    assert runs.remembered(now, A) == [(now, A, True), (first, A, False), (first, A, True)]
    assert (other, B, False) in runs.remembered(now)


@pytest.mark.parametrize(
    "events",
    [
        tried("infra"),
        tried("error"),
        tried("cancelled"),
        tried("blocked", attempt=0),
        tried("failed", class_="infra"),
        tried("failed", exit_code=127),
        tried("failed", findings=(Finding("command-not-found", "no such program"),)),
        tried("timed-out", limit_s=12.0),
        tried("timed-out", attempt=0),
        tried("failed", after=B),
        tried("failed")[:-1],
        tried("failed", "unknown"),
    ],
)
def test_what_says_nothing_of_the_tree_is_not_remembered(runs: Runs, events: list[Event]) -> None:
    """Infrastructure, what is missing on the machine, the run's own time, trees that changed, rounds that were cut."""
    runs.made(*events)
    now = runs.made(*tried("passed"))
    assert runs.remembered(now) == [(now, A, True)]


def test_a_step_at_its_own_timeout_is_a_failure(runs: Runs) -> None:
    """A hang is as flaky as a wrong result."""
    former = runs.made(*tried("timed-out", exit_code=None))
    now = runs.made(*tried("passed"))
    assert (former, A, False) in runs.remembered(now, A)


LOST = Finding("lost-tests", "1 test of the baseline is gone")


@pytest.mark.parametrize(
    ("findings", "counts", "accused"),
    [
        ((LOST,), Totals(2, 2, 0, 0, 0), False),
        ((LOST,), Totals(1, 1, 0, 0, 0), True),
        ((LOST, Finding("stray", "left a process")), Totals(2, 2, 0, 0, 0), True),
        ((Finding("check-failed", "the server is gone"),), Totals(2, 2, 0, 0, 0), True),
        ((), Totals(2, 2, 0, 0, 0), True),
    ],
)
def test_a_base_that_moved_makes_no_step_flaky(
    runs: Runs, findings: tuple[Finding, ...], counts: Totals, accused: bool
) -> None:
    """The same evidence beside another baseline comes to something else; other evidence on the same tree is flaky."""
    former = runs.made(*tried("failed", exit_code=0, findings=findings, tests=counts))
    now = runs.made(*tried("passed", exit_code=0, tests=Totals(2, 2, 0, 0, 0)))
    assert ((former, A, False) in runs.remembered(now, A)) is accused


@pytest.mark.parametrize(
    "other",
    [
        STARTED._replace(definition="sha256:e"),
        STARTED._replace(configuration=(("suite", "other"),)),
        STARTED._replace(steps=(STARTED.steps[0]._replace(command="make check"),)),
        STARTED._replace(steps=()),
    ],
)
def test_runs_on_other_terms_do_not_accuse(runs: Runs, other: RunStarted) -> None:
    """Another definition, other values, another command after all values were filled in."""
    runs.made(*tried("failed"), started=other)
    now = runs.made(*tried("passed"))
    assert runs.remembered(now, A) == [(now, A, True)]


def test_ports_and_run_ids_make_no_difference(runs: Runs) -> None:
    """A run gets whichever port is free."""

    def started(port: str, run: str) -> RunStarted:
        step = PlannedStep("g", "suite", "required", f"test --port {port} --id {run}", 60.0)
        values = (("url", f"http://127.0.0.1:{port}"), ("port api", port))
        return STARTED._replace(configuration=values, steps=(step,))

    former = runs.made(*tried("failed"), started=started("40001", "2026-02-18T00-00-00Z-tiny-0000"))
    now = runs.made(*tried("passed"), started=started("40707", "2026-02-18T00-00-01Z-tiny-0000"))
    assert (former, A, False) in runs.remembered(now, A)


def test_other_cycles_are_not_asked(runs: Runs) -> None:
    """They may have steps of the same name."""
    runs.made(*tried("failed"), cycle="other")
    now = runs.made(*tried("passed"))
    assert runs.remembered(now, A) == [(now, A, True)]


def test_broken_journals_are_passed_over(runs: Runs) -> None:
    """Empty, gone, cut in the middle of a line, or full of something else."""
    for damage in (b"", b"\xff\x00 not JSON\n", b'{"v": 1}\n', b"[]\n" * 3):
        path = runs.state / "runs" / runs.made(*tried("failed")) / "journal.jsonl"
        path.write_bytes(damage)
    cut = runs.state / "runs" / runs.made(*tried("failed")) / "journal.jsonl"
    cut.write_bytes(cut.read_bytes()[:-30])
    (runs.state / "runs" / runs.made() / "journal.jsonl").unlink()
    now = runs.made(*tried("passed"))
    assert runs.remembered(now, A) == [(now, A, True)]


def test_a_run_that_is_not_there_remembers_nothing(runs: Runs) -> None:
    """There is nothing to compare others with."""
    runs.made(*tried("failed"))
    assert runs.remembered("2026-02-18T09-09-09Z-tiny-0000", A) == []


@pytest.mark.slow
def test_only_the_newest_runs_are_asked(runs: Runs) -> None:
    """A year of nights costs nobody a second."""
    runs.made(*tried("failed"))
    for _ in range(MOST_RUNS - 1):
        runs.made(*(event for _ in range(50) for event in tried("passed", B)))
    now = runs.made(*tried("passed"))
    assert runs.remembered(now, A) == [(now, A, True)]
    assert len(attempts(str(runs.state), "tiny", now, (SUITE,))) == 1 + 50 * (MOST_RUNS - 1)
    assert FormerAttempt(now, "g", "suite", A, True) in attempts(str(runs.state), "tiny", now, (SUITE,))
