"""A known failure of the machine's makes `infra` of `failed`, and never hides anything that speaks against the code."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.model.known import FailureClass, KnownFailure
from gatekeeper.model.outcome import Attempt, Exited, Output
from gatekeeper.model.plan import StepId
from gatekeeper.model.verdict import Finding, StepResult, StepVerdict
from gatekeeper.policy.patterns.verdict import reclassed

STEP = StepId("a", "one")
END = Finding("exit-code", "exit code 6")
CLASSES: tuple[FailureClass, ...] = ("code", "infra", "config", "flaky")


def known(class_: FailureClass) -> KnownFailure:
    return KnownFailure("dns_failure", class_, "no name")


def failed(*findings: Finding, verdict: StepVerdict = StepVerdict.FAILED) -> StepResult:
    return StepResult(STEP, verdict, findings)


def test_a_failure_of_the_machine_is_infra() -> None:
    result = reclassed(failed(END), known("infra"))
    assert result.verdict is StepVerdict.INFRA
    assert result.known == known("infra")
    assert result.findings == (END,)


def test_what_nobody_knows_stays() -> None:
    assert reclassed(failed(END), None) == failed(END)


def test_a_probe_can_fail_for_the_machine() -> None:
    probe = Finding("probe", "no route to db.example:5432")
    assert reclassed(failed(probe), known("infra")).verdict is StepVerdict.INFRA


def test_what_does_not_block_stands_in_no_way() -> None:
    """A quarantined failure is told of, and says nothing against the step."""
    noted = Finding("quarantined", "t.py::flaky", blocks=False)
    assert reclassed(failed(END, noted), known("infra")).verdict is StepVerdict.INFRA


def wrote(*lines: str) -> StepResult:
    """A command whose last lines these were."""
    return failed(END)._replace(
        attempt=Attempt(Exited(1), 1.0, output=Output("o.log", 9, "sha256:0"), last_lines=lines)
    )


def test_a_command_fails_by_what_it_wrote_last() -> None:
    """Words that it went on after are an aside: `docker ps || true`, and then something else fails."""
    line = known("infra")._replace(line="try 3 of 9: no name for db.example")
    assert reclassed(wrote("try 4 of 9: no name for db.example", "\x1b[31mgave up\x1b[0m"), line).verdict == "infra"
    assert reclassed(wrote("AssertionError: 3 is not 4"), line).verdict is StepVerdict.FAILED
    assert reclassed(wrote("AssertionError: 3 is not 4"), line).known == line


AGAINST = (
    "test-failed",
    "test-error",
    "test-not-collected",
    "tests-failed",
    "no-tests",
    "lost-tests",
    "new-failures",
    "stray",
    "limit-memory",
    "coverage-lines",
    "report-contradiction",
    "exit-code-differs",
    "something",
)


@given(
    st.sampled_from(CLASSES),
    st.sampled_from(list(StepVerdict)),
    st.sets(st.sampled_from(["exit-code", "probe", "signal", "report-missing"])),
    st.sets(st.sampled_from(AGAINST)),
)
def test_only_a_plain_failure_of_class_infra_changes(
    class_: FailureClass, verdict: StepVerdict, ends: set[str], against: set[str]
) -> None:
    """A failing test, a lost one, a stray, a timeout: what speaks against the step no pattern gainsays."""
    result = failed(*(Finding(kind, "x") for kind in sorted(ends | against)), verdict=verdict)
    changed = reclassed(result, known(class_)).verdict is not verdict
    assert changed == (class_ == "infra" and verdict is StepVerdict.FAILED and not against)
