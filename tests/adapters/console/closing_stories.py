"""Runs whose ends are hard to tell in a few lines."""

from __future__ import annotations

from gatekeeper.model.event_parts import PlannedStep, StepSummary
from gatekeeper.model.events import (
    Entry,
    Event,
    IncidentHappened,
    RoundFinished,
    RoundStarted,
    RunFinished,
    StepFinished,
)
from gatekeeper.model.help_events import BreakerOpened
from gatekeeper.model.incident import IncidentKind
from gatekeeper.model.known import KnownFailure
from gatekeeper.model.report import Totals
from gatekeeper.model.service_events import ServiceEnded, ServiceStarted
from gatekeeper.model.verdict import Finding
from tests.adapters.console.sample_runs import ABORTED, FLAKY, GREEN, INCONCLUSIVE, LOG, RED, STARTED, entries
from tests.adapters.executionlog.help_stories import fixed

STILL_FAILS = "a required step still fails, and nothing is left to try"


def told(*events: StepFinished, between: tuple[Event, ...] = (), verdict: str = "red", code: int = 1) -> list[Entry]:
    """A run of one round with these results, and what happened `between` them and its end."""
    planned = tuple(PlannedStep(event.gate, event.step, event.tier, event.command or "", 600.0) for event in events)
    failed = tuple(f"{event.gate}/{event.step}" for event in events if event.verdict not in {"passed", "skipped"})
    steps = tuple(StepSummary(event.gate, event.step, event.tier, event.verdict, event.attempt) for event in events)
    return entries(
        STARTED._replace(steps=planned),
        RoundStarted(1, "first round: everything", "sha256:t", len(events)),
        *events,
        RoundFinished(1, "sha256:t", failed, "sig", 4.2),
        *between,
        RunFinished(verdict, code, 1, "sha256:t", 754.2, log=LOG, steps=steps, reason=STILL_FAILS),
    )


def failed(gate: str, step: str, message: str, *lines: str) -> StepFinished:
    return StepFinished(
        gate,
        step,
        1,
        1,
        "failed",
        exit_code=1,
        duration_s=2.51,
        findings=(Finding("exit-code", message),),
        output=f"output/{gate}.{step}.1.log",
        command=f"npm run {step}",
        last_lines=lines,
        tree="t",
    )


def blocked(gate: str, step: str, by: str) -> StepFinished:
    return StepFinished(gate, step, 1, 0, "blocked", findings=(Finding("blocked", f"needs {by}, which is failed"),))


ONE = told(
    failed("suite", "npm-test", "exit code 1")._replace(
        findings=(Finding("test-failed", "auth::refuses a duplicate: expected 409, received 500", "auth.test.js:42"),),
        tests=Totals(120, 118, 1, 0, 1),
    )
)
THIRTY = told(
    *(
        failed("checks", f"check-{number:02}", f"exit code {number}", "looking at everything", f"check {number}: bad")
        for number in range(1, 31)
    )
)
CHAIN = told(
    failed("lint", "eslint", "exit code 1", "src/auth.js:7: 'user' is not defined"),
    failed("build", "compile", "exit code 2", "src/auth.ts(7,3): error TS2304: Cannot find name 'user'."),
    blocked("build", "bundle", "build/compile"),
    blocked("deploy", "staging", "build/bundle"),
    *(blocked("browser", f"page-{number}", "deploy/staging") for number in range(1, 8)),
)
HUNG = told(
    failed(
        "suite",
        "integration",
        "",
        "connecting to the database …",
        "\x1b[33mDo you want to migrate?\x1b[0m [y/N]",
    )._replace(
        verdict="timed-out",
        exit_code=None,
        duration_s=600.0,
        findings=(
            Finding(
                "timeout",
                "ended at its hard timeout, after 10 min; hung: waiting for input at 'Do you want to migrate? [y/N]', "
                "`node migrate.js` (pid 4711), whose parent `npm` (pid 4700) waits for it",
            ),
        ),
        dossier="dossiers/suite.integration.1.md",
    )
)
DIED = "the service stack, started by stack/up, died before the cycle ended; since then ran: smoke/login, smoke/signup"
SERVICE_DIED = told(
    failed("smoke", "login", "exit code 7", "curl: (7) Failed to connect to 127.0.0.1 port 4000"),
    failed("smoke", "signup", "exit code 7", "curl: (7) Failed to connect to 127.0.0.1 port 4000"),
    failed("stack", "up", "", "listening on 4000", "out of memory")._replace(
        exit_code=None, duration_s=0.0, findings=(Finding("service-died", DIED),)
    ),
    blocked("suite", "npm-test", "stack/up"),
    between=(
        ServiceStarted("stack", "stack", "up"),
        IncidentHappened(IncidentKind.SERVICE_DIED, DIED, "stack", "up"),
        ServiceEnded("stack", "died"),
    ),
)
MATRIX = told(
    failed("audit", "licences", "exit code 1", "left-pad: licence unknown"),
    *(failed("suite", f"unit[node={version}]", "exit code 1", "auth.js:7 is wrong") for version in (18, 20, 22)),
    failed("suite", "unit[node=24]", "exit code 1", "Segmentation fault"),
    failed(
        "packages",
        "install",
        "exit code 1",
        "npm error network request to https://registry.example.test failed",
    )._replace(
        verdict="infra",
        known=KnownFailure(
            "registry_unreachable",
            "infra",
            "registry.example.test cannot be reached",
            suggestion="look at the network, or set a mirror",
            dependency="registry.example.test",
        ),
    ),
    between=(BreakerOpened("dependency", "registry.example.test", "t", "registry.example.test fails"),),
)

ENDS = {
    "green": GREEN,
    "green-after-fix": fixed().entries,
    "flaky": FLAKY,
    "one failure": ONE,
    "red": RED,
    "thirty failures": THIRTY,
    "a chain": CHAIN,
    "hung": HUNG,
    "a service that died": SERVICE_DIED,
    "a matrix": MATRIX,
    "inconclusive": INCONCLUSIVE,
    "aborted": ABORTED,
}
