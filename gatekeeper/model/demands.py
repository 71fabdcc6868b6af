"""Owns what a definition demands of a step as evidence, beyond an exit code. Knows no result.

Records are `NamedTuple`, as in `gatekeeper.model.plan`. Shares are percent, durations seconds.
"""

from typing import Literal, TypeAlias

from gatekeeper.model.record import NamedTuple

ReportFormat: TypeAlias = Literal["junit", "ctrf", "pytest_json", "reportlog", "tap", "go_test"]
CoverageFormat: TypeAlias = Literal["auto", "coverage_py", "cobertura", "lcov"]
Severity: TypeAlias = Literal["fail", "warn"]


class ReportSpec(NamedTuple):
    """Where a step leaves its test report: globs relative to the step's folder; none for a ready-made step's own.

    With `optional` a step that wrote none is judged by its exit code alone, as if none had been declared; not so where
    `baseline` bounds its tests. With `allow_empty` a report without a single test is no finding.
    """

    format: ReportFormat
    globs: tuple[str, ...]
    optional: bool = False
    allow_empty: bool = False


class Budget(NamedTuple):
    """How many at most: `total` of them, or `growth` more than in the baseline. Exactly one is set.

    Tests that grow are those that came to it and had not before: one that is no longer skipped makes room for no other.
    """

    total: float | None = None
    growth: float | None = None


class BaselineSpec(NamedTuple):
    """What a step's tests are compared with, and how much worse they may be.

    `compares` tells whether a baseline is needed: without it only totals are bounded. The baseline is the file in the
    repo; with `ref` it is that file as it stands at the ref, and with `measure` the step is run on the ref instead.
    `duration_s` bounds the sum of what the tests took.
    """

    compares: bool = True
    new_failures: int = 0
    lost_tests: int = 0
    skipped: Budget | None = None
    xfailed: Budget | None = None
    flaky: Budget | None = None
    warnings: Budget | None = None
    duration_s: Budget | None = None
    ref: str = ""
    measure: bool = False


class CoverageSpec(NamedTuple):
    """Where a step leaves its coverage, and what it must be.

    `lines`, `branches` and `files` (every single file's lines): 0 or less are points against the baseline, more than 0
    is the least share. `changed_lines` is the least share of the executable lines that differ from `base` (a ref; the
    upstream's merge base where it is empty).
    """

    globs: tuple[str, ...]
    format: CoverageFormat = "auto"
    lines: float | None = None
    branches: float | None = None
    files: float | None = None
    changed_lines: float | None = None
    base: str = ""


class MetricSpec(NamedTuple):
    """A number that a step writes to `file`, or prints, found by `pattern` (its first group; the last match counts).

    A number that is not there blocks. With `tolerance` it must not be worse than the baseline by more than that share
    (``relative``) or number; `limit` is what it must never be beyond; `target` is a goal that is only told of.
    """

    name: str
    file: str = ""
    pattern: str = ""
    better: Literal["lower", "higher"] = "lower"
    tolerance: float | None = None
    relative: bool = False
    limit: float | None = None
    target: float | None = None
    unit: str = ""


class KnownBad(NamedTuple):
    """A change that the step must notice: a `patch` file, or a shell command to `run`, in a scratch worktree.

    `expect` is a text that a finding must hold then: the id of a test, or words of a message.
    """

    expect: str
    patch: str = ""
    run: str = ""


class IntegritySpec(NamedTuple):
    """What a change means that weakens what a run is judged by, from the `fixer` or from `others`.

    `base` is a ref that the tree at the start is compared with, too; empty compares with nothing but the start.
    """

    fixer: Severity = "fail"
    others: Severity = "warn"
    base: str = ""


class QuarantineEntry(NamedTuple):
    """A test whose failure is reported and does not block, until the day `expires` (``YYYY-MM-DD``) is over.

    `test` is its id, `line` where it stands in ``gates/quarantine.yaml``.
    """

    test: str
    owner: str
    reason: str
    ticket: str
    expires: str
    line: int = 0
