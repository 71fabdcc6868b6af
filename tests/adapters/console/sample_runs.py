"""Runs as their events tell them, for everything that shows runs."""

from __future__ import annotations

from gatekeeper.model.baseline import Comparison, Measured
from gatekeeper.model.event_parts import PlannedStep, StepSummary
from gatekeeper.model.events import (
    Entry,
    Event,
    IncidentHappened,
    RoundFinished,
    RoundStarted,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
)
from gatekeeper.model.evidence_events import IntegrityCompared, RerunFinished, StepFlaky
from gatekeeper.model.help_events import RetryScheduled, TreeChanged
from gatekeeper.model.incident import IncidentKind
from gatekeeper.model.integrity import IntegrityChange
from gatekeeper.model.outcome import Received
from gatekeeper.model.report import Totals
from gatekeeper.model.service_events import ServiceEnded, ServiceStarted
from gatekeeper.model.verdict import Finding

RUN = "2026-02-18T02-00-07Z-backend-cycle-7f3a"
FOLDER = f".gatekeeper/runs/{RUN}"
LOG = "logs/17_EXECUTION_LOG_backend-cycle_2026-02-18.md"

STEPS = (
    ("stack", "restart-stack", "./dev-scripts/restart-stack.sh", 300.0),
    ("smoke", "auth-onboarding", "./dev-scripts/smoke-auth-onboarding.sh", 600.0),
    ("negative-paths", "duplicate-signup", "POST http://127.0.0.1:4000/auth/signup", 30.0),
    ("suite", "npm-test", "npm test", 900.0),
)

WEAKER = IntegrityChange(
    "tests/auth.test.js", "test", "weakening", ("looser-assertions: `toBe(409)` is now `toBeDefined()`",), "-x\n+y"
)
STARTED = RunStarted(
    cycle="backend-cycle",
    definition="sha256:d",
    tree="sha256:t",
    repos=(),
    containment=("cgroup2", "guardian"),
    title="Backend quality gate",
    source="/project/gates/backend-cycle.yaml",
    root="/project",
    steps=tuple(PlannedStep(gate, step, "required", work, limit) for gate, step, work, limit in STEPS),
    rounds=5,
    within_s=7200,
    log=LOG,
)


def entries(*events: Event) -> list[Entry]:
    return [Entry(number, f"2026-02-18T02:00:{number:02}.000Z", RUN, event) for number, event in enumerate(events)]


def started(gate: str, attempt: int = 1) -> StepStarted:
    [(_, step, work, limit)] = [each for each in STEPS if each[0] == gate]
    command = None if work.startswith("POST") else work
    return StepStarted(
        gate,
        step,
        attempt,
        attempt,
        limit,
        command=command,
        probe=None if command else work,
        cwd="examples/backend",
        output=f"output/{gate}.{step}.{attempt}.log" if command else None,
    )


def passed(gate: str, seconds: float, attempt: int = 1) -> StepFinished:
    begun = started(gate, attempt)
    return StepFinished(
        gate, begun.step, attempt, attempt, "passed", exit_code=0, duration_s=seconds, command=begun.command, tree="t"
    )


DUPLICATE_FAILED = StepFinished(
    "negative-paths",
    "duplicate-signup",
    1,
    1,
    "failed",
    duration_s=0.0121,
    findings=(
        Finding("probe", "expected 409, received 500 after 12 ms"),
        Finding(
            "after-each-check",
            "GET http://127.0.0.1:4000/health: connection refused: nothing listens on 127.0.0.1:4000",
        ),
    ),
    request="POST http://127.0.0.1:4000/auth/signup",
    expected="status 409 within 2 s",
    received=Received(500, 12.1, '{"error":"UNIQUE constraint failed: users.email"}'),
    tree="t",
)

SUITE_FAILED = passed("suite", 3.21)._replace(
    verdict="failed",
    exit_code=1,
    tests=Totals(120, 117, 2, 0, 1),
    findings=(
        Finding("test-failed", "auth::refuses a duplicate: Expected: 409 Received: 500", "tests/auth.test.js:42"),
        Finding("test-failed", "auth::logs in: Expected: 200 Received: 500"),
    ),
    output="output/suite.npm-test.1.log",
    last_lines=("Tests: 2 failed, 117 passed",),
)

RESTART_HUNG = passed("stack", 300.0)._replace(
    verdict="timed-out",
    exit_code=None,
    findings=(Finding("timeout", "ended at its hard timeout, after 300.0 s; it was waiting for input at 'Password:'"),),
    output="output/stack.restart-stack.1.log",
    last_lines=("migrating …", "\x1b[31mstarting\x1b[0m the service", "Password: "),
)


def finished(verdict: str, code: int, why: str, *verdicts: tuple[str, int], rounds: int = 1) -> RunFinished:
    steps = tuple(
        StepSummary(gate, step, "required", verdict, attempts)
        for (gate, step, _, _), (verdict, attempts) in zip(STEPS, verdicts, strict=True)
    )
    return RunFinished(verdict, code, rounds, "sha256:t", 4.2, log=LOG, steps=steps, reason=why)


ALL = ("passed", 1)

GREEN = entries(
    STARTED,
    RoundStarted(1, "first round: everything", "sha256:t", 4),
    started("stack"),
    passed("stack", 0.41),
    ServiceStarted("stack", "stack", "restart-stack"),
    started("smoke"),
    passed("smoke", 1.2),
    started("negative-paths"),
    passed("negative-paths", 0.012),
    started("suite"),
    passed("suite", 2.6)._replace(tests=Totals(120, 119, 0, 0, 1)),
    RoundFinished(1, "sha256:t", (), duration_s=4.2),
    ServiceEnded("stack", "ended"),
    finished("green", 0, "every required step passed on one tree", ALL, ALL, ALL, ALL),
)

RED = entries(
    STARTED,
    RoundStarted(1, "first round: everything", "sha256:t", 4),
    started("stack"),
    passed("stack", 0.41),
    ServiceStarted("stack", "stack", "restart-stack"),
    started("smoke"),
    passed("smoke", 1.2),
    started("negative-paths"),
    DUPLICATE_FAILED,
    IncidentHappened(
        IncidentKind.SERVICE_DIED, "the service stack died before the cycle ended", "stack", "restart-stack"
    ),
    ServiceEnded("stack", "died"),
    started("suite"),
    SUITE_FAILED,
    RoundFinished(1, "sha256:t", ("negative-paths/duplicate-signup", "suite/npm-test"), "sig", 4.2),
    finished(
        "red",
        1,
        "a required step still fails, and nothing is left to try",
        ALL,
        ALL,
        ("failed", 1),
        ("failed", 1),
    ),
)

TIMED_OUT = entries(
    STARTED,
    RoundStarted(1, "first round: everything", "sha256:t", 4),
    started("stack"),
    RESTART_HUNG,
    IncidentHappened(IncidentKind.TIMEOUT, "ended at its hard timeout, after 300.0 s", "stack", "restart-stack"),
    IncidentHappened(
        IncidentKind.STRAY, "1 process left behind and ended: node server.js (pid 4711)", "stack", "restart-stack"
    ),
    *(
        StepFinished(gate, step, 1, 0, "blocked", findings=(Finding("blocked", "stack/restart-stack timed-out"),))
        for gate, step, _, _ in STEPS[1:]
    ),
    RoundFinished(1, "sha256:t", tuple(f"{gate}/{step}" for gate, step, _, _ in STEPS), "sig", 300.2),
    finished(
        "red",
        1,
        "a required step still fails, and nothing is left to try",
        ("timed-out", 1),
        *[("blocked", 0)] * 3,
    ),
)

REMEMBERED = StepFlaky(
    "suite",
    "npm-test",
    "passed, and on the same tree it failed in 2026-02-17T02-00-07Z-backend-cycle-11aa, and in this run too; "
    "it failed 2 of 9 attempts on trees that also passed: 22 %, 95 % interval 6 to 55 %",
    ("2026-02-17T02-00-07Z-backend-cycle-11aa",),
    *(2, 9, 6.32, 54.74),
)
FLAKY = entries(
    STARTED,
    RoundStarted(1, "first round: everything", "sha256:t", 4),
    passed("stack", 0.4),
    passed("smoke", 0.4),
    passed("negative-paths", 0.4),
    started("suite"),
    SUITE_FAILED,
    RerunFinished("suite", "npm-test", 1, "npx jest -t 'refuses a duplicate|b'", 1, 1.2, ("a::b",), ("a::c",)),
    RoundFinished(1, "sha256:t", ("suite/npm-test",), "sig", 4.2),
    RoundStarted(2, "again on the same tree, to tell flaky from red", "sha256:t", 1),
    started("suite", 2),
    passed("suite", 2.9, 2)._replace(tests=Totals(120, 119, 0, 0, 1)),
    RoundFinished(2, "sha256:t", (), duration_s=2.9),
    REMEMBERED,
    finished(
        "flaky",
        4,
        "a required step failed and passed although nothing changed",
        ALL,
        ALL,
        ALL,
        ("passed", 2),
        rounds=2,
    ),
)

INCONCLUSIVE = entries(
    STARTED,
    RoundStarted(1, "first round: everything", "sha256:t", 4),
    RetryScheduled("stack", "restart-stack", "infra", 2.0, 1),
    passed("stack", 0.0, 2)._replace(
        verdict="infra",
        exit_code=None,
        findings=(Finding("port-taken", "port 4000 is taken by node (pid 4711, since 01:58)"),),
    ),
    TreeChanged("unknown", ("backend/src/auth.js",)),
    finished(
        "inconclusive",
        3,
        "what did not pass could not be judged: only infrastructure failed, or evidence could not be read",
        ("infra", 2),
        *[("blocked", 0)] * 3,
    ),
)

ABORTED = entries(
    STARTED,
    RoundStarted(1, "first round: everything", "sha256:t", 4),
    passed("stack", 0.4),
    started("smoke"),
    passed("smoke", 1.0)._replace(verdict="cancelled", exit_code=None),
    finished(
        "aborted",
        130,
        "it was stopped before the end",
        ALL,
        ("cancelled", 1),
        ("cancelled", 0),
        ("cancelled", 0),
    ),
)

WEIGHED = entries(
    STARTED,
    IntegrityCompared("origin/main@56496c0", (WEAKER,)),
    RoundStarted(1, "first round: everything", "sha256:t", 4),
    *(passed(gate, 0.4) for gate, _, _, _ in STEPS[:3]),
    started("suite"),
    SUITE_FAILED._replace(
        comparison=Comparison(lost=("auth::logs out", "auth::logs in twice"), fixed=("auth::expires",)),
        measured=(Measured("coverage.lines", 81.25, "higher", 84.0, 83.5),),
    ),
    RoundFinished(1, "sha256:t", ("suite/npm-test",), "sig", 4.2),
    finished("red", 1, "what judges was weakened", ALL, ALL, ALL, ("failed", 1)),
)

RUNS = {
    "weighed": WEIGHED,
    "green": GREEN,
    "red": RED,
    "timed-out": TIMED_OUT,
    "flaky": FLAKY,
    "inconclusive": INCONCLUSIVE,
    "aborted": ABORTED,
}
