"""Owns a report by ids: one outcome for every test, whatever order and however often it was written. Judges nothing."""

from __future__ import annotations

from gatekeeper.model.report import Report, TestOutcome

_RANK: dict[TestOutcome, int] = {
    "passed": 0,
    "xpassed": 1,
    "flaky": 2,
    "skipped": 3,
    "xfailed": 4,
    "failed": 5,
    "error": 6,
}


def failing(outcome: TestOutcome) -> bool:
    """Whether a test that came to this speaks against its step."""
    match outcome:
        case "failed" | "error":
            return True
        case "passed" | "xpassed" | "flaky" | "skipped" | "xfailed":
            return False


def outcomes_of(report: Report) -> dict[str, TestOutcome]:
    """Every test of the report that could be collected, with what it came to.

    Of an id that occurs more than once (in two files, say) the worst outcome counts: passed, xpassed, flaky, skipped,
    xfailed, failed, error. What could not be collected is no test.
    """
    found: dict[str, TestOutcome] = dict.fromkeys(report.passed, "passed")
    for case in report.cases:
        if case.collected and _RANK[case.outcome] >= _RANK[found.get(case.id, "passed")]:
            found[case.id] = case.outcome
    return found
