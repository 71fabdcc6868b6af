"""Judging what a command left and ran into: no exit code makes that good."""

from __future__ import annotations

from typing import Literal

import pytest

from gatekeeper.model.incident import Incident, IncidentKind
from gatekeeper.model.outcome import Attempt, Exceeded, Exited, Outcome, Signalled, Stray
from gatekeeper.model.verdict import StepVerdict
from gatekeeper.policy.judge import judge

from .situations import step


@pytest.mark.parametrize(("claim", "verdict"), [(Exited(0), StepVerdict.FAILED), (Signalled(9), StepVerdict.FAILED)])
def test_a_limit_that_was_run_into_is_no_pass(claim: Outcome, verdict: StepVerdict) -> None:
    """Whatever the exit code claims: a child that the kernel killed for its memory has not done its work."""
    message = "the kernel ended 1 process for want of memory; the limit is 64 MiB"
    result = judge(step("g/s"), Attempt(claim, 1.0, exceeded=(Exceeded("memory", message),)))
    assert result.verdict is verdict
    assert ("limit-memory", message) in [(finding.kind, finding.message) for finding in result.findings]


@pytest.mark.parametrize(("strays", "verdict"), [("kill", StepVerdict.PASSED), ("fail", StepVerdict.FAILED)])
def test_what_a_stray_means_is_the_steps_to_say(strays: Literal["kill", "fail"], verdict: StepVerdict) -> None:
    """It is ended and told of in any case; where it is forbidden, an exit code of 0 does not make it good."""
    attempt = Attempt(Exited(0), 1.0, (Stray(7, ("sleep", "600"), 1.0, "guardian"),))
    result = judge(step("g/s")._replace(strays=strays), attempt)
    assert result.verdict is verdict
    assert [finding.kind for finding in result.findings] == (["stray"] if strays == "fail" else [])
    assert [incident.kind for incident in result.incidents] == [IncidentKind.STRAY]


@pytest.mark.parametrize(("outcome", "verdict"), [(Exited(0), StepVerdict.ERROR), (Exited(1), StepVerdict.FAILED)])
def test_what_could_not_be_ended_is_no_pass(outcome: Outcome, verdict: StepVerdict) -> None:
    """Whatever the exit code: a process of it is alive, and nobody knows what it still does."""
    alive = Incident(IncidentKind.UNKILLABLE, "SIGKILL did not end within 10 s: pid 7")
    result = judge(step("g/s"), Attempt(outcome, 1.0, incidents=(alive,)))
    assert result.verdict is verdict
    assert ("unkillable" in [finding.kind for finding in result.findings]) is (outcome == Exited(0))
