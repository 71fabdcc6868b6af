"""A quarantine excuses failures of named tests until a day, and nothing else."""

from __future__ import annotations

import pytest

from gatekeeper.model.demands import BaselineSpec, Budget
from gatekeeper.model.report import TestOutcome
from gatekeeper.model.verdict import StepVerdict

from .evidence import COMPARING, REPORTING, TODAY, baseline, entry, judged, kinds, messages, passing, report, standard

PASSED, FAILED, ERROR = StepVerdict.PASSED, StepVerdict.FAILED, StepVerdict.ERROR
FAILING = report({"a::good": "passed", "a::bad": "failed"})


@pytest.mark.parametrize("came_to", ["failed", "error"])
def test_a_quarantined_failure_is_told_and_does_not_block(came_to: TestOutcome) -> None:
    """With and without a baseline; who, until when and why the ticket are told."""
    found = report({"a::good": "passed", "a::bad": came_to})
    for step, held in (
        (REPORTING, standard(None, entry("a::bad"))),
        (COMPARING, standard(baseline(passing(["a::good", "a::bad"])), entry("a::bad"))),
    ):
        result = judged(found, held, 1, of=step)
        assert result.verdict is PASSED
        assert kinds(result, blocking=True) == []
        assert messages(result, "quarantined") == ["a::bad (quarantined until 2026-12-31 by anna, GK-7)"]
        assert result.comparison is not None
        assert (result.comparison.quarantined, result.comparison.new_failures) == (("a::bad",), ())


@pytest.mark.parametrize(
    ("expires", "verdict"), [(TODAY, PASSED), ("2026-11-28", PASSED), ("2026-11-26", FAILED), ("2025-12-31", FAILED)]
)
def test_an_entry_holds_until_its_day_is_over(expires: str, verdict: StepVerdict) -> None:
    result = judged(FAILING, standard(None, entry("a::bad", expires)), 1, of=REPORTING)
    assert result.verdict is verdict
    assert ("quarantine-expired" in kinds(result)) is (verdict is FAILED)


@pytest.mark.parametrize("came_to", ["passed", "failed", "error", "skipped", "xfailed", "xpassed", "flaky"])
def test_an_entry_past_its_date_blocks_while_its_test_is_there(came_to: TestOutcome) -> None:
    """Whatever the test came to: it was to be looked at, and was not. Everything that helps is in the words."""
    found = report({"a::good": "passed", "a::bad": came_to})
    result = judged(found, standard(None, entry("a::bad", "2026-11-01", 12)), of=REPORTING)
    assert result.verdict is FAILED
    (finding,) = (found for found in result.findings if found.kind == "quarantine-expired")
    assert finding.place == "gates/quarantine.yaml:12"
    assert finding.message == (
        "a::bad was quarantined until 2026-11-01, and that is over (owner anna, ticket GK-7): "
        "repair it, or decide anew and change the entry"
    )


def test_a_failure_whose_quarantine_is_over_is_no_longer_known() -> None:
    held = standard(baseline({"a::good": "passed", "a::bad": "failed"}), entry("a::bad", "2026-11-01"))
    result = judged(FAILING, held, 1)
    assert messages(result, "test-failed") == ["a::bad (its quarantine is over)"]
    assert kinds(result, blocking=True) == ["exit-code", "test-failed", "quarantine-expired"]


def test_of_two_entries_for_one_test_the_stricter_counts() -> None:
    held = standard(None, entry("a::bad", "2030-01-01"), entry("a::bad", "2026-11-01"))
    result = judged(FAILING, held, 1, of=REPORTING)
    assert (result.verdict, result.comparison) == (FAILED, None)
    assert "quarantined" not in kinds(result)


def test_no_budget_lets_a_failure_pass_whose_quarantine_is_over() -> None:
    lenient = COMPARING._replace(baseline=BaselineSpec(new_failures=5))
    held = standard(baseline(passing(["a::good", "a::bad"])), entry("a::bad", "2026-11-01"))
    result = judged(FAILING, held, 1, of=lenient)
    assert kinds(result, blocking=True) == ["exit-code", "test-failed", "quarantine-expired"]


def test_nothing_is_in_force_on_a_day_that_is_not_known() -> None:
    held = standard(None, entry("a::bad"))._replace(today="")
    assert judged(FAILING, held, 1, of=REPORTING).verdict is FAILED


@pytest.mark.parametrize("test", ["a::*", "a::", "*", "A::bad", "a::bad ", "a::ba"])
def test_there_are_no_wildcards(test: str) -> None:
    assert judged(FAILING, standard(None, entry(test)), 1, of=REPORTING).verdict is FAILED


def test_a_quarantined_test_that_is_gone_is_lost() -> None:
    result = judged(report(passing(["a::good"])), standard(baseline(passing(["a::good", "a::bad"])), entry("a::bad")))
    assert result.verdict is FAILED
    assert "a::bad" in messages(result, "lost-tests")[0]


def test_an_entry_that_names_no_test_of_its_file_is_told_of() -> None:
    """One of another file may be another step's."""
    held = standard(None, entry("a::typo", line=7), entry("elsewhere::t"))
    result = judged(report(passing(["a::good"])), held, of=REPORTING)
    assert result.verdict is PASSED
    (finding,) = result.findings
    assert (finding.kind, finding.place, finding.blocks) == ("quarantine-stranger", "gates/quarantine.yaml:7", False)


def test_a_quarantined_test_that_passes_cleanly_may_graduate() -> None:
    """One that needed a second try may not; an xfail mark that is met by a pass is the same thing."""
    tests: dict[str, TestOutcome] = {"a::q": "passed", "a::wobbly": "flaky", "a::x": "xpassed", "a::skip": "skipped"}
    held = standard(None, *map(entry, ("a::q", "a::wobbly", "a::skip")))
    result = judged(report(tests), held, of=REPORTING)
    assert result.comparison is not None
    assert result.comparison.graduates == ("a::q", "a::x")
    assert (result.verdict, result.flaky) == (PASSED, False), "what is quarantined may wobble"


def test_a_quarantine_that_cannot_be_read_is_no_empty_one() -> None:
    held = standard(None, problem="gates/quarantine.yaml:3:5: no such date")
    assert judged(report(passing(["a::t"])), held, of=REPORTING).verdict is ERROR
    assert messages(judged(FAILING, held, 1, of=REPORTING), "quarantine-unreadable") == [
        "the quarantine cannot be read: gates/quarantine.yaml:3:5: no such date"
    ]


@pytest.mark.parametrize(("listed", "verdict"), [(("a::bad",), PASSED), ((), FAILED), (("a::good",), FAILED)])
def test_a_quarantined_test_may_be_skipped(listed: tuple[str, ...], verdict: StepVerdict) -> None:
    """That very test; and it excuses no number that is bounded in all."""
    found = report({"a::good": "passed", "a::bad": "skipped"})
    held = standard(baseline(passing(["a::good", "a::bad"])), *map(entry, listed))
    grown = COMPARING._replace(baseline=BaselineSpec(skipped=Budget(growth=0.0)))
    assert judged(found, held, of=grown).verdict is verdict
    total = COMPARING._replace(baseline=BaselineSpec(skipped=Budget(total=0.0)))
    assert judged(found, held, of=total).verdict is FAILED


def test_a_quarantine_excuses_no_contradiction() -> None:
    """An exit code of 0 beside a failing test is one, and it excuses no code that says more than "tests failed"."""
    held = standard(None, entry("a::bad"))
    assert judged(FAILING, held, 0, of=REPORTING).verdict is FAILED
    assert judged(FAILING, held, 139, of=REPORTING).verdict is FAILED
    assert judged(FAILING._replace(contradictions=("x",)), held, 1, of=REPORTING).verdict is FAILED
