"""Owns the verdicts, what speaks against a step, and the result that judging makes. Decides nothing."""

from enum import StrEnum

from gatekeeper.model.baseline import Comparison, Measured
from gatekeeper.model.incident import Incident
from gatekeeper.model.known import KnownFailure
from gatekeeper.model.outcome import Attempt
from gatekeeper.model.plan import StepId
from gatekeeper.model.record import NamedTuple


class StepVerdict(StrEnum):
    """What is said of one step."""

    PASSED = "passed"
    FAILED = "failed"
    TIMED_OUT = "timed-out"
    INFRA = "infra"
    BLOCKED = "blocked"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    ERROR = "error"


class RunVerdict(StrEnum):
    """What is said of one run."""

    GREEN = "green"
    GREEN_AFTER_FIX = "green-after-fix"
    FLAKY = "flaky"
    RED = "red"
    INCONCLUSIVE = "inconclusive"
    ABORTED = "aborted"


class Finding(NamedTuple):
    """One thing that speaks against a step. `place` is ``file:line`` where one is known.

    With `blocks` False it is told of and stands in no pass's way: a quarantined failure, a test that ran twice.
    """

    kind: str
    message: str
    place: str = ""
    blocks: bool = True


class StepResult(NamedTuple):
    """One attempt, judged. `attempt` is None where the step did not run (blocked, skipped).

    `flaky` tells of a pass that took more than one try inside the attempt: the step ran a test again until it passed.
    `comparison` and `measured` are what its evidence came to beside its baseline. `known` is what a pattern says of it.
    """

    step: StepId
    verdict: StepVerdict
    findings: tuple[Finding, ...] = ()
    incidents: tuple[Incident, ...] = ()
    attempt: Attempt | None = None
    flaky: bool = False
    comparison: Comparison | None = None
    measured: tuple[Measured, ...] = ()
    known: KnownFailure | None = None
