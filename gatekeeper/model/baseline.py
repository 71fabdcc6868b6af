"""Owns what a run is compared with, and what the comparison came to. Knows no file and no rule."""

from collections.abc import Mapping
from typing import Literal

from gatekeeper.model.demands import QuarantineEntry
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.report import TestOutcome

LISTED = 50
"""How many ids of each kind a `Comparison` names; its `counts` are whole."""


class Baseline(NamedTuple):
    """The recorded results of one step. `origin` says in words where it is from, `digest` is the ``sha256:`` of it.

    `coverage` holds shares in percent by name (``lines``, ``branches``, and ``file:PATH`` for the lines of one file),
    `counts` numbers of which there may be a budget (``warnings``, ``duration_s``).
    """

    origin: str
    digest: str
    tests: Mapping[str, TestOutcome]
    coverage: Mapping[str, float] = {}
    metrics: Mapping[str, float] = {}
    counts: Mapping[str, float] = {}


class Acceptance(NamedTuple):
    """Somebody took results of the run `run` into a baseline; `weaker` are the names that made it weaker.

    `at` is UTC in ISO 8601.
    """

    at: str
    by: str
    reason: str
    run: str
    weaker: tuple[str, ...] = ()


class RecordedBaseline(NamedTuple):
    """A baseline as it is kept in the repo: of which step, what it says, and how it came about, oldest first."""

    cycle: str
    step: str
    baseline: Baseline
    accepted: tuple[Acceptance, ...] = ()


class BaselineProblem(NamedTuple):
    """The baseline that a step declares is not there, or cannot be read: an error, never "no baseline"."""

    message: str


class Standard(NamedTuple):
    """What one step's evidence is held against. `today` is the date (UTC, ``YYYY-MM-DD``) of the run's start.

    `quarantine` is the cycle's whole list; `quarantine_problem` says why it could not be read. `cycle` is for whoever
    tells people what to type.
    """

    baseline: Baseline | BaselineProblem | None = None
    quarantine: tuple[QuarantineEntry, ...] = ()
    quarantine_problem: str = ""
    today: str = ""
    cycle: str = ""


NO_STANDARD = Standard()
"""For steps that are compared with nothing."""


class Comparison(NamedTuple):
    """A report beside its baseline, by ids, sorted, at most `LISTED` of each kind.

    `counts` holds the true number of each kind that has any. `renamed` are pairs of old and new id; they are neither
    lost nor added. `quarantined` are failing tests that a quarantine entry excuses; `graduates` are quarantined or
    xfail-marked tests that pass now.
    """

    baseline: str = ""
    new_failures: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    still_failing: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    added: tuple[str, ...] = ()
    newly_skipped: tuple[str, ...] = ()
    newly_xfailed: tuple[str, ...] = ()
    newly_flaky: tuple[str, ...] = ()
    quarantined: tuple[str, ...] = ()
    graduates: tuple[str, ...] = ()
    counts: tuple[tuple[str, int], ...] = ()


class Measured(NamedTuple):
    """One number of a step beside what it was held against; None is no data, or nothing to hold it against.

    `name` is a metric's, or ``coverage.lines``, ``coverage.branches``, ``coverage.changed_lines``. `bound` is what it
    must not be beyond, with the tolerance in it; `target` a goal that is only told of.
    """

    name: str
    value: float | None
    better: Literal["lower", "higher"] = "lower"
    baseline: float | None = None
    bound: float | None = None
    target: float | None = None
    unit: str = ""
