"""Owns the stories of runs that were helped: mitigated, fixed, resumed, waited for, given up."""

from __future__ import annotations

from gatekeeper.model.event_parts import FileDiff
from gatekeeper.model.events import (
    Event,
    NoteAdded,
    RoundFinished,
    RoundStarted,
    StepFinished,
    StepStarted,
)
from gatekeeper.model.help_events import (
    BreakerOpened,
    ChangeAwaited,
    FixerFinished,
    FixerStarted,
    FixProved,
    MitigationFinished,
    MitigationStarted,
    RepoSettled,
    RetryScheduled,
    RunResumed,
    TreeChanged,
    Usage,
)
from gatekeeper.model.integrity import IntegrityChange
from gatekeeper.model.verdict import Finding
from tests.adapters.executionlog.help_telling import (
    ALL_PASSED,
    BRIEF,
    CHANGED,
    CONFIRM,
    DNS,
    DUPLICATE,
    PORT_IN_USE,
    PROVIDER,
    SIGNATURE,
    STILL_FAILS,
    TWO,
    failing_suite,
    finished,
    passing_suite,
    reused_stack,
)
from tests.adapters.executionlog.log_telling import (
    BACKEND,
    FIRST,
    OTHER_TREE,
    PLAN_REPO,
    SIGNUP_DIFF,
    TREE,
    Story,
    begun,
    passed,
    started,
)


def mitigated() -> Story:
    """A foreign process holds the port; the pattern knows it, the cycle lets its mitigation run, and all is well."""
    failed = passed("stack", "restart-stack", 1, 1, 1.4, verdict="failed", exit_code=1)._replace(
        findings=(Finding("exit-code", "exit code 1"),),
        last_lines=("starting …", PORT_IN_USE.line),
        class_="config",
        pattern="port_in_use",
        known=PORT_IN_USE,
    )
    blocked = Finding("blocked", "stack/restart-stack did not pass")
    return Story().tell(
        started(steps=TWO, mitigate=("port_in_use",)),
        RoundStarted(1, FIRST, TREE, 2),
        failed,
        StepFinished("suite", "npm-test", 1, 0, "blocked", findings=(blocked,)),
        RoundFinished(1, TREE, ("stack/restart-stack", "suite/npm-test"), SIGNATURE, 1.5),
        MitigationStarted("port_in_use", "kill 123", "stack", "restart-stack", TREE, 1, 30.0),
        MitigationFinished("port_in_use", 0, 0.041, "output/mitigation.port_in_use.1.log", "sha256:" + "3a" * 32),
        RoundStarted(2, "a mitigation ran: what failed, and what depends on it", TREE, 2),
        passed("stack", "restart-stack", 2, 2, 3.2),
        passing_suite(2, 1),
        RoundFinished(2, TREE, (), "", 388.0),
        finished("green-after-fix", 0, 2, 391.0, ALL_PASSED),
    )


def fixed() -> Story:
    """The suite fails for a reason that nobody knows; the fixer mends the backend, and that is proven."""
    usage = Usage(120_412, 3_391, 123_803, 0.4821, PROVIDER)
    mended = BACKEND._replace(commit="beefcafe" + "0" * 32, subject="fix: answer 409 on a duplicate signup", ahead=1)
    return Story().tell(
        started(steps=TWO, fixer=PROVIDER, calls=3),
        RoundStarted(1, FIRST, TREE, 2),
        begun("stack", "restart-stack", 1, 1),
        passed("stack", "restart-stack", 1, 1, 3.2),
        begun("suite", "npm-test", 1, 1),
        failing_suite(1, 1),
        RoundFinished(1, TREE, ("suite/npm-test",), SIGNATURE, 365.0, (("backend", "5eed" * 10),)),
        FixerStarted(1, PROVIDER, BRIEF, TREE, "./agent-fix.sh --json", 1800.0, "fixer/1/brief.md"),
        NoteAdded(
            "A duplicate signup answers 500",
            "The handler let the database's UNIQUE constraint through as it came",
            "Look the address up first, and answer 409",
            "Map every constraint of the database to an answer of its own",
            "Authentication",
        ),
        FixerFinished(
            *(1, 0, 212.4, ("backend: src/signup.js", "backend: src/errors.js")),
            commits=("backend: beefcafe" + "0" * 32 + " fix: answer 409 on a duplicate signup",),
            findings=(Finding("fixer-committed", "it made 1 commit: backend: beefcafe0000 fix: …", blocks=False),),
            usage=usage,
            diffstat=("M +9 -2 backend: src/signup.js", "A +4 -0 backend: src/errors.js"),
            output="output/fixer.1.log",
            output_digest="sha256:" + "f1" * 32,
        ),
        TreeChanged(
            "fixer",
            ("backend: src/signup.js", "backend: src/errors.js"),
            (),
            OTHER_TREE,
            (SIGNUP_DIFF, FileDiff("backend: src/errors.js", "@@ -0,0 +1 @@\n+exports.taken = 'taken';")),
        ),
        RoundStarted(2, CHANGED, OTHER_TREE, 1),
        passing_suite(2, 2, tree=OTHER_TREE),
        RoundFinished(2, OTHER_TREE, (), "", 385.0),
        RoundStarted(3, CONFIRM, OTHER_TREE, 1),
        reused_stack(3),
        RoundFinished(3, OTHER_TREE, (), "", 0.2),
        FixProved(
            *("suite", "npm-test", TREE, "failed"),
            DUPLICATE.message,
            "2026-02-18T02-20-07Z-backend-cycle-9c01",
        ),
        RepoSettled(
            "backend", "kept", ("beefcafe" + "0" * 32,), committed="", pushed=True, remote="origin/development"
        ),
        RepoSettled("plan", "unsettled", (), ("config/stack.yml",)),
        finished("green-after-fix", 0, 3, 1034.0, ALL_PASSED, repos=(mended, PLAN_REPO), tree=OTHER_TREE),
    )


def given_up() -> Story:
    """The fixer changes what is protected, then changes nothing, twice; the breaker stops it."""
    edit = IntegrityChange("tests/signup.test.js", "test", "weakening", ("fewer-assertions: 1 where 3 were",))
    story = Story().tell(
        started(steps=TWO, fixer="./agent-fix.sh", calls=5),
        RoundStarted(1, FIRST, TREE, 2),
        passed("stack", "restart-stack", 1, 1, 3.2),
        failing_suite(1, 1),
        RoundFinished(1, TREE, ("suite/npm-test",), SIGNATURE, 365.0),
        FixerStarted(1, "", BRIEF, TREE, "./agent-fix.sh", 1800.0, "fixer/1/brief.md"),
        FixerFinished(
            *(1, 0, 31.0, ("backend: tests/signup.test.js",)),
            findings=(
                Finding("fixer-protected", "it changed what is protected: backend: tests/signup.test.js"),
                Finding("fixer-stashed", "backend: it changed the stash", blocks=False),
            ),
            usage=Usage(input_tokens=9_000),
            diffstat=("M +1 -3 backend: tests/signup.test.js",),
            violating=("backend: tests/signup.test.js",),
        ),
        TreeChanged("fixer", ("backend: tests/signup.test.js",), (edit,), OTHER_TREE),
        RoundStarted(2, CHANGED, OTHER_TREE, 1),
        failing_suite(2, 2, tree=OTHER_TREE),
        RoundFinished(2, OTHER_TREE, ("suite/npm-test",), SIGNATURE, 361.0),
    )
    for call in (2, 3):
        story.tell(
            FixerStarted(call, "", BRIEF, OTHER_TREE, "./agent-fix.sh", 1800.0, f"fixer/{call}/brief.md"),
            FixerFinished(
                call, 1 if call == 2 else None, 2.1, problem="" if call == 2 else "ended at its hard timeout"
            ),
        )
    message = "the fixer changed nothing in 2 calls in a row: suite/npm-test"
    return story.tell(
        BreakerOpened("no-progress", SIGNATURE, OTHER_TREE, message),
        finished("red", 1, 2, 790.0, STILL_FAILS),
    )


def resumed() -> Story:
    """The machine dies in the middle of the suite; the run goes on where it was, and one failure turns out infra."""
    lost = passed("suite", "npm-test", 1, 2, 12.0, verdict="infra", exit_code=1)._replace(
        findings=(Finding("exit-code", "exit code 1"),), class_="infra", pattern="dns_failure", known=DNS
    )
    return Story().tell(
        started(steps=TWO, switches=("no-fixer", "no-notify"), fixer=PROVIDER, calls=3),
        RoundStarted(1, FIRST, TREE, 2),
        StepStarted("stack", "restart-stack", 1, 1, 300.0, command="./dev-scripts/restart-stack.sh"),
        passed("stack", "restart-stack", 1, 1, 3.2),
        StepStarted("suite", "npm-test", 1, 1, 900.0, command="npm test"),
        finished("aborted", 1, 1, None, "the run's process died before it could close its journal", repos=()),
        RunResumed(5, TREE, 815, "nightly-2", ("suite/npm-test",)),
        RoundStarted(1, "resumed: what has not passed on this tree", TREE, 1),
        StepStarted("suite", "npm-test", 1, 2, 900.0, command="npm test"),
        lost,
        RoundFinished(1, TREE, ("suite/npm-test",), SIGNATURE, 12.0),
        BreakerOpened(
            "dependency", "registry.example.test", TREE, "registry.example.test failed 3 times in a row", 30.0
        ),
        RetryScheduled("suite", "npm-test", "infra", 30.0, 1),
        RoundStarted(2, "infrastructure failed: again on the same tree", TREE, 1),
        StepStarted("suite", "npm-test", 2, 3, 900.0, command="npm test"),
        passing_suite(2, 3),
        RoundFinished(2, TREE, (), "", 384.0),
        finished("green", 0, 2, 462.0, ALL_PASSED),
    )


def watched() -> Story:
    """Nothing is left to try, and somebody edits; a round is ended early because they edit once more."""
    third = "sha256:" + "3f5a" * 16
    return Story().tell(
        started(steps=TWO, watch=True),
        RoundStarted(1, FIRST, TREE, 2),
        passed("stack", "restart-stack", 1, 1, 3.2),
        failing_suite(1, 1),
        RoundFinished(1, TREE, ("suite/npm-test",), SIGNATURE, 365.0),
        ChangeAwaited(TREE, 4, 6832.0),
        TreeChanged("unknown", ("backend: src/signup.js",), (), OTHER_TREE),
        RoundStarted(2, CHANGED, OTHER_TREE, 1),
        passing_suite(2, 2, verdict="cancelled", exit_code=None, tests=None, duration_s=4.0),
        TreeChanged("unknown", ("backend: src/signup.js",), (), third),
        RoundFinished(2, third, (), "", 4.1, abandoned=True),
        RoundStarted(3, CHANGED, third, 2),
        reused_stack(3),
        passing_suite(3, 3, tree=third),
        RoundFinished(3, third, (), "", 384.0),
        FixProved(
            *("suite", "npm-test", TREE, "unclear"),
            "it is failed for another reason than it was: cannot find module 'express'",
        ),
        finished("inconclusive", 3, 3, 790.0, "a fix could not be seen to be what made a step pass", tree=third),
    )


def hostile_help(text: str) -> tuple[Event, ...]:
    """Help in which everything that comes from outside is `text`, and the step passes after it."""
    again = passed("g", "s", 2, 2, 1.0, command=text)
    return (
        MitigationStarted(text, text, text, text, TREE, 1),
        MitigationFinished(text, None, problem=text, output=text, output_digest=text),
        FixerStarted(1, text, text, TREE, text, 1.0, text),
        FixerFinished(
            *(1, None, 1.0, (text,), (text,), (Finding(text, text, text),), Usage(1, None, 2, 0.5, text)),
            diffstat=(text,),
            violating=(text,),
            undone=(text,),
            output=text,
            problem=text,
        ),
        BreakerOpened("no-progress", text, TREE, text),
        BreakerOpened("dependency", text, TREE, text, 1.0),
        RunResumed(3, TREE, 1, text, (text,)),
        RoundStarted(2, text, OTHER_TREE, 1),
        again,
        RoundFinished(2, OTHER_TREE, (), "", 1.0),
        FixProved("g", "s", TREE, "unclear", text, text),
    )


HELPED = {
    "mitigated": mitigated,
    "fixed": fixed,
    "given-up": given_up,
    "resumed": resumed,
    "watched": watched,
}
