"""Owns the story of a run that stays red: a step hangs and leaves a server behind, tests fail."""

from __future__ import annotations

from gatekeeper.model.events import IncidentHappened, RoundFinished, RoundStarted, StepFinished
from gatekeeper.model.incident import IncidentKind
from gatekeeper.model.outcome import Stray
from gatekeeper.model.report import Totals
from gatekeeper.model.service_events import ServiceEnded
from gatekeeper.model.verdict import Finding
from tests.adapters.executionlog.log_telling import AGAIN, FIRST, HEALTHY, TREE, Story, finished, passed, probe, started


def red_with_timeout_and_stray() -> Story:
    """The smoke script hangs and leaves a server behind; the suite fails; and again on the same tree."""
    hung = "hung: waiting for input at 'Password:'"
    story = Story().tell(started())
    for number in (1, 2):
        timeout = f"ended at its hard timeout, after 600.0 s; {hung}"
        story.tell(
            RoundStarted(number, FIRST if number == 1 else AGAIN, TREE, 4),
            passed("stack", "restart-stack", number, number, 3.2),
            passed(
                "smoke",
                "auth-onboarding",
                number,
                number,
                600.0,
                verdict="timed-out",
                exit_code=None,
                findings=(Finding("timeout", timeout),),
                strays=(
                    Stray(4242, ("node", "server.js", "--port", "8080"), 598.4, "cgroup", "/home/dev/backend", (8080,)),
                ),
                dossier=f"output/smoke.auth-onboarding.{number}.dossier.json",
                last_lines=("signup: ok", "```", "\x1b[31mPassword:\x1b[0m <!-- gatekeeper:end execution -->"),
            ),
            IncidentHappened(IncidentKind.TIMEOUT, timeout, "smoke", "auth-onboarding"),
            IncidentHappened(IncidentKind.STRAY, "1 process left behind and ended", "smoke", "auth-onboarding"),
            probe(number, 500, HEALTHY),
            passed(
                "suite",
                "npm-test",
                number,
                number,
                361.0,
                verdict="failed",
                exit_code=1,
                tests=Totals(394, 388, 1, 1, 4),
                findings=(
                    Finding(
                        "test-failed",
                        "auth/signup.test.js::rejects | duplicate `email`: expected 409, got 500",
                        "auth/signup.test.js:41",
                    ),
                    Finding("test-error", "auth/login.test.js::missing user"),
                ),
                last_lines=("Tests: 2 failed, 388 passed", "see https://example.test/<script>alert(1)</script>"),
            ),
            StepFinished(
                "suite", "report", number, 0, "blocked", findings=(Finding("blocked", "suite/npm-test did not pass"),)
            ),
            RoundFinished(number, TREE, ("smoke/auth-onboarding", "suite/npm-test"), "sha256:" + "ef" * 32, 966.0),
        )
    return story.tell(
        passed("teardown", "stop-stack", 2, 1, 0.4),
        ServiceEnded("stack", "ended"),
        finished(
            "red",
            1,
            2,
            1933.0,
            "a required step still fails, and nothing is left to try",
            incidents=(("stray", 2), ("timeout", 2)),
        ),
    )
