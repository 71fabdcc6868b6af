"""Owns what is true after a green main job, for the tests that run it."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

from tests.support.projects import Done, Journal, Project, alive_with

SHORT: dict[str, Any] = {"SUITE_COMMAND": "./dev-scripts/test.sh tests/test_passwords.py"}
"""The whole suite of the example takes seconds; one file of it will do where the suite is not what a test is about."""

PROBES = ("run", "backend-cycle", "--only", "negative-paths")
"""The part of the main job that starts the service, asks it, and ends it."""

STEPS = {
    "stack/restart-stack",
    "smoke/auth-onboarding",
    "negative-paths/signup",
    "negative-paths/duplicate-signup",
    "negative-paths/missing-user-login",
    "suite/test-suite",
}


def log_of(done: Done) -> Path:
    """Where the execution log lies, as the closing block says."""
    (said,) = [line for line in done.out.splitlines() if line.strip().startswith("execution log")]
    return Path(said.split("execution log", 1)[1].strip())


def port_of(journal: Journal) -> int:
    """The port that the run leased."""
    return int(dict(journal.last("run.started")["configuration"])["port api"])


def is_open(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


def nothing_lives(journal: Journal) -> None:
    """Asked at the moment gatekeeper is gone: neither a process of the run nor its port."""
    assert not alive_with(f"GATEKEEPER_RUN={journal.run}"), "alive at the moment gatekeeper returned"
    assert not is_open(port_of(journal))


def is_green(project: Project, done: Done, journal: Journal | None = None) -> Journal:
    """Everything that is to be true after a green main job."""
    journal = journal or project.journal
    nothing_lives(journal)
    done.expect(0)
    assert journal.is_whole()
    assert (journal.end["verdict"], journal.end["exit_code"], journal.end["incidents"]) == ("green", 0, {})
    steps = {step: verdict for step, verdict in journal.verdicts().items() if not step.startswith("teardown/")}
    assert steps.keys() <= STEPS
    assert set(steps.values()) == {"passed"}
    assert "green" in Path(journal.end["log"]).read_text("utf-8").lower()
    return journal
