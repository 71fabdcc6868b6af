"""Owns what a known failure does to a verdict. Knows no pattern."""

from __future__ import annotations

from gatekeeper.model.known import KnownFailure
from gatekeeper.model.verdict import StepResult, StepVerdict
from gatekeeper.policy.signature import normalised
from gatekeeper.policy.terminal_text import settled

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


_COMPARED = 200


def reclassed(result: StepResult, known: KnownFailure | None) -> StepResult:
    """`result` with what is known of it; a step that failed for the machine's sake is `infra`.

    Never where anything else speaks against it, a failing test above all: that is evidence, and what a pattern goes by
    is what the step wrote, which its code can write, too. A timeout stays a timeout, and an error an error. Nor where
    the telling line is none of the last that it wrote: it went on after that, and failed for another reason.
    """
    if known is None:
        return result
    against = {finding.kind for finding in result.findings if finding.blocks}
    for_the_machine = (
        known.class_ == "infra"
        and result.verdict is StepVerdict.FAILED
        and against <= _MAY_BE_THE_MACHINE
        and _is_its_end(known.line, result)
    )
    return result._replace(known=known, verdict=StepVerdict.INFRA if for_the_machine else result.verdict)


def _is_its_end(line: str, result: StepResult) -> bool:
    """Whether `line`, but for what varies, is among the last that a command wrote, or what is said against it."""
    attempt = result.attempt
    if not line or attempt is None or attempt.output is None:  # a probe says one thing only
        return True
    told = (*(settled(each, "") for each in attempt.last_lines), *(finding.message for finding in result.findings))
    wanted = normalised(line[:_COMPARED])
    return any(wanted in normalised(each) for each in told)
