"""Owns the story of a run that passes on a tree on which a former one failed, and of a rerun for diagnosis."""

from __future__ import annotations

from gatekeeper.model.events import RoundFinished, RoundStarted
from gatekeeper.model.evidence_events import RerunFinished, StepFlaky
from gatekeeper.model.verdict import Finding
from tests.adapters.executionlog.log_telling import FIRST, TREE, Story, finished, passed, started

FORMER = "2026-02-17T02-00-07Z-backend-cycle-11aa"


def remembered() -> Story:
    """The suite fails, what failed passes by itself, then all of it passes; yesterday it had failed as well."""
    failing = Finding("test-failed", "tests/clock.test.js::expires at midnight: expected 1, got 0")
    rerun = RerunFinished(
        *("suite", "npm-test", 1, "npx jest -t 'expires at midnight'", 0, 2.1),
        passed=("tests/clock.test.js::expires at midnight",),
        left_out=3,
    )
    told = StepFlaky(
        "suite",
        "npm-test",
        f"passed, and on the same tree it failed in {FORMER}, and in this run too; "
        "it failed 2 of 9 attempts on trees that also passed: 22 %, 95 % interval 6 to 55 %",
        (FORMER,),
        *(2, 9, 6.32, 54.74),
    )
    return Story().tell(
        started(),
        RoundStarted(1, FIRST, TREE, 1),
        passed("suite", "npm-test", 1, 1, 361.0, verdict="failed", exit_code=1, findings=(failing,)),
        rerun,
        RoundFinished(1, TREE, ("suite/npm-test",), "sha256:" + "ef" * 32, 365.0),
        RoundStarted(2, "again on the same tree, to tell flaky from red", TREE, 1),
        passed("suite", "npm-test", 2, 2, 360.0),
        RoundFinished(2, TREE, (), "", 361.0),
        told,
        finished("flaky", 4, 2, 727.0, "a required step failed and passed although nothing changed"),
    )
