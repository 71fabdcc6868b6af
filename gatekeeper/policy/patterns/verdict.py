"""Owns what a known failure does to a verdict. Knows no pattern."""

from __future__ import annotations

from gatekeeper.model.known import KnownFailure
from gatekeeper.model.verdict import StepResult, StepVerdict

_MAY_BE_THE_MACHINE = frozenset(
    {
        "exit-code",
        "signal",
        "probe",
        "report-missing",
        "report-disagrees",
        "coverage-missing",
        "no-coverage",
        "no-metric",
    }
)
"""Findings that say no more than that a step came to a bad end, or left nothing."""


def reclassed(result: StepResult, known: KnownFailure | None) -> StepResult:
    """`result` with what is known of it; a step that failed for the machine's sake is `infra`.

    Never where anything else speaks against it, a failing test above all: that is evidence, and what a pattern goes by
    is what the step wrote, which its code can write, too. A timeout stays a timeout, and an error an error.
    """
    if known is None:
        return result
    against = {finding.kind for finding in result.findings if finding.blocks}
    for_the_machine = (
        known.class_ == "infra" and result.verdict is StepVerdict.FAILED and against <= _MAY_BE_THE_MACHINE
    )
    return result._replace(known=known, verdict=StepVerdict.INFRA if for_the_machine else result.verdict)
