"""Owns deciding a run once more, from its journal and its definition alone, and what of the journal does not follow.

Every round is closed by the same rules that closed it then (`round_machine`, `run_verdict`), on the same verdicts of
the same steps: what a run says of itself must be what they come to.
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
from gatekeeper.model.evidence_events import IntegrityCompared, StepFlaky
from gatekeeper.model.integrity import IntegrityChange
from gatekeeper.model.plan import Plan, StepId, UntilGreen
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.verdict import StepResult, StepVerdict
from gatekeeper.model.verification import Contradiction
from gatekeeper.policy.replayed_end import judged_again, summary_problems, weakened_by
from gatekeeper.policy.replayed_start import start_problems
from gatekeeper.policy.round_machine import Ending, Phase, Reason, advance, close_round
from gatekeeper.policy.run_verdict import Judgement
from gatekeeper.policy.selection import steps_of_round
from gatekeeper.policy.signature import failure_signature
from gatekeeper.policy.standing import UNKNOWN_TREE, Standings
from gatekeeper.policy.step_consistency import inconsistencies

_FINE = frozenset({StepVerdict.PASSED.value, StepVerdict.SKIPPED.value})


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


class _Round(NamedTuple):
    """A round that is open: where it began, what it ought to run, and the newest result of each step so far."""

    started: RoundStarted
    expected: frozenset[StepId] | None
    results: dict[StepId, StepFinished]
    ran: set[StepId]
    died: set[StepId]


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
        self._policy: UntilGreen = plan.until_green
        self._standings = Standings(plan, ())
        self._phase = Phase.SEARCHING
        self._ending: Ending | None = None
        self._tree = UNKNOWN_TREE
        self._round: _Round | None = None
        self._died: set[StepId] = set()
        self._missing: tuple[StepId, ...] = ()
        self._beside_base: tuple[IntegrityChange, ...] = ()
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
            case RunFinished():
                self._end(event)
            case StepFlaky():
                # What former runs saw is not in this journal; the word of this one is all there is.
                if (step := StepId(event.gate, event.step)) in self._standings.steps:
                    self._standings[step].flaky = True
            case IntegrityCompared():
                self._beside_base = event.changes
            case IncidentHappened(kind=kind) if not self._ended:
                self._incidents[kind.value] = self._incidents.get(kind.value, 0) + 1
            case _:
                pass

    def _say(self, *messages: str) -> None:
        self.problems += (Contradiction(self._line, message) for message in messages)

    def _begin(self, started: RunStarted) -> None:
        self._started = started
        self._say(*start_problems(started, self._plan))
        # Only the number of rounds can be another than the definition's: the command line may say so.
        self._policy = self._plan.until_green._replace(rounds=started.rounds or self._plan.until_green.rounds)
        self._standings = Standings(self._plan, (StepId(step.gate, step.step) for step in started.steps))

    def _open_round(self, started: RoundStarted) -> None:
        if self._round is not None:
            self._say(f"round {started.round} begins before round {self._round.started.round} is over")
        if started.round != self.rounds + 1:
            self._say(f"round {started.round} where round {self.rounds + 1} belongs")
        if not self.rounds and self._started is not None and started.tree != self._started.tree:
            self._say("the first round begins on another tree than the run")
        self.rounds += 1
        self._round = _Round(started, self._expected(started), {}, set(), set())
        if self._round.expected is not None and started.steps != len(self._round.expected):
            self._say(
                f"the round says it is about {started.steps} steps; by the rules it is {len(self._round.expected)}"
            )
        self._died = set()

    def _expected(self, started: RoundStarted) -> frozenset[StepId] | None:
        due = Reason.FIRST
        if self._ending is not None:
            step = advance(self._phase, self._ending)
            if step.reason is None:
                self._say(f"another round begins, and nothing called for one: {self._ending.value}")
                return None
            self._phase, due = step.phase, step.reason
        if started.reason != due.value:
            self._say(f"the round's reason is {started.reason!r}; by the rules it is {due.value!r}")
        tree = _certain(started.tree)
        return steps_of_round(due, self._standings, tree, self._policy, self._died)

    def _result(self, event: StepFinished) -> None:
        step_id = StepId(event.gate, event.step)
        step = self._steps.get(step_id)
        if step is None or self._round is None:
            if step_id not in self._teardown:
                where = "outside of every round" if step else "of a step that the definition does not have"
                self._say(f"a result of {step_id}, {where}")
            return
        self.results += 1
        self._say(*(f"{step_id}: {problem}" for problem in inconsistencies(event, step)))
        if event.tier != self._tiers[event.gate]:
            self._say(f"{step_id}: {event.tier}, where the definition says {self._tiers[event.gate]}")
        if event.round != self._round.started.round or event.tree != self._round.started.tree:
            self._say(f"{step_id}: belongs to another round, or to another tree, than the one that is open")
        if step_id not in self._standings.steps:
            self._say(f"{step_id}: has a result, and the run is not about it")
            return
        before = self._standings[step_id].attempts
        if event.attempt not in {0, before, before + 1}:
            self._say(f"{step_id}: attempt {event.attempt}, after {before} before this round")
        if event.attempt == before + 1:
            self._round.ran.add(step_id)
        if any(finding.kind == "service-died" for finding in event.findings):
            self._round.died.add(step_id)
        self._round.results[step_id] = event

    def _close_round(self, finished: RoundFinished) -> None:
        if self._round is None or self._round.started.round != finished.round:
            self._say(f"round {finished.round} ends, and is not the one that is open")
            return
        each = self._round
        self._round, self._died = None, each.died
        self._tree = _certain(finished.tree)
        ran_on = self._tree if self._tree == _certain(each.started.tree) else UNKNOWN_TREE
        for step, event in each.results.items():
            # Beside a pass such a finding blocked only in journals of before events had `flaky`.
            formerly = any(one.kind == "test-rerun" and one.blocks for one in event.findings)
            flaky = event.flaky or (event.verdict == StepVerdict.PASSED and formerly)
            if event.verdict in set(StepVerdict):
                verdict = StepVerdict(event.verdict)
                self._standings[step].record(verdict, ran_on, ran=step in each.ran, flaky=flaky)
        self._compare_failed(finished, each)
        if each.expected is not None and (extra := each.results.keys() - each.expected - each.died):
            self._say(f"round {finished.round} has results of {_listed(extra)}, which it was not about")
        self._missing = () if each.expected is None else tuple(each.expected - each.results.keys())
        self._ending = close_round(self._standings, self._tree, self._policy, rounds=self.rounds, stopped=False)

    def _compare_failed(self, finished: RoundFinished, each: _Round) -> None:
        failed = [event for event in each.results.values() if event.verdict not in _FINE]
        names = {f"{event.gate}/{event.step}" for event in failed}
        if names != set(finished.failed):
            self._say(f"round {finished.round} names {_listed(finished.failed)} as not passed; it is {_listed(names)}")
            return
        # Findings are stored without secrets, the signature was made before they were hidden.
        if self._started is None or self._started.secrets or any(e.verdict not in set(StepVerdict) for e in failed):
            return
        results = [StepResult(StepId(e.gate, e.step), StepVerdict(e.verdict), e.findings) for e in failed]
        if finished.signature != (failure_signature(results) if results else ""):
            self._say(f"the signature of round {finished.round} is not that of what did not pass in it")

    def _end(self, finished: RunFinished) -> None:
        if self._ended:
            self._say("the run ends a second time")
            return
        self._ended = True
        if self._started is None:
            return
        self.judgement, problems = judged_again(
            finished,
            self._standings,
            first_tree=_certain(self._started.tree),
            tree=self._tree,
            policy=self._policy,
            ending=self._ending,
            whole=self._round is None and not self._missing,
            weakened=weakened_by((*self._beside_base, *finished.integrity), self._plan.integrity, finished.reason),
        )
        self._say(*problems)
        self._say(
            *summary_problems(finished, self._started, self._standings, rounds=self.rounds, incidents=self._incidents)
        )


def _certain(tree: str) -> str:
    return tree if tree.startswith("sha256:") else UNKNOWN_TREE


def _listed(steps: Iterable[object]) -> str:
    return ", ".join(sorted(map(str, steps))) or "none"
