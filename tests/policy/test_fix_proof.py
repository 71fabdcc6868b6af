"""What one run on the tree before a fix says of it: as before, not at all, or nobody knows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.model.events import StepFinished
from gatekeeper.model.verdict import Finding, StepVerdict
from gatekeeper.policy.fix_proof import outcome_of_fix
from gatekeeper.policy.signature import step_signature

RED = (Finding("exit-code", "exit code 4"),)
SIGNATURE = step_signature("failed", RED)


def result(verdict: str, *findings: Finding, step: str = "check") -> StepFinished:
    return StepFinished(gate="suite", step=step, round=1, attempt=1, verdict=verdict, findings=findings)


@pytest.mark.parametrize(
    ("found", "others", "outcome", "message", "elsewhere"),
    [
        (result("failed", *RED), (), "failed", "exit code 4", False),
        (result("passed"), (), "passed", "", False),
        (
            result("failed", Finding("exit-code", "exit code 127 (command not found)")),
            (),
            "unclear",
            "it is failed for another reason than it was: exit code 127 (command not found)",
            True,
        ),
        (result("timed-out", *RED), (), "unclear", "it is timed-out for another reason than it was: exit code 4", True),
        (
            result("blocked"),
            (result("failed", Finding("exit-code", "exit code 2"), step="build"), result("blocked", step="make")),
            "unclear",
            "it does not run, because suite/build, which it needs, is failed: exit code 2",
            True,
        ),
        (result("cancelled"), (), "unclear", "suite/check was cancelled", False),
        (result("skipped"), (result("passed", step="build"),), "unclear", "suite/check was skipped", False),
        (None, (), "unclear", "it has no result", False),
    ],
)
def test_each_way(
    found: StepFinished | None, others: tuple[StepFinished, ...], outcome: str, message: str, elsewhere: bool
) -> None:
    assert outcome_of_fix(SIGNATURE, found, others) == (outcome, message, elsewhere)


_VERDICTS = st.sampled_from([verdict.value for verdict in StepVerdict])
_FINDINGS = st.lists(
    st.sampled_from([*RED, Finding("exit-code", "exit code 5"), Finding("noted", "x", blocks=False)]), max_size=3
)


@given(_VERDICTS, _FINDINGS, st.lists(_VERDICTS, max_size=3))
def test_only_the_same_failure_proves_and_only_a_pass_accuses(
    verdict: str, findings: list[Finding], others: list[str]
) -> None:
    """Whatever else happened there."""
    found = outcome_of_fix(
        SIGNATURE, result(verdict, *findings), [result(other, step=f"s{n}") for n, other in enumerate(others)]
    )
    assert (found.outcome == "passed") == (verdict == "passed")
    same = verdict == "failed" and [each for each in findings if each.blocks] == list(RED)
    assert (found.outcome == "failed") == same
    assert found.outcome != "unclear" or found.message
