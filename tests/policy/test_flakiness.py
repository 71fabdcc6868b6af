"""What is said of a step that was seen red and green on one tree."""

from __future__ import annotations

from gatekeeper.model.former import FormerAttempt
from gatekeeper.model.plan import StepId
from gatekeeper.policy.flakiness import failed_before, flaky_step

SUITE = StepId("g", "suite")


def tried(run: str, tree: str, *passed: bool, step: str = "suite") -> list[FormerAttempt]:
    return [FormerAttempt(run, "g", step, tree, each) for each in passed]


def test_only_failures_on_the_very_tree_count() -> None:
    """Whatever failed on another one was another one's fault."""
    found = [*tried("r1", "A", False, step="other"), *tried("r1", "B", False), *tried("r1", "A", True)]
    assert failed_before(found, "A") == {StepId("g", "other")}


def test_a_failure_in_a_former_run_is_named_with_its_rate() -> None:
    """Only attempts on trees that also passed are in the sample: a tree that never passed may simply be broken."""
    found = [
        *tried("now", "A", True),
        *tried("r2", "A", False, False),
        *tried("r1", "B", True, True, True, True, True, True),
        *tried("r1", "C", False, False, False),
    ]
    told = flaky_step(SUITE, found, tree="A", run="now")
    assert told.message == (
        "passed, and on the same tree it failed in r2; "
        "it failed 2 of 9 attempts on trees that also passed: 22 %, 95 % interval 6 to 55 %"
    )
    assert (told.runs, told.failed, told.attempts, told.low, told.high) == (("r2",), 2, 9, 6.32, 54.74)


def test_a_failure_in_this_run_is_told_so() -> None:
    """Former runs are named as well where there are some, the newest, each once."""
    here = flaky_step(SUITE, tried("now", "A", False, True), tree="A", run="now")
    assert here.message.startswith("passed and failed on the same tree in this run; it failed 1 of 2 attempts")
    assert here.runs == ()
    many = [*tried("now", "A", False, True), *(each for n in range(5) for each in tried(f"r{n}", "A", False, False))]
    both = flaky_step(SUITE, many, tree="A", run="now")
    assert both.message.startswith("passed, and on the same tree it failed in r0, r1, r2 and 2 more, and in this run")
    assert both.runs == ("r0", "r1", "r2", "r3", "r4")


def test_a_rerun_inside_an_attempt_has_no_rate_of_failures() -> None:
    """No attempt failed; zero of so many would say that all is well."""
    told = flaky_step(SUITE, tried("now", "A", True), tree="A", run="now")
    assert told.message == "passed only after a part of it had been run again"
    assert (told.failed, told.attempts) == (0, 1)
