"""Owns the events that tell of evidence beside the steps' own: stored formats, as in `gatekeeper.model.events`."""

from gatekeeper.model.integrity import IntegrityChange
from gatekeeper.model.outcome import Artifact
from gatekeeper.model.record import NamedTuple


class IntegrityCompared(NamedTuple):
    """What a run is judged by, beside the base ref (`against`, with its commit) that the cycle names.

    `problem` says why it could not be compared, or is empty.
    """

    against: str
    changes: tuple[IntegrityChange, ...] = ()
    problem: str = ""


class BaselineMeasured(NamedTuple):
    """A step was run on a base ref for its baseline, or what it came to there was known (`reused`).

    `commit` is what the ref meant when the run began, empty where that could not be told. `tests` counts those of the
    baseline; `problem` says why there is none, and the step cannot be judged then. `digest` is the baseline's,
    `output` what the step wrote there and `reports` what its tests were read from, as in ``step.finished``; without a
    run there are none.
    """

    gate: str
    step: str
    ref: str
    commit: str
    reused: bool = False
    tests: int = 0
    problem: str = ""
    digest: str = ""
    output: str | None = None
    output_digest: str | None = None
    reports: tuple[Artifact, ...] = ()


class BaselineAccepted(NamedTuple):
    """Somebody took results of this run into a step's baseline.

    `by` and `reason` are who did and why, `before` and `after` the digests of the baseline's file (`before` is empty
    for the first), `ids` the names of what made it weaker.
    """

    gate: str
    step: str
    by: str
    reason: str
    before: str
    after: str
    ids: tuple[str, ...] = ()


class RerunFinished(NamedTuple):
    """The tests that failed were run once more by themselves, for diagnosis; it decides nothing.

    `attempt` is the one whose tests failed, `command` what was run with their names in it. `passed` and `failed` are
    ids of tests; both are empty where there was no report to tell. `left_out` are those that had failed and were too
    many. `problem` says why it was not run, or not to its end. `reports` are the files that it was read from.
    """

    gate: str
    step: str
    attempt: int
    command: str
    exit_code: int | None = None
    duration_s: float = 0.0
    passed: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    output: str | None = None
    output_digest: str | None = None
    left_out: int = 0
    problem: str = ""
    reports: tuple[Artifact, ...] = ()


class StepFlaky(NamedTuple):
    """A step passed and failed on one and the same tree: in this run, or in former ones (`runs`, newest first).

    `failed` of `attempts` on trees that also passed failed, in this run and in former ones with the same definition
    and configuration; `low` and `high` bound that rate in percent with 95 % confidence. `message` has all in words.
    """

    gate: str
    step: str
    message: str
    runs: tuple[str, ...] = ()
    failed: int = 0
    attempts: int = 0
    low: float | None = None
    high: float | None = None
