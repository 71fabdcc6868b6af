"""What outside of the cycle a step depends on, and what an attempt says of it."""

from __future__ import annotations

import pytest

from gatekeeper.model.outcome import Attempt, Cancelled, Probed, ProbeResult, Received
from gatekeeper.model.plan import Argv, FileProbe, HttpExpectation, HttpProbe, Shell, StepId, TcpProbe, Work
from gatekeeper.model.verdict import Finding, StepResult, StepVerdict
from gatekeeper.policy.dependency import asked_by, asked_to_wait, has_answered, outside

PROBE = HttpProbe("GET", "https://api.example.test/health", expect=HttpExpectation(status=(200,)))
UNMET = Finding("probe", "expected 200, received 503 after 12 ms")


def result(
    verdict: StepVerdict, status: int | None = 503, wait_s: float | None = 7.0, findings: tuple[Finding, ...] = (UNMET,)
) -> StepResult:
    probe = ProbeResult("GET …", "status 200", Received(status, 12.0, "", wait_s), met=False, problem=UNMET.message)
    return StepResult(StepId("g", "a"), verdict, findings, attempt=Attempt(Probed(False), 0.1, probe=probe))


@pytest.mark.parametrize(
    ("work", "whom"),
    [
        (PROBE, "api.example.test:443"),
        (HttpProbe("GET", "http://API.Example.test/x"), "api.example.test:80"),
        (HttpProbe("GET", "http://api.example.test:8080"), "api.example.test:8080"),
        (HttpProbe("GET", "http://[2001:db8::1]:81/"), "[2001:db8::1]:81"),
        (HttpProbe("GET", "http://user:secret@api.example.test/"), "api.example.test:80"),
        (HttpProbe("GET", "http://[broken"), ""),
        (HttpProbe("GET", "http://api.example.test:99999/"), ""),
        (HttpProbe("GET", "no url"), ""),
        (TcpProbe("db.example.test:5432"), "db.example.test:5432"),
        (TcpProbe("[2001:db8::1]:5432"), "[2001:db8::1]:5432"),
        (TcpProbe("db.example.test:5432", open=False), ""),
        (FileProbe("/etc/hosts"), ""),
        (Shell("curl https://api.example.test"), ""),
        (Argv(("curl", "https://api.example.test")), ""),
    ],
)
def test_whom_a_step_asks(work: Work, whom: str) -> None:
    """Only a probe says so itself; one that wants to find nobody there depends on nobody."""
    assert asked_by(work) == whom


@pytest.mark.parametrize(
    "ours",
    [
        "127.0.0.1:8000",
        "127.0.0.2:8000",
        "localhost:3000",
        "LOCALHOST:3000",
        "api.localhost:3000",
        "[::1]:80",
        "::1",
        "[::ffff:127.0.0.1]:80",
        "0.0.0.0:80",
        ":80",
        "stack:9000",
        "stack",
        "machine.example.test:41234",
    ],
)
def test_what_runs_here_is_not_outside(ours: str) -> None:
    """Loopback, a port of the cycle whatever it is asked by, and a service by its name."""
    assert outside(ours, ports={"41234"}, services={"stack"}) == ""


@pytest.mark.parametrize(
    "theirs",
    [
        "api.example.test:443",
        "api.example.test",
        "10.0.0.7:5432",
        "127.example.test:80",
        "[2001:db8::1]:80",
        "a registry",
    ],
)
def test_everything_else_is_outside(theirs: str) -> None:
    assert outside(theirs, ports={"41234"}, services={"stack"}) == theirs


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("verdict", [StepVerdict.FAILED, StepVerdict.INFRA])
def test_a_busy_server_asks_for_time(verdict: StepVerdict, status: int) -> None:
    """Whether or not a pattern has already seen that it is infrastructure."""
    assert asked_to_wait(PROBE, result(verdict, status)) == 7.0


def test_another_answer_or_another_reason_is_no_plea_for_time() -> None:
    assert asked_to_wait(PROBE, result(StepVerdict.FAILED, status=500)) is None
    assert asked_to_wait(PROBE, result(StepVerdict.FAILED, wait_s=None)) is None
    assert asked_to_wait(PROBE, result(StepVerdict.PASSED)) is None
    assert asked_to_wait(Shell("true"), result(StepVerdict.FAILED)) is None
    wanted = PROBE._replace(expect=HttpExpectation(status=(503,)))
    assert asked_to_wait(wanted, result(StepVerdict.FAILED)) is None


def test_what_else_speaks_against_the_step_is_not_excused() -> None:
    """The health check after it found our own stack broken."""
    both = (UNMET, Finding("unhealthy", "GET http://127.0.0.1:8000/health: connection refused"))
    assert asked_to_wait(PROBE, result(StepVerdict.FAILED, findings=both)) is None
    told = (UNMET, Finding("stray", "told of only", blocks=False))
    assert asked_to_wait(PROBE, result(StepVerdict.FAILED, findings=told)) == 7.0


@pytest.mark.parametrize("verdict", StepVerdict)
def test_what_every_verdict_says_of_a_dependency(verdict: StepVerdict) -> None:
    """A wrong answer is an answer; no answer that nobody calls infrastructure says nothing."""
    answered = has_answered(result(verdict, status=404))
    silent = has_answered(result(verdict, status=None))
    match verdict:
        case StepVerdict.PASSED:
            assert (answered, silent) == (True, True)
        case StepVerdict.INFRA:
            assert (answered, silent) == (False, False)
        case StepVerdict.FAILED:
            assert (answered, silent) == (True, None)
        case _:
            assert (answered, silent) == (None, None)


def test_a_command_that_failed_says_nothing_of_whom_it_may_have_asked() -> None:
    assert has_answered(StepResult(StepId("g", "a"), StepVerdict.FAILED, attempt=Attempt(Cancelled(), 0.1))) is None
