"""Owns what test reports, coverage files and numbers said, in one normalised form. Knows no format and no judgement."""

from typing import Literal, TypeAlias

from gatekeeper.model.record import NamedTuple

TestOutcome: TypeAlias = Literal["passed", "failed", "error", "skipped", "xfailed", "xpassed", "flaky"]
"""``flaky`` passed, but only after it had failed inside the same attempt of its step."""


SLOWEST = 100
"""Of so many tests that passed a `Report` keeps how long they took."""


class ReportedTest(NamedTuple):
    """One test. `id` is ``<file or classname>::<name>``.

    `attempts` counts how often it ran inside the step; the outcome is that of the last. `duration_s` is None where the
    report has none. `place` is ``file:line``. What could not even be collected, compiled or imported has `collected`
    False, and the outcome ``error``.
    """

    id: str
    outcome: TestOutcome
    message: str = ""
    place: str = ""
    attempts: int = 1
    duration_s: float | None = None
    collected: bool = True


class Totals(NamedTuple):
    """The tests of a report, counted (never taken from its headers); each counts in one column beside `total`."""

    total: int
    passed: int
    failed: int
    errors: int
    skipped: int
    xfailed: int = 0
    xpassed: int = 0
    flaky: int = 0


class Report(NamedTuple):
    """A readable test report of this attempt.

    `cases` are the tests that did not simply pass, `passed` the ids of those that did. `files` are the copies in the
    run's folder, relative to it. `contradictions` say where it disagrees with itself, and make a pass impossible;
    `notes` are oddities that speak against nothing. `warnings` and `duration_s` (the sum over all tests) are None
    where the report does not tell. `exit_status` is the exit code that the report itself says its runner had.
    `slowest` are the ids of `passed` that took longest, with their seconds, at most `SLOWEST` of each file.
    """

    counts: Totals
    cases: tuple[ReportedTest, ...]
    files: tuple[str, ...]
    contradictions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    warnings: int | None = None
    duration_s: float | None = None
    exit_status: int | None = None
    slowest: tuple[tuple[str, float], ...] = ()


class ReportProblem(NamedTuple):
    """Evidence that a step declared is missing, stale or unreadable."""

    kind: Literal["missing", "stale", "unreadable"]
    message: str


class Share(NamedTuple):
    """So many of so many; `percent` is None where there are none at all."""

    covered: int
    total: int

    @property
    def percent(self) -> float | None:
        """The share in percent; never 0.0 for want of data."""
        return 100.0 * self.covered / self.total if self.total else None


class FileCoverage(NamedTuple):
    """Coverage of one file. `branches` is None where they were not measured."""

    path: str
    lines: Share
    branches: Share | None = None


class Coverage(NamedTuple):
    """Coverage of an attempt, lines and branches apart. None is what was not measured.

    `changed` is the share of the changed executable lines, or None where it was not asked for; `uncovered` are those
    of them that never ran, as (path, lines). `files` are the copies in the run's folder. `problem` says what could not
    be told, such as a base ref that is not there.
    """

    lines: Share | None
    branches: Share | None
    per_file: tuple[FileCoverage, ...] = ()
    changed: Share | None = None
    uncovered: tuple[tuple[str, tuple[int, ...]], ...] = ()
    files: tuple[str, ...] = ()
    problem: str = ""


class MetricValue(NamedTuple):
    """A number of an attempt; `value` is None where there is none, and `problem` says why.

    `file` is the copy, in the run's folder, of the file that it was read from; empty where that is the output.
    """

    name: str
    value: float | None
    problem: str = ""
    file: str = ""
