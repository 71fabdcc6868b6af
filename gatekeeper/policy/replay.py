"""Owns deciding a run once more, from its journal and its definition alone, and what of the journal does not follow.

The same course (`gatekeeper.policy.course`) that decided it then is told the same events: what a run says of itself
must be what they come to.
"""

from __future__ import annotations

from collections.abc import Iterable

from gatekeeper.model.events import (
    Event,
    IncidentHappened,
    RoundFinished,
    RoundStarted,
    RunFinished,
    RunStarted,
    StepFinished,
)
from gatekeeper.model.evidence_events import IntegrityCompared
from gatekeeper.model.help_events import FixerStarted, MitigationStarted, RunResumed, TreeChanged
from gatekeeper.model.integrity import IntegrityChange
from gatekeeper.model.plan import Plan, StepId
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.verdict import StepVerdict
from gatekeeper.model.verification import Contradiction
from gatekeeper.policy.course import Course
from gatekeeper.policy.open_round import OpenRound
from gatekeeper.policy.replayed_end import judged_again, summary_problems, weakened_by
from gatekeeper.policy.replayed_start import start_problems
from gatekeeper.policy.round_machine import Deed
from gatekeeper.policy.run_verdict import Judgement
from gatekeeper.policy.signature import failure_signature
from gatekeeper.policy.step_consistency import inconsistencies


class Replayed(NamedTuple):
    """What a journal comes to: everything in it that does not follow, in its order; how many results and rounds.

    `judgement` is what is to be said of the run; None where nothing can be said: it has not ended, or was broken off.
    """

    problems: tuple[Contradiction, ...]
    judgement: Judgement | None
    results: int
    rounds: int


def replay(plan: Plan, events: Iterable[tuple[int, Event]]) -> Replayed:
    """Decide again what `events` (each with its line in the journal) tell of, by `plan`: the run's own definition."""
    telling = _Replay(plan)
    for line, event in events:
        telling.take(line, event)
    return Replayed(tuple(telling.problems), telling.judgement, telling.results, telling.rounds)


class _Replay:
    def __init__(self, plan: Plan) -> None:
        self.problems: list[Contradiction] = []
        self.judgement: Judgement | None = None
        self.results = 0
        self.rounds = 0
        self._plan = plan
        self._steps = {step.id: step for gate in plan.gates for step in gate.steps}
        self._tiers = {gate.name: gate.tier.value for gate in plan.gates}
        self._teardown = {step.id: step for step in plan.teardown}
        self._line = 0
        self._started: RunStarted | None = None
        self._course = Course(plan, ())
        self._missing: tuple[StepId, ...] = ()
        self._beside_base: tuple[IntegrityChange, ...] = ()
        self._by_fixer: set[str] = set()
        self._incidents: dict[str, int] = {}
        self._ended = False

    def take(self, line: int, event: Event) -> None:
        """Take in the next event."""
        self._line = line
        match event:
            case RunStarted():
                self._begin(event)
            case RoundStarted():
                self._open_round(event)
            case StepFinished():
                self._result(event)
            case RoundFinished():
                self._close_round(event)
            case MitigationStarted() | FixerStarted():
                self._help_begins(event)
            case RunFinished():
                self._end(event)
            case RunResumed():
                self._ended = False
            case IntegrityCompared():
                self._beside_base = event.changes
            case TreeChanged(by="fixer" | "mitigation"):
                self._by_fixer |= {change.file for change in event.integrity}
            case IncidentHappened(kind=kind) if not self._ended:
                self._incidents[kind.value] = self._incidents.get(kind.value, 0) + 1
            case _:
                pass
        self._course.apply(event)

    def _say(self, *messages: str) -> None:
        self.problems += (Contradiction(self._line, message) for message in messages)

    def _begin(self, started: RunStarted) -> None:
        self._started = started
        self._say(*start_problems(started, self._plan))
        self._course = Course(self._plan, (StepId(step.gate, step.step) for step in started.steps))

    def _open_round(self, started: RoundStarted) -> None:
        course = self._course
        if course.round is not None:
            self._say(f"round {started.round} begins before round {course.round.started.round} is over")
        if started.round != course.rounds + 1:
            self._say(f"round {started.round} where round {course.rounds + 1} belongs")
        if not self.rounds and self._started is not None and started.tree != self._started.tree:
            self._say("the first round begins on another tree than the run")
        self.rounds = started.round
        ending, step = course.due()
        if step.reason is None:
            self._say(f"another round begins, and nothing called for one: {ending.value}")
            return
        if started.reason != step.reason.value:
            self._say(f"the round's reason is {started.reason!r}; by the rules it is {step.reason.value!r}")
        if started.steps != (due := len(course.steps_of(step.reason))):
            self._say(f"the round says it is about {started.steps} steps; by the rules it is {due}")

    def _help_begins(self, event: MitigationStarted | FixerStarted) -> None:
        course = self._course
        ending, step = course.due()
        match event, step.deed:
            case MitigationStarted(), Deed.MITIGATE if course.mitigation() == (event.gate, event.step):
                known = course.standings[StepId(event.gate, event.step)].known
                if known is None or known.pattern != event.pattern:
                    self._say(f"the mitigation of {event.pattern} runs, and that pattern knows no failure here")
            case FixerStarted(), Deed.FIX:
                if event.call != course.helps.calls + 1:
                    self._say(f"the fixer's call {event.call}, where call {course.helps.calls + 1} belongs")
            case MitigationStarted(), _:
                self._say(f"the mitigation of {event.pattern} runs, and nothing called for it: {ending.value}")
            case _:
                self._say(f"the fixer is called, and nothing called for it: {ending.value}")

    def _result(self, event: StepFinished) -> None:
        step_id, each = StepId(event.gate, event.step), self._course.round
        step = self._steps.get(step_id)
        if step is None or each is None:
            if step_id not in self._teardown:
                where = "outside of every round" if step else "of a step that the definition does not have"
                self._say(f"a result of {step_id}, {where}")
            return
        self.results += 1
        self._say(*(f"{step_id}: {problem}" for problem in inconsistencies(event, step)))
        if event.tier != self._tiers[event.gate]:
            self._say(f"{step_id}: {event.tier}, where the definition says {self._tiers[event.gate]}")
        if event.round != each.started.round or event.tree != each.started.tree:
            self._say(f"{step_id}: belongs to another round, or to another tree, than the one that is open")
        if step_id not in self._course.standings.steps:
            self._say(f"{step_id}: has a result, and the run is not about it")
            return
        standing = self._course.standings[step_id]
        if event.attempt not in {0, standing.attempts, standing.attempts + 1}:
            self._say(f"{step_id}: attempt {event.attempt}, after {standing.attempts} before this round")
        if event.reused and not standing.holds(event.inputs):
            self._say(f"{step_id}: is told to have passed on the same inputs before, and it has not")

    def _close_round(self, finished: RoundFinished) -> None:
        each = self._course.round
        if each is None or each.started.round != finished.round:
            self._say(f"round {finished.round} ends, and is not the one that is open")
            return
        self._compare_failed(finished, each)
        if extra := each.results.keys() - each.due - each.died - each.before:
            self._say(f"round {finished.round} has results of {_listed(extra)}, which it was not about")
        self._missing = () if finished.abandoned else tuple(each.due - each.results.keys())

    def _compare_failed(self, finished: RoundFinished, each: OpenRound) -> None:
        failed = self._course.failed
        names = {str(result.step) for result in failed}
        if names != set(finished.failed):
            self._say(f"round {finished.round} names {_listed(finished.failed)} as not passed; it is {_listed(names)}")
            return
        if any(event.verdict not in set(StepVerdict) for event in each.results.values()):
            return
        if finished.signature != (failure_signature(failed) if failed else ""):
            self._say(f"the signature of round {finished.round} is not that of what did not pass in it")

    def _end(self, finished: RunFinished) -> None:
        if self._ended:
            self._say("the run ends a second time")
            return
        self._ended = True
        if self._started is None:
            return
        spec = self._plan.integrity
        self.judgement, problems = judged_again(
            finished,
            self._course,
            whole=self._course.round is None and not self._missing,
            weakened=weakened_by(
                self._beside_base, finished.integrity, spec, finished.reason, by_fixer=frozenset(self._by_fixer)
            ),
        )
        self._say(*problems)
        self._say(
            *summary_problems(
                finished, self._started, self._course.standings, rounds=self.rounds, incidents=self._incidents
            )
        )


def _listed(steps: Iterable[object]) -> str:
    return ", ".join(sorted(map(str, steps))) or "none"
