"""Reports, baselines and attempts in as few words as they have meaning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from gatekeeper.model.baseline import Baseline, BaselineProblem, Standard
from gatekeeper.model.demands import BaselineSpec, QuarantineEntry, ReportSpec
from gatekeeper.model.outcome import Attempt, Exited, Outcome
from gatekeeper.model.plan import Step
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.report import Report, ReportedTest, TestOutcome, Totals
from gatekeeper.model.verdict import StepResult
from gatekeeper.policy.judge import judge
from tests.policy.situations import step

Record = TypeVar("Record", bound=NamedTuple)
TODAY = "2026-11-27"
REPORTING = step("suite/unit")._replace(report=ReportSpec("junit", ("r.xml",)))
COMPARING = REPORTING._replace(baseline=BaselineSpec())


def changed(record: Record, **changes: object) -> Record:
    """The record with other values for these fields, whatever their names."""
    return record._make({**record._asdict(), **changes}.values())


def report(tests: Mapping[str, TestOutcome], *more: ReportedTest) -> Report:
    """A whole report of these tests, and of more that need more than an outcome."""
    cases = (*(ReportedTest(test, came_to) for test, came_to in tests.items() if came_to != "passed"), *more)
    outcomes = [*tests.values(), *(case.outcome for case in more)]
    counts = Totals(
        len(outcomes),
        *(outcomes.count(each) for each in ("passed", "failed", "error", "skipped", "xfailed", "xpassed", "flaky")),
    )
    passed = tuple(test for test, came_to in tests.items() if came_to == "passed")
    return Report(counts, cases, ("r.xml",), passed=passed)


def baseline(tests: Mapping[str, TestOutcome], **more: Mapping[str, float]) -> Baseline:
    """A baseline of these tests."""
    return Baseline("gates/baselines/c/suite.unit.json", "sha256:0", tests, **more)


def entry(test: str, expires: str = "2026-12-31", line: int = 3) -> QuarantineEntry:
    """A quarantine entry of Anna's."""
    return QuarantineEntry(test, "anna", "it is known", "GK-7", expires, line)


def standard(
    before: Baseline | BaselineProblem | None = None, *quarantine: QuarantineEntry, problem: str = ""
) -> Standard:
    """What a run of today is held against."""
    return Standard(before, quarantine, problem, TODAY)


def judged(
    found: Report, against: Standard, outcome: Outcome | int = 0, of: Step = COMPARING, **attempt: object
) -> StepResult:
    """The result of an attempt that left this report."""
    end = Exited(outcome) if isinstance(outcome, int) else outcome
    return judge(of, changed(Attempt(end, 1.0, report=found), **attempt), standard=against)


def kinds(result: StepResult, *, blocking: bool | None = None) -> list[str]:
    """The kinds of what was found, of all or of what blocks or does not."""
    return [found.kind for found in result.findings if blocking is None or found.blocks is blocking]


def messages(result: StepResult, kind: str) -> list[str]:
    """The words of the findings of one kind."""
    return [found.message for found in result.findings if found.kind == kind]


def passing(tests: Iterable[str]) -> dict[str, TestOutcome]:
    """These tests, all of them passed."""
    return dict.fromkeys(tests, "passed")
