"""Whole situations at random: what an attempt left, and what it is held against. Most are sound, many nearly so."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from gatekeeper.model.baseline import BaselineProblem, Standard
from gatekeeper.model.demands import BaselineSpec, Budget, CoverageSpec, MetricSpec
from gatekeeper.model.incident import Incident, IncidentKind
from gatekeeper.model.outcome import Attempt, Exceeded, Exited, Outcome, Probed, Signalled, Stray, TimedOut
from gatekeeper.model.plan import Step
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.report import Coverage, MetricValue, Report, ReportedTest, ReportProblem, Share, TestOutcome

from .evidence import REPORTING, baseline, changed, entry, report, standard


class Situation(NamedTuple):
    """A step, what it left, and what that is held against."""

    step: Step
    attempt: Attempt
    held: Standard

    def with_attempt(self, **changes: object) -> Situation:
        """The same, but for these facts of the attempt."""
        return self._replace(attempt=changed(self.attempt, **changes))

    def with_report(self, **changes: object) -> Situation:
        """The same, but for these facts of the report."""
        found = self.attempt.report
        return self.with_attempt(report=changed(found, **changes)) if isinstance(found, Report) else self

    def with_demands(self, **changes: object) -> Situation:
        """The same, but for these demands of the baseline."""
        return self._replace(step=self.step._replace(baseline=changed(self.step.baseline or BaselineSpec(), **changes)))

    def with_standard(self, **changes: object) -> Situation:
        """The same, but for these parts of the standard."""
        return self._replace(held=changed(self.held, **changes))


IDS = st.sampled_from([f"{home}.py::{name}" for home in "ab" for name in ("t", "u", "t[1]", "v_w")])
OUTCOMES: list[TestOutcome] = ["passed"] * 6
OUTCOMES += ["failed", "error", "skipped", "xfailed", "xpassed", "flaky"]
TESTS = st.dictionaries(IDS, st.sampled_from(OUTCOMES), min_size=1, max_size=5)
BUDGETS = (None, None, Budget(0.0), Budget(1.0), Budget(3.0), Budget(growth=0.0), Budget(growth=1.0))
BUDGETED = ("skipped", "xfailed", "flaky", "warnings", "duration_s")
ALLOWING = ("new_failures", "lost_tests")
COVERAGE = CoverageSpec(("c",), lines=0.0, branches=50.0, changed_lines=50.0)
UNCOLLECTED = ReportedTest("c.py", "error", collected=False)


ENDS: tuple[Outcome, ...] = (
    *(Exited(code) for code in (0, 1, 2, 139)),
    Signalled(9),
    TimedOut(1.0),
    Probed(met=True),
)


def _outcome(end: Outcome) -> Callable[[Situation], Situation]:
    return lambda one: one.with_attempt(outcome=end)


ODDITIES: tuple[Callable[[Situation], Situation], ...] = (
    *map(_outcome, ENDS),
    lambda one: one.with_attempt(report=None),
    lambda one: one.with_attempt(report=ReportProblem("missing", "no file")),
    lambda one: one.with_attempt(report=ReportProblem("stale", "of yesterday")),
    lambda one: one.with_attempt(report=report({}, UNCOLLECTED)),
    lambda one: one.with_attempt(report=report({})),
    lambda one: one.with_attempt(lost="a full disk"),
    lambda one: one.with_attempt(exceeded=(Exceeded("cpu", "too much"),)),
    lambda one: one.with_attempt(incidents=(Incident(IncidentKind.UNKILLABLE, "pid 7"),)),
    lambda one: one.with_attempt(strays=(Stray(7, ("x",), 1.0, "g"),))._replace(step=one.step._replace(strays="fail")),
    lambda one: one.with_attempt(coverage=None),
    lambda one: one.with_attempt(coverage=Coverage(Share(1, 2), None)),
    lambda one: one.with_attempt(coverage=Coverage(Share(1, 2), Share(1, 2), changed=Share(0, 3))),
    lambda one: one.with_attempt(metrics=(MetricValue("m", None, "no"),)),
    lambda one: one.with_attempt(metrics=(MetricValue("m", 5.0),)),
    lambda one: one.with_report(contradictions=("it says so",)),
    lambda one: one.with_report(exit_status=0),
    lambda one: one.with_report(exit_status=1),
    lambda one: one.with_report(warnings=None, duration_s=None),
    lambda one: one.with_standard(baseline=None),
    lambda one: one.with_standard(baseline=BaselineProblem("not JSON")),
    lambda one: one.with_standard(baseline=baseline({})),
    lambda one: one.with_standard(quarantine_problem="line 3"),
    lambda one: one.with_standard(today=""),
    lambda one: one.with_demands(compares=False),
    lambda one: one._replace(step=one.step._replace(baseline=None)),
    lambda one: one._replace(step=one.step._replace(coverage=COVERAGE)),
    lambda one: one._replace(step=one.step._replace(metrics=(MetricSpec("m", tolerance=1.0),))),
    lambda one: one._replace(step=one.step._replace(metrics=(MetricSpec("m", limit=1.0),))),
)


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """A report that is near to its baseline, with an exit code that goes with it, and up to two things that are odd."""
    before = draw(TESTS)
    gone = draw(st.sets(IDS, max_size=1))
    changes = draw(st.dictionaries(IDS, st.sampled_from(OUTCOMES), max_size=2))
    now = {test: came_to for test, came_to in before.items() if test not in gone} | changes
    failing = {"failed", "error"} & set(now.values())
    found = report(now)._replace(warnings=1, duration_s=2.0)
    cover = Coverage(Share(1, 2), Share(1, 2), changed=Share(2, 3))
    attempt = Attempt(Exited(1 if failing else 0), 1.0, report=found, coverage=cover, metrics=(MetricValue("m", 1.0),))
    held = baseline(before, coverage={"lines": 50.0}, metrics={"m": 1.0}, counts={"warnings": 1.0, "duration_s": 2.0})
    entries = draw(st.dictionaries(IDS, st.sampled_from(["2026-11-26", "2026-11-27", "2027-01-01"]), max_size=1))
    allowed = {name: draw(st.integers(0, 1)) for name in ALLOWING}
    budgets = {draw(st.sampled_from(BUDGETED)): draw(st.sampled_from(BUDGETS))}
    situation = Situation(REPORTING, attempt, standard(held, *(entry(*each) for each in entries.items())))
    situation = situation.with_demands(**allowed, **budgets)
    for odd in draw(st.lists(st.sampled_from(ODDITIES), max_size=2)):
        situation = odd(situation)
    return situation
