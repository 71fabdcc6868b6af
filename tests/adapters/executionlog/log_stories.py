"""Owns the stories that the execution log is shown by."""

from __future__ import annotations

from gatekeeper.model.baseline import Comparison, Measured
from gatekeeper.model.event_parts import FileDiff, PlannedStep, ReadingState, SettleRule
from gatekeeper.model.events import IncidentHappened, NoteAdded, RoundFinished, RoundStarted, StepStarted
from gatekeeper.model.evidence_events import IntegrityCompared, RerunFinished, StepFlaky
from gatekeeper.model.help_events import RepoSettled, TreeChanged
from gatekeeper.model.incident import IncidentKind
from gatekeeper.model.integrity import IntegrityChange
from gatekeeper.model.known import KnownFailure
from gatekeeper.model.outcome import CheckResult, ProbeResult, Received, Stray
from gatekeeper.model.report import Totals
from gatekeeper.model.service_events import ServiceEnded, ServiceStarted
from gatekeeper.model.verdict import Finding
from tests.adapters.executionlog.evidence_stories import evidence
from tests.adapters.executionlog.flaky_stories import remembered
from tests.adapters.executionlog.help_stories import HELPED, hostile_help
from tests.adapters.executionlog.log_telling import (
    AGAIN,
    BACKEND,
    FIRST,
    HEALTHY,
    OTHER_TREE,
    PLAN_REPO,
    PLANNED,
    SIGNUP_DIFF,
    TREE,
    Story,
    begun,
    finished,
    passed,
    probe,
    started,
)
from tests.adapters.executionlog.red_stories import red_with_timeout_and_stray


def green() -> Story:
    """Everything passes at once."""
    return Story().tell(
        started(),
        RoundStarted(1, FIRST, TREE, 4),
        begun("stack", "restart-stack", 1, 1),
        passed("stack", "restart-stack", 1, 1, 3.2),
        ServiceStarted("stack", "stack", "restart-stack"),
        begun("smoke", "auth-onboarding", 1, 1),
        passed("smoke", "auth-onboarding", 1, 1, 41.7),
        probe(1, 409, HEALTHY),
        begun("suite", "npm-test", 1, 1),
        passed("suite", "npm-test", 1, 1, 384.0, tests=Totals(394, 390, 0, 0, 4)),
        RoundFinished(1, TREE, (), "", 431.0),
        passed("teardown", "stop-stack", 1, 1, 0.4),
        ServiceEnded("stack", "ended"),
        finished("green", 0, 1, 433.2, "every required step passed on one tree"),
    )


def flaky() -> Story:
    """The suite fails once and passes on the same tree."""
    return Story().tell(
        started(steps=(PLANNED[0], PLANNED[3])),
        RoundStarted(1, FIRST, TREE, 4),
        passed("stack", "restart-stack", 1, 1, 3.2),
        passed(
            "suite",
            "npm-test",
            1,
            1,
            361.0,
            verdict="failed",
            exit_code=1,
            tests=Totals(394, 389, 1, 0, 4),
            findings=(Finding("test-failed", "auth/clock.test.js::expires at midnight"),),
        ),
        RoundFinished(1, TREE, ("suite/npm-test",), "sha256:" + "ef" * 32, 365.0),
        RoundStarted(2, AGAIN, TREE, 1),
        passed("suite", "npm-test", 2, 2, 384.0, tests=Totals(394, 390, 0, 0, 4)),
        RoundFinished(2, TREE, (), "", 384.0),
        finished("flaky", 4, 2, 752.0, "a required step failed and passed although nothing changed"),
        NoteAdded(
            "The suite fails at midnight",
            "The test compares *local* dates",
            "Compare in UTC, see `auth/clock.js`",
            "Never let a test read the wall clock",
            "Time",
        ),
    )


def green_after_fix() -> Story:
    """Somebody fixes the backend while round 1 runs, and pushes."""
    fixed = BACKEND._replace(commit="beefcafe" + "0" * 32, subject="fix: answer 409 on duplicate signup")
    return Story().tell(
        started(steps=(PLANNED[0], PLANNED[2])),
        RoundStarted(1, FIRST, TREE, 4),
        begun("stack", "restart-stack", 1, 1),
        passed("stack", "restart-stack", 1, 1, 3.2),
        probe(1, 500, HEALTHY),
        TreeChanged(
            "unknown", ("backend: commit 56496c0 -> beefcaf", "backend: src/signup.js"), (), OTHER_TREE, (SIGNUP_DIFF,)
        ),
        IncidentHappened(IncidentKind.DRIFT, "the tree changed while round 1 ran (stack/restart-stack): src/signup.js"),
        RoundFinished(1, OTHER_TREE, ("negative-paths/duplicate-signup",), "sha256:" + "ef" * 32, 4.0),
        RoundStarted(2, "the tree changed: what failed, and what depends on it", OTHER_TREE, 2),
        passed("stack", "restart-stack", 2, 2, 3.1, tree=OTHER_TREE),
        probe(2, 409, HEALTHY, tree=OTHER_TREE, attempt=2),
        RoundFinished(2, OTHER_TREE, (), "", 3.4),
        finished(
            "green-after-fix",
            0,
            2,
            9.5,
            "every required step passed on one tree",
            repos=(fixed, PLAN_REPO),
            tree=OTHER_TREE,
            incidents=(("drift", 1),),
        ),
        NoteAdded(
            "A duplicate signup answers 500",
            "Nobody catches the unique index of the users' table",
            "Look the address up first, and answer 409",
            "Every constraint of the database is an answer of the API",
            "Authentication",
        ),
    )


def aborted() -> Story:
    """The run's process was killed in the middle of the suite; another command closed its journal."""
    return Story().tell(
        started(),
        RoundStarted(1, FIRST, TREE, 4),
        passed("stack", "restart-stack", 1, 1, 3.2),
        StepStarted("suite", "npm-test", 1, 1, 900.0, command="npm test"),
        finished("aborted", 1, 1, None, "the run's process died before it could close its journal", repos=()),
    )


def service_died() -> Story:
    """The backend dies after the smoke tests; what needs it cannot be judged as code."""
    return Story().tell(
        started(),
        RoundStarted(1, FIRST, TREE, 4),
        passed("stack", "restart-stack", 1, 1, 3.2),
        ServiceStarted("stack", "stack", "restart-stack"),
        passed("smoke", "auth-onboarding", 1, 1, 41.7),
        ServiceEnded("stack", "died"),
        IncidentHappened(
            IncidentKind.SERVICE_DIED,
            "the service stack, started by stack/restart-stack, died before the cycle ended",
            "stack",
            "restart-stack",
        ),
        probe(
            1,
            500,
            verdict="failed",
            received=Received(None, 1.2),
            findings=(Finding("probe", "no answer: connection refused"),),
        ),
        RoundFinished(1, TREE, ("negative-paths/duplicate-signup",), "sha256:" + "ef" * 32, 46.0),
        finished(
            "red",
            1,
            1,
            47.0,
            "a required step still fails, and nothing is left to try",
            incidents=(("service-died", 1),),
        ),
    )


def hostile(text: str) -> Story:
    """A red run in which everything that comes from outside is `text`."""
    repo = BACKEND._replace(subject=text, branch=text, upstream=text, drift=(f" M {text}",), drift_count=1)
    check = CheckResult("after_each", ProbeResult(text, text, Received(500, 1.0, text), met=False, problem=text))
    change = IntegrityChange(text, "test", "weakening", (text,), text)
    return Story().tell(
        started(
            judge_by=text,
            title=text,
            source=text,
            host=text,
            repos=(repo,),
            configuration=((text, text),),
            reading=(ReadingState(text, ""),),
            settle=(SettleRule("backend", (text,)),),
            steps=(PlannedStep(text, text, "required", text, 1.0, text),),
            deliverables=(text, f"an {text} of it"),
            fixer=text,
            mitigate=(text,),
            switches=(text,),
            watch=True,
        ),
        RoundStarted(1, text, TREE, 1),
        passed(
            "g",
            "s",
            1,
            1,
            1.0,
            verdict="failed",
            exit_code=1,
            command=text,
            output=text,
            request=text,
            expected=text,
            received=Received(500, 1.0, text),
            checks=(check,),
            findings=(Finding(text, text, text),),
            strays=(Stray(1, (text, text), 1.0, text),),
            last_lines=(text, *text.split("\n")),
            comparison=Comparison(text, lost=(text,), renamed=((text, text),)),
            measured=(Measured(text, 1.0, unit=text),),
            pattern=text,
            known=KnownFailure(text, "config", text, text, text, text, line=text),
        ),
        IncidentHappened(IncidentKind.TIMEOUT, text, text, text),
        TreeChanged("unknown", (text,), (change,), "", (FileDiff(text, text, text), FileDiff(text, "", text))),
        IntegrityCompared(text, (change,)),
        ServiceEnded(text, "died"),
        RerunFinished(text, text, 1, text, problem=text),
        StepFlaky(text, text, text, (text,)),
        RoundFinished(1, TREE, (text,), "", 1.0),
        *hostile_help(text),
        NoteAdded(text, text, text, text, text),
        RepoSettled(text, "kept", (text,), (text,), text, remote=text, problem=text),
        finished("red", 1, 1, 1.0, text, repos=(repo,)),
    )


ALL = {
    "green": green,
    "green-after-fix": green_after_fix,
    "red-timeout-stray": red_with_timeout_and_stray,
    "flaky": flaky,
    "aborted": aborted,
    "service-died": service_died,
    "evidence": evidence,
    "remembered": remembered,
    **HELPED,
}
