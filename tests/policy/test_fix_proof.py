"""What one run on the tree before a fix says of it: as before, not at all, or nobody knows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.model.events import Entry, Event, RoundStarted, StepFinished
from gatekeeper.model.help_events import FixProved, TreeChanged
from gatekeeper.model.integrity import GuardedKind, IntegrityChange
from gatekeeper.model.verdict import Finding, StepVerdict
from gatekeeper.policy.fix_proof import beside_tests_alone, outcome_of_fix
from gatekeeper.policy.fold import fold
from gatekeeper.policy.signature import step_signature

RED = (Finding("exit-code", "exit code 4"),)
SIGNATURE = step_signature("failed", RED)


def result(verdict: str, *findings: Finding, step: str = "check") -> StepFinished:
    return StepFinished(gate="suite", step=step, round=1, attempt=1, verdict=verdict, findings=findings)


@pytest.mark.parametrize(
    ("found", "others", "outcome", "message", "elsewhere"),
    [
        (result("failed", *RED), (), "failed", "exit code 4", False),
        (result("passed"), (), "passed", "", False),
        (
            result("failed", Finding("exit-code", "exit code 127 (command not found)")),
            (),
            "unclear",
            "it is failed for another reason than it was: exit code 127 (command not found)",
            True,
        ),
        (result("timed-out", *RED), (), "unclear", "it is timed-out for another reason than it was: exit code 4", True),
        (
            result("blocked"),
            (result("failed", Finding("exit-code", "exit code 2"), step="build"), result("blocked", step="make")),
            "unclear",
            "it does not run, because suite/build, which it needs, is failed: exit code 2",
            True,
        ),
        (result("cancelled"), (), "unclear", "suite/check was cancelled", False),
        (result("skipped"), (result("passed", step="build"),), "unclear", "suite/check was skipped", False),
        (None, (), "unclear", "it has no result", False),
    ],
)
def test_each_way(
    found: StepFinished | None, others: tuple[StepFinished, ...], outcome: str, message: str, elsewhere: bool
) -> None:
    assert outcome_of_fix(SIGNATURE, found, others) == (outcome, message, elsewhere)


_VERDICTS = st.sampled_from([verdict.value for verdict in StepVerdict])
_FINDINGS = st.lists(
    st.sampled_from([*RED, Finding("exit-code", "exit code 5"), Finding("noted", "x", blocks=False)]), max_size=3
)


@given(_VERDICTS, _FINDINGS, st.lists(_VERDICTS, max_size=3))
def test_only_the_same_failure_proves_and_only_a_pass_accuses(
    verdict: str, findings: list[Finding], others: list[str]
) -> None:
    """Whatever else happened there."""
    found = outcome_of_fix(
        SIGNATURE, result(verdict, *findings), [result(other, step=f"s{n}") for n, other in enumerate(others)]
    )
    assert (found.outcome == "passed") == (verdict == "passed")
    same = verdict == "failed" and [each for each in findings if each.blocks] == list(RED)
    assert (found.outcome == "failed") == same
    assert found.outcome != "unclear" or found.message


PROVED = FixProved("suite", "check", "T", "failed", "test_sum: 5 is not 4", "r2")
FAILS = Finding("test-failed", "test_sum: 5 is not 4")


def judged(*changes: TreeChanged, finding: Finding = FAILS, proved: FixProved = PROVED) -> FixProved:
    """What is said of the proof of a run with one red round, after which so much changed."""
    red = result("failed", finding)._replace(tree="T")
    events: tuple[Event, ...] = (RoundStarted(1, "first", "T"), red, *changes)
    return beside_tests_alone(proved, fold("r", [Entry(seq, "", "r", event) for seq, event in enumerate(events)]))


def changed(file: str, kind: GuardedKind | None = None, by: str = "fixer") -> TreeChanged:
    return TreeChanged(by, (f"app: {file}",), (IntegrityChange(file, kind, "neutral"),) if kind else ())


def test_where_the_fixer_changed_only_tests_nobody_knows_what_was_wrong() -> None:
    """It may have written the wrong sum into the test: that the test failed before is no proof of a fix."""
    proved = judged(changed("tests/test_sum.py", "test"), changed("pytest.ini", "test-config"))
    assert (proved.outcome, proved.run) == ("unclear", "r2")
    assert "nothing but tests since (app: tests/test_sum.py, app: pytest.ini)" in proved.message
    assert "test_sum: 5 is not 4" in proved.message


def test_the_tests_of_a_project_in_a_subfolder_are_tests() -> None:
    """What judges is named from the repository's top, what changed from the repo's folder."""
    change = TreeChanged(
        "fixer", ("app: tests/test_sum.py",), (IntegrityChange("packages/app/tests/test_sum.py", "test", "neutral"),)
    )
    assert judged(change).outcome == "unclear"


@pytest.mark.parametrize(
    "changes",
    [
        (changed("src/sum.py"), changed("tests/test_sum.py", "test")),
        (changed("tests/test_sum.py", "test", by="unknown"),),
        (changed("tests/test_sum.py", "test"), changed("src/sum.py", by="unknown")),
        (changed("requirements.txt", "lock"),),
        (),
    ],
    ids=["code too", "a person's", "a person mends the code", "a lock file", "nothing"],
)
def test_any_other_fix_stands(changes: tuple[TreeChanged, ...]) -> None:
    assert judged(*changes) == PROVED


def test_a_formatter_that_is_the_fixer_may_change_only_tests() -> None:
    """What was red there is no test."""
    assert judged(changed("tests/test_sum.py", "test"), finding=RED[0]) == PROVED


def test_a_flake_stays_one() -> None:
    passed = PROVED._replace(outcome="passed")
    assert judged(changed("tests/test_sum.py", "test"), proved=passed) == passed
