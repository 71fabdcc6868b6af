"""Owns whether a failure fits what a pattern asks of it, beside texts: how it ended, its verdict, its tests. Pure."""

from __future__ import annotations

from gatekeeper.model.outcome import Exited, Signalled
from gatekeeper.model.pattern import Match, TestFact, WorkKind
from gatekeeper.model.plan import Argv, FileProbe, HttpProbe, ReadyMade, Shell, TcpProbe, Work
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.report import Report
from gatekeeper.model.verdict import StepResult, StepVerdict
from gatekeeper.policy.judging.outcomes import failing


class Facts(NamedTuple):
    """What is asked of a failure. `findings` are the kinds of those that block; None is what it had not."""

    exit: int | None = None
    signal: int | None = None
    verdict: StepVerdict = StepVerdict.FAILED
    findings: frozenset[str] = frozenset()
    tests: frozenset[TestFact] = frozenset()
    work: WorkKind = "command"


def facts_of(work: Work, result: StepResult) -> Facts:
    """The facts of a step that did not pass."""
    attempt = result.attempt
    kinds = frozenset(finding.kind for finding in result.findings if finding.blocks)
    facts = Facts(verdict=result.verdict, findings=kinds, work=_kind(work))
    if attempt is None:
        return facts
    if isinstance(attempt.report, Report):
        facts = facts._replace(tests=_tests(attempt.report))
    match attempt.outcome:
        case Exited(code):
            return facts._replace(exit=code)
        case Signalled(number):
            return facts._replace(signal=number)
        case _:
            return facts


def fits(match: Match, facts: Facts) -> bool:
    """Whether everything but the texts holds."""
    return (
        (not match.exit or facts.exit in match.exit)
        and (not match.signal or facts.signal in match.signal)
        and (not match.verdict or facts.verdict in match.verdict)
        and (not match.findings or not facts.findings.isdisjoint(match.findings))
        and (not match.tests or not facts.tests.isdisjoint(match.tests))
        and (not match.work or facts.work in match.work)
    )


def _tests(report: Report) -> frozenset[TestFact]:
    counts, facts = report.counts, set[TestFact]()
    if not counts.total:
        facts.add("none")
    if counts.failed + counts.errors or any(case.collected and failing(case.outcome) for case in report.cases):
        facts.add("failing")
    if any(not case.collected for case in report.cases):
        facts.add("uncollected")
    return frozenset(facts)


def _kind(work: Work) -> WorkKind:
    match work:
        case Shell() | Argv() | ReadyMade():
            return "command"
        case HttpProbe():
            return "http"
        case TcpProbe():
            return "tcp"
        case FileProbe():
            return "file"
