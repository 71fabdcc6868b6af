"""Owns the rules on a report and the exit code beside it: they must agree, and failing tests fail a step."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gatekeeper.model.record import NamedTuple
from gatekeeper.model.report import ReportedTest
from gatekeeper.model.verdict import StepVerdict
from gatekeeper.policy.judging.objection import Objection, at_most, fails, noted
from gatekeeper.policy.judging.tested import Tested

_FEW = 10
_LAST_ORDINARY = 125
_PYTEST_TESTS_FAILED = 1


class Excuse(NamedTuple):
    """Whether known failures make good a failing exit code, and why or why not."""

    holds: bool
    words: str


def _failing(seen: Tested) -> Iterable[Objection]:
    blocking = [test for test in seen.bad if seen.blocks(test)]
    yield from at_most(
        (fails(f"test-{test.outcome}", _told(test, _formerly(seen, test.id)), test.place) for test in blocking),
        len(blocking),
        kind="tests-failed",
        what="failing tests",
    )


def _uncollected(seen: Tested) -> Iterable[Objection]:
    # Nothing is known of the tests inside, so neither a baseline nor a quarantine can excuse them.
    yield from at_most(
        (
            fails("test-not-collected", _told(test, "its tests could not be collected"), test.place)
            for test in seen.uncollected
        ),
        len(seen.uncollected),
        kind="test-not-collected",
        what="that could not be collected",
    )


def _unnamed(seen: Tested) -> Iterable[Objection]:
    counts, named = seen.report.counts, len(seen.bad) + len(seen.uncollected)
    if counts.failed + counts.errors > named:
        which = f", and the report names {named} of them" if named else ""
        yield fails("tests-failed", f"{counts.failed} failed, {counts.errors} with errors{which}")


def _contradictions(seen: Tested) -> Iterable[Objection]:
    told = seen.report.contradictions
    yield from at_most(
        (fails("report-contradiction", message) for message in told),
        len(told),
        kind="report-contradiction",
        what="contradictions in the report",
    )


def _empty(seen: Tested) -> Iterable[Objection]:
    if not seen.report.counts.total and not (seen.step.report and seen.step.report.allow_empty):
        hint = "`allow_empty: true` in its `report:` says that it may"
        yield fails("no-tests", f"the report holds not one test; {hint}")


def _disagreeing(seen: Tested) -> Iterable[Objection]:
    counts, bad = seen.report.counts, len(seen.bad) + len(seen.uncollected)
    code, said = seen.exit_code, seen.report.exit_status
    if seen.claimed is StepVerdict.PASSED and bad:
        tests = "1 failing test" if bad == 1 else f"{bad} failing tests"
        yield fails("report-disagrees", f"exit code 0, but the report has {tests}")
    speaks = bad or counts.failed or counts.errors or not counts.total or seen.report.contradictions
    if seen.claimed is StepVerdict.FAILED and not speaks:
        yield fails("report-disagrees", "the command failed, but every test of its report passed")
    if code is not None and said is not None and (code == 0) != (said == 0):
        yield fails("exit-code-differs", f"exit code {code}, but the report says that its runner ended with {said}")


def _known(seen: Tested) -> Iterable[Objection]:
    quarantined = [test for test in seen.bad if test.id in seen.ruling.in_force and test.id in seen.excused]
    known = [test for test in seen.bad if test.id in seen.excused and test.id not in seen.ruling.in_force]
    allowed = [test for test in seen.bad if test.id not in seen.excused and not seen.blocks(test)]
    for kind, tests, what in (
        ("quarantined", quarantined, "quarantined tests that fail"),
        ("known-failure", known, "tests that failed in the baseline too"),
        ("new-failure", allowed, "new failures that the step allows"),
    ):
        yield from at_most(
            (noted(kind, _told(test, seen.excused.get(test.id, "new, and allowed")), test.place) for test in tests),
            len(tests),
            kind=kind,
            what=what,
            shown=_FEW,
        )


def _reran(seen: Tested) -> Iterable[Objection]:
    tests = list(dict.fromkeys(case.id for case in seen.report.cases if case.attempts > 1))
    yield from at_most(
        (noted("test-rerun", f"{test}: ran more than once") for test in tests),
        len(tests),
        kind="test-rerun",
        what="tests that ran more than once",
    )


def _odd(seen: Tested) -> Iterable[Objection]:
    told = seen.report.notes
    yield from at_most(
        (noted("report-note", message) for message in told),
        len(told),
        kind="report-note",
        what="notes on the report",
        shown=_FEW,
    )


RULES: tuple[Callable[[Tested], Iterable[Objection]], ...] = (
    _failing,
    _uncollected,
    _contradictions,
    _empty,
    _unnamed,
    _disagreeing,
    _known,
    _reran,
    _odd,
)
"""Every rule on one report and what is known of its tests."""


def excuse_of(seen: Tested) -> Excuse | None:
    """What known failures do for a failing exit code; None where there are none, or where other tests fail.

    They excuse it if they are all that failed, if the report is whole, and if the exit code is one with which runners
    say "tests failed": an ordinary one, and of pytest, where it is told, exactly that.
    """
    if seen.claimed is not StepVerdict.FAILED or not seen.bad or any(map(seen.blocks, seen.bad)):
        return None
    code, said = seen.exit_code, seen.report.exit_status
    count = len({test.id for test in seen.bad})
    tests = "the one test that failed is" if count == 1 else f"all {count} tests that failed are"
    if code is None or not 1 <= code <= _LAST_ORDINARY:
        return Excuse(False, "known failures do not excuse such an end")
    if said is not None and not said == code == _PYTEST_TESTS_FAILED:
        return Excuse(False, f"known failures do not excuse it: the report says that its runner ended with {said}")
    unnamed = seen.report.counts.failed + seen.report.counts.errors > len(seen.bad)
    if seen.uncollected or seen.report.contradictions or unnamed:
        return Excuse(False, "known failures do not excuse it: the report is not whole")
    return Excuse(True, f"excused, because {tests} known or allowed")


def _formerly(seen: Tested, test: str) -> str:
    if test in seen.ruling.expired:
        return "its quarantine is over"
    if seen.classes is None or seen.baseline is None:
        return ""
    before = seen.baseline.tests.get(test)
    return f"{before} in the baseline" if before is not None else "not in the baseline"


def _told(test: ReportedTest, beside: str) -> str:
    said = f"{test.id}: {test.message}" if test.message else test.id
    return f"{said} ({beside})" if beside else said
