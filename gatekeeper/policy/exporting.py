"""Owns what a run is to other tools: suites and cases, each with its outcome, name and words. Knows no format.

A step is a suite. Its tests are the cases where its report could be read again; the step itself is one where it has
none, or where its tests do not say what the step came to. Two things always hold: what did not end well has a case that
failed, and what stands in nobody's way is no failure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, TypeAlias

from gatekeeper.model.events import RunFinished, RunStarted, StepFinished
from gatekeeper.model.plan import StepId
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.report import Report, ReportedTest, TestOutcome
from gatekeeper.model.verdict import StepVerdict
from gatekeeper.policy.flakes import flaky_steps
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.summary import attempts_of, blocking, is_fine, telling_first
from gatekeeper.policy.terminal_text import settled

CaseOutcome: TypeAlias = Literal["passed", "flaky", "failed", "error", "skipped", "excused"]
"""``excused`` failed and stands in nobody's way; ``error`` is what could not be judged; ``flaky`` passed at last."""

MESSAGE = 1000
DETAIL = 8000
_NAME = 600
_BAD = frozenset({"failed", "error"})
_WITHOUT_XML = {0xFFFE: "\ufffd", 0xFFFF: "\ufffd"}
_NEVER = "never ran: the run ended before its turn"


class Try(NamedTuple):
    """An earlier attempt on the same tree that did not end well."""

    attempt: int
    outcome: CaseOutcome
    kind: str
    message: str
    duration_s: float


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


class StepTold(NamedTuple):
    """What a run says of one step: its newest result (None: there is none), and the one that its tests are of.

    `interrupted` tells that it was running when the run ended.
    """

    step: StepId
    tier: str
    result: StepFinished | None
    tested: StepFinished | None = None
    tries: tuple[Try, ...] = ()
    flaky: bool = False
    interrupted: bool = False


class RunTold(NamedTuple):
    """What every format says of the run as a whole. `duration_s` is None where nobody saw its end."""

    run: str
    cycle: str
    title: str
    verdict: str
    exit_code: int
    reason: str
    started_at: str
    finished_at: str
    duration_s: float | None
    version: str
    host: str
    tree: str


def readable(text: str, most: int) -> str:
    """`text` with nothing that a terminal obeys or XML cannot hold, and of at most `most` characters and a word."""
    text = settled(text, "\ufffd").translate(_WITHOUT_XML)
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most} more characters)"


def run_told(record: RunRecord, started: RunStarted, finished: RunFinished) -> RunTold:
    """The run as a whole; it is over."""
    return RunTold(
        record.run,
        started.cycle,
        readable(started.title or started.cycle, _NAME),
        finished.verdict,
        finished.exit_code,
        readable(finished.reason, MESSAGE),
        record.started_at,
        record.finished_at,
        finished.duration_s,
        started.version,
        started.host,
        finished.tree,
    )


def steps_told(record: RunRecord) -> Iterator[StepTold]:
    """Every step that was planned, in that order, then whatever else has a result: the teardown, for example."""
    planned = record.started.steps if record.started is not None else ()
    tiers = {StepId(each.gate, each.step): each.tier for each in planned}
    results = {StepId(event.gate, event.step): event for event in record.teardown} | record.latest
    flaky = frozenset(flaky_steps(record))
    history: dict[StepId, list[StepFinished]] = {}
    for event in attempts_of(record):
        history.setdefault(StepId(event.gate, event.step), []).append(event)
    cut_off = _cut_off(record)
    for step in dict.fromkeys((*tiers, *results, *cut_off)):
        result = None if step in cut_off else results.get(step)
        tier = tiers.get(step, result.tier if result is not None else "required")
        attempts = history.get(step, [])
        yield StepTold(
            step,
            tier,
            result,
            _tested(result, attempts),
            _tries(result, attempts),
            str(step) in flaky or (result is not None and result.flaky),
            step in cut_off,
        )


def suite_of(told: StepTold, report: Report | None) -> Suite:
    """The step as a suite, with the tests of `report` where it could be read again."""
    result = told.result
    tests: tuple[Case, ...] = ()
    if report is not None and result is not None:
        spared = is_fine(result) or told.tier != "required"
        excused = [finding.message for finding in result.findings if not finding.blocks]
        tests = tuple(_tests(report, spared=spared, excused=excused))
    cases = tests if _told_by(tests, told) else (_own_case(told), *tests)
    name = readable(str(told.step), _NAME)
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


def _cut_off(record: RunRecord) -> frozenset[StepId]:
    """The steps that began and have no result since."""
    ended = {(event.gate, event.step, event.round, event.attempt) for event in attempts_of(record)}
    found = set()
    for begun, _ in record.interrupted:
        latest = record.latest.get(StepId(begun.gate, begun.step))
        later = latest is not None and (latest.round, latest.attempt) > (begun.round, begun.attempt)
        if (begun.gate, begun.step, begun.round, begun.attempt) not in ended and not later:
            found.add(StepId(begun.gate, begun.step))
    return frozenset(found)


def _tested(result: StepFinished | None, attempts: Sequence[StepFinished]) -> StepFinished | None:
    """The attempt whose report holds the step's tests: an earlier one where that pass was used again."""
    if result is None or not result.reused:
        return result if result is not None and result.reports else None
    return next((event for event in reversed(attempts) if event.verdict == "passed" and event.reports), None)


def _tries(result: StepFinished | None, attempts: Sequence[StepFinished]) -> tuple[Try, ...]:
    if result is None or not result.tree:
        return ()
    before = (event for event in attempts if event is not result and event.tree == result.tree and event.attempt)
    return tuple(
        Try(event.attempt, _outcome(event.verdict), event.verdict, _message(event), event.duration_s)
        for event in before
        if not is_fine(event)
    )


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
        outcome = _outcome(result.verdict)
        if outcome == "passed" and told.flaky:
            outcome = "flaky"
        case = Case(
            step.gate,
            step.step,
            outcome,
            result.verdict,
            _message(result),
            _detail(result),
            next((finding.place for finding in blocking(result) if finding.place), ""),
            result.duration_s,
            max(1, len(told.tries) + 1),
            told.tries,
        )
    return case._replace(outcome="excused") if told.tier != "required" and is_bad(case) else case


def _outcome(verdict: str) -> CaseOutcome:
    match verdict:
        case StepVerdict.PASSED:
            return "passed"
        case StepVerdict.FAILED | StepVerdict.TIMED_OUT:
            return "failed"
        case StepVerdict.BLOCKED | StepVerdict.SKIPPED:
            return "skipped"
        case _:
            return "error"


def _message(event: StepFinished) -> str:
    told = telling_first(blocking(event))
    words = told[0].message if told else "" if is_fine(event) else event.verdict
    return readable(words, MESSAGE)


def _detail(event: StepFinished) -> str:
    if is_fine(event):
        return ""
    lines = [f"{one.place}: {one.message}" if one.place else one.message for one in telling_first(blocking(event))]
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
    # A finding on a test begins with the test's id.
    known = tuple(excused)
    for test in report.cases:
        mild = spared or any(said == test.id or said.startswith(f"{test.id}: ") for said in known)
        yield _test(test, _test_outcome(test.outcome, mild=mild))
    for test_id in report.passed:
        group, name = _split(test_id)
        yield Case(group, name, "passed", "passed")


def _test(test: ReportedTest, outcome: CaseOutcome) -> Case:
    group, name = _split(test.id)
    words = readable(test.message, MESSAGE)
    detail = f"{test.place}: {words}" if test.place else words
    place = readable(test.place, _NAME)
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
    group, colons, name = readable(test_id, _NAME).partition("::")
    return (group, name) if colons and name else ("", group)


def name_of(suite: Suite, case: Case) -> str:
    """The full name of a case, which no other case of the run has."""
    if suite.name == f"{case.group}/{case.name}":
        return suite.name
    return " > ".join(part for part in (suite.name, case.group, case.name) if part)
