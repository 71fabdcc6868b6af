"""Owns the cast of the stories of help: known failures, the suite that fails and passes, what ends them."""

from __future__ import annotations

from typing import Any

from gatekeeper.model.event_parts import StepSummary
from gatekeeper.model.events import RunFinished, StepFinished
from gatekeeper.model.known import KnownFailure
from gatekeeper.model.report import Totals
from gatekeeper.model.verdict import Finding
from tests.adapters.executionlog import log_telling as telling
from tests.adapters.executionlog.log_telling import OTHER_TREE, PLANNED, passed

PROVIDER = "openai-codex/gpt-5.3-codex"
SIGNATURE = "sha256:" + "ef" * 32
BRIEF = "sha256:" + "b1" * 32
ALL_PASSED = "every required step passed on one tree"
STILL_FAILS = "a required step still fails, and nothing is left to try"
CHANGED = "the tree changed: what failed, and what depends on it"
CONFIRM = "confirming: what has not passed on the final tree"
TWO = (PLANNED[0], PLANNED[3])

PORT_IN_USE = KnownFailure(
    "port_in_use",
    "config",
    "Port 8080 is held by python3 (pid 123), which is no process of this run.",
    "stop it (kill 123), or choose another port",
    "runbooks/patterns.md#port_in_use",
    "kill 123",
    captures=(("port", "8080"), ("holder", "python3 (pid 123)")),
    line="Error: listen EADDRINUSE: address already in use 127.0.0.1:8080",
)
DNS = KnownFailure(
    "dns_failure",
    "infra",
    "The name registry.example.test could not be resolved.",
    "see whether this machine has a network and a name server",
    dependency="registry.example.test",
    line="getaddrinfo ENOTFOUND registry.example.test",
)
DUPLICATE = Finding(
    "test-failed", "auth/signup.test.js::rejects a duplicate email: expected 409, got 500", "auth/signup.test.js:41"
)


def finished(verdict: str, code: int, rounds: int, seconds: float | None, reason: str, **more: Any) -> RunFinished:
    """The end, with the two steps of these stories."""
    last = {0: "passed", 3: "passed"}.get(code, "cancelled" if verdict == "aborted" else "failed")
    stack = StepSummary("stack", "restart-stack", "required", "passed", 1)
    steps = (stack, StepSummary("suite", "npm-test", "required", last, rounds))
    return telling.finished(verdict, code, rounds, seconds, reason, steps=steps, **more)


def failing_suite(round_number: int, attempt: int, **more: Any) -> StepFinished:
    """The suite with one failing test."""
    failed = passed("suite", "npm-test", round_number, attempt, 361.0, verdict="failed", exit_code=1)
    return failed._replace(tests=Totals(394, 389, 1, 0, 4), findings=(DUPLICATE,), last_lines=("1 failed",))._replace(
        **more
    )


def passing_suite(round_number: int, attempt: int, **more: Any) -> StepFinished:
    """The suite with none."""
    suite = passed("suite", "npm-test", round_number, attempt, 384.0, tests=Totals(394, 390, 0, 0, 4))
    return suite._replace(**more)


def reused_stack(round_number: int) -> StepFinished:
    """The stack is not started again."""
    return StepFinished(
        *("stack", "restart-stack", round_number, 0, "passed"),
        command="./dev-scripts/restart-stack.sh",
        tree=OTHER_TREE,
        reused=True,
        inputs="sha256:" + "1c" * 32,
    )
