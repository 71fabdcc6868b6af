"""Owns what a run's record comes to: counts, what turned green and what red, how a dead run is closed.

Pure, and shared by everything that tells people of a run. Puts nothing into words or layout.
"""

from collections.abc import Container, Iterable

from gatekeeper.model.event_parts import StepSummary
from gatekeeper.model.events import RunFinished, StepFinished
from gatekeeper.model.integrity import IntegrityChange
from gatekeeper.model.plan import StepId
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.report import Totals
from gatekeeper.model.verdict import Finding, RunVerdict, StepVerdict
from gatekeeper.policy.evidence_words import weakenings
from gatekeeper.policy.fold import RoundRecord, RunRecord

FINE = frozenset({StepVerdict.PASSED.value, StepVerdict.SKIPPED.value})
"""The verdicts of a step that speak against nothing."""

_EXIT_OF_DEAD = 1


class Counts(NamedTuple):
    """Steps, and the tests that their reports counted, at one moment. `tests` is None where no report was read.

    `steps` are all that were planned: one that never ran has not passed.
    """

    steps: int
    passed: int
    skipped: int
    tests: Totals | None

    @property
    def not_passed(self) -> int:
        """Steps that ought to have passed and have not, whether they failed, were blocked or never ran."""
        return self.steps - self.passed - self.skipped

    @property
    def failing_tests(self) -> int:
        """Tests that failed or ended with an error; 0 where there was no report."""
        return self.tests.failed + self.tests.errors if self.tests else 0


class Turns(NamedTuple):
    """What one round changed against the rounds before it, as ``gate/step``."""

    turned_green: tuple[str, ...]
    turned_red: tuple[str, ...]
    still_failing: tuple[str, ...]


def attempts_of(record: RunRecord) -> tuple[StepFinished, ...]:
    """Every result of every round, and then those of the teardown."""
    return (*(event for each in record.rounds for event in each.steps), *record.teardown)


def strays_of(event: StepFinished) -> int:
    """How many processes outlived this attempt, described or not."""
    return max(event.strays_total, len(event.strays))


def step_name(event: StepFinished) -> str:
    """``gate/step`` of a result."""
    return f"{event.gate}/{event.step}"


def blocking(event: StepFinished) -> tuple[Finding, ...]:
    """The findings that stand in a pass's way; the others are only told of."""
    return tuple(finding for finding in event.findings if finding.blocks)


def telling_first(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, an exit code behind all that says more: which test failed, for example."""
    return sorted(findings, key=lambda finding: finding.kind == "exit-code")


def is_fine(event: StepFinished) -> bool:
    """Whether nothing speaks against this result."""
    return event.verdict in FINE


def count(results: Iterable[StepFinished], planned: int) -> Counts:
    """Counts over one result for each step, of at least so many that were `planned`."""
    every = tuple(results)
    verdicts = [event.verdict for event in every]
    reports = [event.tests for event in every if event.tests is not None]
    tests = Totals(*(sum(column) for column in zip(*reports, strict=True))) if reports else None
    return Counts(max(planned, len(every)), verdicts.count("passed"), verdicts.count("skipped"), tests)


def count_now(record: RunRecord) -> Counts:
    """The counts of the newest results."""
    return count(record.latest.values(), _planned(record))


def results_after(record: RunRecord, rounds: int) -> dict[StepId, StepFinished]:
    """The newest result of every step when so many rounds were over."""
    return {StepId(event.gate, event.step): event for each in record.rounds[:rounds] for event in each.steps}


def first_results(record: RunRecord) -> dict[StepId, StepFinished]:
    """The results of the first round, also where it was broken off and taken up again."""
    first = [each for each in record.rounds if each.started.round == record.rounds[0].started.round]
    return results_after(record, len(first))


def start_and_end(record: RunRecord) -> tuple[Counts, Counts]:
    """The counts after the first round, and those of the newest results."""
    return count(first_results(record).values(), _planned(record)), count_now(record)


def resolved_failures(record: RunRecord, rounds: int | None = None, flaky: Container[str] = ()) -> tuple[int, int]:
    """How many steps did not pass in the first round, and how many of these pass now, or after so many `rounds`.

    What is `flaky` (``gate/step``) and passes on the very tree on which it failed is not resolved.
    """
    bad = {step: event for step, event in first_results(record).items() if not is_fine(event)}
    now = record.latest if rounds is None else results_after(record, rounds)
    better = [step for step in bad if step in now and is_fine(now[step])]
    return len(bad), sum(str(step) not in flaky or not is_unchanged(bad[step], now[step]) for step in better)


def is_unchanged(failure: StepFinished, later: StepFinished) -> bool:
    """Whether a later result is of the tree that a step is known to have failed on."""
    return failure.verdict in {"failed", "timed-out"} and bool(failure.tree) and failure.tree == later.tree


def count_after(record: RunRecord, rounds: int) -> Counts:
    """The counts when so many rounds were over."""
    return count(results_after(record, rounds).values(), _planned(record))


def turns(record: RunRecord, number: int) -> Turns:
    """What the round at this place (from 0) changed. A first round changes nothing; its failures are still failing."""
    before = results_after(record, number)
    green: list[str] = []
    red: list[str] = []
    still: list[str] = []
    for event in results_of(record.rounds[number]).values():
        former = before.get(StepId(event.gate, event.step))
        was_fine = former is None or is_fine(former)
        if not is_fine(event):
            (red if former is not None and was_fine else still).append(step_name(event))
        elif former is not None and not was_fine:
            green.append(step_name(event))
    return Turns(tuple(green), tuple(red), tuple(still))


def results_of(round_record: RoundRecord) -> dict[StepId, StepFinished]:
    """One result a step of a round: the last."""
    return {StepId(event.gate, event.step): event for event in round_record.steps}


def weakened(record: RunRecord) -> tuple[IntegrityChange, ...]:
    """The changes that made what judges weaker, in this run and beside the base; one may be told of more than once."""
    beside = record.compared.changes if record.compared is not None else ()
    return weakenings((*(change for _, event in record.changes for change in event.integrity), *beside))


def failing(record: RunRecord, rounds: int | None = None) -> tuple[StepFinished, ...]:
    """The newest results, or those after so many `rounds`, that are not fine: causes first, then what they blocked."""
    results = record.latest if rounds is None else results_after(record, rounds)
    bad = [event for event in results.values() if not is_fine(event)]
    return tuple(sorted(bad, key=lambda event: event.verdict == "blocked"))


def never_judged(record: RunRecord) -> tuple[str, ...]:
    """Planned steps that have no result at all."""
    planned = record.started.steps if record.started else ()
    return tuple(f"{step.gate}/{step.step}" for step in planned if StepId(step.gate, step.step) not in record.latest)


def tree_now(record: RunRecord) -> str:
    """The newest tree that an event names."""
    for each in reversed(record.rounds):
        return each.finished.tree if each.finished else each.started.tree
    return record.started.tree if record.started else ""


def closing_of_dead(record: RunRecord, verdict: RunVerdict, reason: str) -> RunFinished:
    """The last event of a run that could not write it itself: only what its journal proves."""
    planned = record.started.steps if record.started else ()
    incidents: dict[str, int] = {}
    for _, incident in record.incidents:
        incidents[incident.kind.value] = incidents.get(incident.kind.value, 0) + 1
    return RunFinished(
        verdict=verdict.value,
        exit_code=_EXIT_OF_DEAD,
        rounds=len(record.rounds),
        tree=tree_now(record),
        duration_s=None,
        log=record.started.log if record.started else "",
        steps=tuple(
            StepSummary(
                step.gate, step.step, step.tier, _last_verdict(record, step_id), record.attempts.get(step_id, 0)
            )
            for step in planned
            for step_id in (StepId(step.gate, step.step),)
        ),
        incidents=tuple(sorted(incidents.items())),
        reason=reason,
    )


def _planned(record: RunRecord) -> int:
    return len(record.started.steps) if record.started else 0


def _last_verdict(record: RunRecord, step: StepId) -> str:
    # A step that was running when its run died has no verdict of its own, whatever an earlier attempt had.
    event = None if step in record.running else record.latest.get(step)
    return event.verdict if event else StepVerdict.CANCELLED.value
