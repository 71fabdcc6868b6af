"""Owns telling a run as its journal would: the cast, the clock, and the events that every story is made of."""

from __future__ import annotations

import hashlib
from typing import Any

from gatekeeper.model.event_parts import FileDiff, PlannedStep, ReadingState, SettleRule, StepSummary
from gatekeeper.model.events import Entry, Event, RunFinished, RunStarted, StepFinished, StepStarted
from gatekeeper.model.outcome import CheckResult, ProbeResult, Received
from gatekeeper.model.tree import RepoState
from gatekeeper.model.verdict import Finding

RUN = "2026-02-18T02-00-07Z-backend-cycle-7f3a"
LOG = "/home/dev/plan/logs/17_EXECUTION_LOG_backend-cycle_2026-02-18.md"
TREE = "sha256:" + "9f86d081884c" + "7" * 52
OTHER_TREE = "sha256:" + "2c26b46b68ff" + "4" * 52
BACKEND = RepoState(
    "backend",
    "/home/dev/backend",
    "56496c0aa3f5d1e2b4c6d8e0f1a2b3c4d5e6f708",
    "chore: apply updates from latest assistant session",
    "development",
    "origin/development",
    0,
    0,
)
PLAN_REPO = RepoState(
    "plan",
    "/home/dev/plan",
    "f744189bb3f5d1e2b4c6d8e0f1a2b3c4d5e6f708",
    "docs(plan): add cycle 16 preflight execution log",
    "development",
    drift=(" M config/stack.yml", "?? notes <draft>|.md"),
    drift_count=2,
)
FIRST = "first round: everything"
AGAIN = "again on the same tree, to tell flaky from red"
PLANNED = (
    PlannedStep("stack", "restart-stack", "required", "./dev-scripts/restart-stack.sh", 300.0, "restart"),
    PlannedStep("smoke", "auth-onboarding", "required", "./dev-scripts/smoke-auth-onboarding.sh", 600.0, "smoke"),
    PlannedStep("negative-paths", "duplicate-signup", "required", "POST http://127.0.0.1:8080/auth/signup", 30.0),
    PlannedStep("suite", "npm-test", "required", "npm test", 900.0, "suite"),
)
HEALTHY = CheckResult(
    "after_each", ProbeResult("GET http://127.0.0.1:8080/health", "status 200", Received(200, 2.1), met=True)
)


SIGNUP_DIFF = FileDiff(
    "backend: src/signup.js",
    "@@ -12,5 +12,8 @@\n async function signup(req, res) {\n"
    "-  await db.users.insert(req.body);\n"
    "+  if (await db.users.find(req.body.email)) {\n"
    "+    return res.status(409).json({ error: 'taken' });\n"
    "+  }\n"
    "+  await db.users.insert(req.body);\n"
    "   res.status(201).end();\n }",
)


class Story:
    """A run that is being told; `entries` is what its journal would give. Every event is two seconds after the last."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def tell(self, *events: Event) -> Story:
        """Go on with these events."""
        for event in events:
            seq = len(self.entries)
            minutes, seconds = divmod(7 + seq * 2, 60)
            digest = "sha256:" + hashlib.sha256(f"{seq}".encode()).hexdigest()
            self.entries.append(Entry(seq, f"2026-02-18T02:{minutes:02}:{seconds:02}.123Z", RUN, event, digest))
        return self


def started(**more: Any) -> RunStarted:
    """The beginning of every story."""
    return RunStarted(
        cycle="backend-cycle",
        definition="sha256:" + "ab" * 32,
        tree=TREE,
        repos=(BACKEND, PLAN_REPO),
        containment=("cgroup", "guardian"),
        id="17",
        title="Backend quality gate",
        source="gates/backend-cycle.yaml",
        root="/home/dev/project",
        version="0.1.0",
        host="nightly-2",
        pid=4711,
        configuration=(("url", "http://127.0.0.1:8080"), ("notify", "telegram:0000000000")),
        reading=(
            ReadingState("/home/dev/plan/05_quality_automation/00_quality_gates.md", "sha256:" + "cd" * 32),
            ReadingState("/home/dev/plan/05_quality_automation/04_agent_runbook.md", ""),
        ),
        settle=(SettleRule("backend", ("dev-scripts", "config")), SettleRule("plan", ("config",))),
        classes=(("restart", 120.0, 300.0), ("smoke", 300.0, 600.0), ("suite", 600.0, 900.0)),
        steps=PLANNED,
        deliverables=("Exact failures found", "Root causes", "Fixes", "Command evidence/statuses"),
        rounds=5,
        within_s=7200.0,
        log=LOG,
        secrets=("API_TOKEN",),
    )._replace(**more)


def begun(gate: str, step: str, round_number: int, attempt: int) -> StepStarted:
    """A command begins, in the backend's folder."""
    planned = next(each for each in PLANNED if (each.gate, each.step) == (gate, step))
    return StepStarted(
        gate, step, round_number, attempt, planned.timeout_s, command=planned.command, cwd="/home/dev/backend"
    )


def passed(gate: str, step: str, round_number: int, attempt: int, seconds: float, **more: Any) -> StepFinished:
    """A command that exited 0, with its evidence."""
    digest = "sha256:" + hashlib.sha256(f"{gate}{step}{attempt}".encode()).hexdigest()
    event = StepFinished(
        gate,
        step,
        round_number,
        attempt,
        "passed",
        exit_code=0,
        duration_s=seconds,
        output=f"output/{gate}.{step}.{attempt}.log",
        output_digest=digest,
        output_size=1234,
        command=next((each.command for each in PLANNED if (each.gate, each.step) == (gate, step)), f"./{step}.sh"),
        tree=TREE,
    )
    return event._replace(**more)


def probe(round_number: int, status: int, *checks: CheckResult, **more: Any) -> StepFinished:
    """The duplicate signup, answered with `status`."""
    met = status == 409
    event = StepFinished(
        "negative-paths",
        "duplicate-signup",
        round_number,
        1,
        "passed" if met else "failed",
        duration_s=0.0123,
        request="POST http://127.0.0.1:8080/auth/signup",
        expected="status 409 within 2s",
        received=Received(status, 12.3, '{"error": "email | taken"}'),
        checks=checks,
        findings=() if met else (Finding("probe", f"status {status} where 409 was expected"),),
        tree=TREE,
    )
    return event._replace(**more)


def finished(verdict: str, code: int, rounds: int, seconds: float | None, reason: str, **more: Any) -> RunFinished:
    """The end of every story; the repos are as they were."""
    steps = tuple(StepSummary(step.gate, step.step, step.tier, "passed", 1) for step in PLANNED)
    return RunFinished(
        verdict, code, rounds, TREE, seconds, LOG, steps, reason=reason, repos=(BACKEND, PLAN_REPO)
    )._replace(**more)
