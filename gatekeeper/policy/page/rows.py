"""Owns the table of a run's tests: which rows, what is marked about each, and their order. Knows no report format."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

from gatekeeper.model.baseline import Comparison
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.report import Report, ReportedTest

ROWS = 25_000
"""So many tests are shown at most; tests that passed are left out first."""

SLOWEST = 50
"""So many tests are marked as the slowest of the run."""

Mark: TypeAlias = Literal["failing", "new", "lost", "flaky", "skipped", "slow"]
MARKS: tuple[Mark, ...] = ("failing", "new", "lost", "flaky", "skipped", "slow")
_ORDER = {"failed": 0, "error": 0, "lost": 1, "xpassed": 2, "flaky": 2, "skipped": 3, "xfailed": 3, "passed": 4}


class Row(NamedTuple):
    """One test; `outcome` is its report's, or ``lost`` where the baseline has it and the report does not.

    ``new`` marks failures that the baseline does not have, and tests that it does not know.
    """

    step: str
    id: str
    outcome: str
    marks: tuple[Mark, ...] = ()
    duration_s: float | None = None
    message: str = ""
    place: str = ""


class Table(NamedTuple):
    """The rows, the worst first; `left_out` more passed, or were too many."""

    rows: tuple[Row, ...]
    left_out: int = 0


def rows_of(step: str, report: Report | None, comparison: Comparison | None) -> tuple[Row, ...]:
    """The tests of one step, from its report and what that came to beside its baseline."""
    beside = comparison or Comparison()
    new, flaky = {*beside.new_failures, *beside.added}, set(beside.newly_flaky)
    rows = [Row(step, test, "lost", ("lost",)) for test in beside.lost]
    if report is None:
        rows += (Row(step, test, "failed", ("failing", "new")) for test in beside.new_failures)
        rows += (Row(step, test, "failed", ("failing",)) for test in beside.still_failing)
        return tuple(rows)
    slowest = dict(report.slowest)
    rows += (_row(step, case, new, flaky) for case in report.cases)
    rows += (Row(step, test, "passed", ("new",) if test in new else (), slowest.get(test)) for test in report.passed)
    return tuple(rows)


def table_of(rows: Iterable[Row]) -> Table:
    """All rows of a run in order, with the slowest marked: failing, lost, flaky, skipped, then passed by duration."""
    every = list(rows)
    timed = [number for number, row in enumerate(every) if row.duration_s]
    slowest = set(sorted(timed, key=lambda number: -(every[number].duration_s or 0.0))[:SLOWEST])
    marked = [
        row._replace(marks=(*row.marks, "slow")) if number in slowest else row for number, row in enumerate(every)
    ]
    marked.sort(key=lambda row: (_ORDER.get(row.outcome, 0), "new" not in row.marks, -(row.duration_s or 0.0)))
    return Table(tuple(marked[:ROWS]), max(0, len(marked) - ROWS))


def _row(step: str, case: ReportedTest, new: set[str], flaky: set[str]) -> Row:
    marks: list[Mark] = ["failing"] if case.outcome in {"failed", "error"} else []
    marks += ["new"] if case.id in new else []
    marks += ["flaky"] if case.outcome == "flaky" or case.id in flaky else []
    marks += ["skipped"] if case.outcome == "skipped" else []
    return Row(step, case.id, case.outcome, tuple(marks), case.duration_s, case.message, case.place)
