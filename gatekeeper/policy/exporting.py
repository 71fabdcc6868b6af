"""Owns what a run is to other tools: suites and cases, each with its outcome, name and words. Knows no format.

A step is a suite. Its tests are the cases where its report could be read again; the step itself is one where it has
none, or where its tests do not say what the step came to. Two things always hold: what did not end well has a case that
failed, and what stands in nobody's way is no failure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gatekeeper.model.events import StepFinished
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.report import Report, ReportedTest, TestOutcome
from gatekeeper.policy.export_steps import (
    DETAIL,
    MESSAGE,
    NAME,
    CaseOutcome,
    RunTold,
    StepTold,
    Try,
    message_of,
    outcome_of,
    readable,
)
from gatekeeper.policy.summary import blocking, is_fine, telling_first

_EXCUSING = frozenset({"quarantined", "known-failure", "new-failure"})
"""Kinds of findings on tests that failed and may."""

_BAD = frozenset({"failed", "error"})
_FLAKY = "passed, and failed before although nothing had changed"
_NEVER = "never ran: the run ended before its turn"


class Case(NamedTuple):
    """One test, or one step as a whole. `kind` is the verdict or the test's own outcome.

    `place` is ``file:line`` beside the step's folder; `duration_s` is None where nobody told; `tries` came before.
    """

    group: str
    name: str
    outcome: CaseOutcome
    kind: str
    message: str = ""
    detail: str = ""
    place: str = ""
    duration_s: float | None = None
    attempts: int = 1
    tries: tuple[Try, ...] = ()


class Suite(NamedTuple):
    """One step with its cases. `properties` are further facts of it, in words."""

    name: str
    cases: tuple[Case, ...]
    duration_s: float = 0.0
    properties: tuple[tuple[str, str], ...] = ()


def suite_of(told: StepTold, report: Report | None) -> Suite:
    """The step as a suite, with the tests of `report` where it could be read again."""
    result = told.result
    tests: tuple[Case, ...] = ()
    if report is not None and result is not None:
        spared = is_fine(result) or told.tier != "required"
        excused = [finding.message for finding in result.findings if finding.kind in _EXCUSING]
        tests = tuple(_tests(report, spared=spared, excused=excused))
    cases = tests if _told_by(tests, told) else (_own_case(told), *tests)
    name = readable(str(told.step), NAME)
    return Suite(name, cases, result.duration_s if result is not None else 0.0, tuple(_properties(told)))


def closing_suite(run: RunTold, *, failed: bool) -> Suite | None:
    """What makes a run that did not end well look so where no case has `failed`; None where none is needed."""
    if failed or not run.exit_code:
        return None
    case = Case("run", "verdict", "error", run.verdict, f"{run.verdict}: {run.reason}" if run.reason else run.verdict)
    return Suite("run/verdict", (case,))


def is_bad(case: Case) -> bool:
    """Whether the case speaks against the run."""
    return case.outcome in _BAD


def _told_by(tests: tuple[Case, ...], told: StepTold) -> bool:
    """Whether the tests alone show what the step came to."""
    if not tests or told.result is None:
        return False
    if told.tries or (told.flaky and not any(case.outcome == "flaky" for case in tests)):
        return False
    return is_fine(told.result) or any(is_bad(case) for case in tests)


def _own_case(told: StepTold) -> Case:
    step, result = told.step, told.result
    if told.interrupted:
        case = Case(step.gate, step.step, "error", "interrupted", "was running when the run ended")
    elif result is None:
        case = Case(step.gate, step.step, "skipped", "never-ran", _NEVER)
    else:
        outcome, message = outcome_of(result.verdict), message_of(result)
        if outcome == "passed" and told.flaky:
            outcome, message = "flaky", _FLAKY
        case = Case(
            step.gate,
            step.step,
            outcome,
            result.verdict,
            message,
            _detail(result),
            next((finding.place for finding in blocking(result) if finding.place), ""),
            result.duration_s,
            len(told.tries) + 1,
            told.tries,
        )
    return case._replace(outcome="excused") if told.tier != "required" and is_bad(case) else case


def _detail(event: StepFinished) -> str:
    if is_fine(event):
        return ""
    told = telling_first(blocking(event))
    lines = [f"{one.place}: {one.message}" if one.place else one.message for one in told]
    if event.known is not None:
        lines += ["", f"known as {event.known.pattern}: {event.known.root_cause}", event.known.suggestion]
    if event.last_lines:
        lines += ["", "its last lines:", *event.last_lines]
    return readable("\n".join(lines).strip(), DETAIL)


def _properties(told: StepTold) -> Iterator[tuple[str, str]]:
    yield "tier", told.tier
    result = told.result
    if result is None:
        return
    yield "verdict", result.verdict
    if words := result.command or result.request:
        yield "command", readable(words, MESSAGE)
    if result.exit_code is not None:
        yield "exit code", str(result.exit_code)
    if result.output is not None:
        yield "output", result.output
    if result.reused:
        yield "reused", "its inputs are as they were when it passed"


def _tests(report: Report, *, spared: bool, excused: Iterable[str]) -> Iterator[Case]:
    known = tuple(excused)
    for test in report.cases:
        # A finding on a test begins with the test's id.
        mild = spared or any(said.startswith((f"{test.id}: ", f"{test.id} (")) for said in known)
        yield _test(test, _test_outcome(test.outcome, mild=mild))
    for test_id in report.passed:
        group, name = _split(test_id)
        yield Case(group, name, "passed", "passed")


def _test(test: ReportedTest, outcome: CaseOutcome) -> Case:
    group, name = _split(test.id)
    words, place = readable(test.message, MESSAGE), readable(test.place, NAME)
    detail = f"{place}: {words}" if place else words
    return Case(group, name, outcome, test.outcome, words, detail, place, test.duration_s, test.attempts)


def _test_outcome(outcome: TestOutcome, *, mild: bool) -> CaseOutcome:
    match outcome:
        case "failed" | "error":
            return "excused" if mild else outcome
        case "xfailed":
            return "excused"
        case "xpassed":
            return "passed"
        case "passed" | "flaky" | "skipped":
            return outcome


def _split(test_id: str) -> tuple[str, str]:
    group, colons, name = readable(test_id, NAME).partition("::")
    return (group, name) if colons and name else ("", group)


def name_of(suite: Suite, case: Case) -> str:
    """The full name of a case, which holds its suite's."""
    if suite.name == f"{case.group}/{case.name}":
        return suite.name
    return " > ".join(part for part in (suite.name, case.group, case.name) if part)
