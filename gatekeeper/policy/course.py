"""Owns where a run is on its way to a verdict, as the sum of its events, and what is due next. Runs nothing.

The engine asks it while the run goes on, `replay` when the run is decided once more, and a run that is resumed begins
with what its journal comes to: the same events give the same answers.
"""

from __future__ import annotations

from collections.abc import Iterable

from gatekeeper.model.events import Event, RoundFinished, RoundStarted, RunStarted, StepFinished, StepStarted
from gatekeeper.model.evidence_events import StepFlaky
from gatekeeper.model.help_events import (
    ChangeAwaited,
    FixerFinished,
    FixerStarted,
    FixProved,
    MitigationFinished,
    MitigationStarted,
    RetryScheduled,
    RunResumed,
    TreeChanged,
)
from gatekeeper.model.helping import DueProof
from gatekeeper.model.plan import Pairs, Plan, StepId
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.stopping import StopReason
from gatekeeper.model.tree import RepoState, Tree
from gatekeeper.model.verdict import StepResult, StepVerdict
from gatekeeper.policy.drift import certain
from gatekeeper.policy.helps import Helps
from gatekeeper.policy.open_round import OpenRound, not_passed
from gatekeeper.policy.round_machine import Deed, Ending, Phase, Reason, Step, advance, close_round
from gatekeeper.policy.run_verdict import Judgement, Why, judge_run
from gatekeeper.policy.selection import leaves_something, needed, steps_of_round
from gatekeeper.policy.signature import result_signature
from gatekeeper.policy.standing import UNKNOWN_TREE, Standings
from gatekeeper.policy.switches import allowed

_NO_MORE = {Ending.OUT_OF_ROUNDS: Why.OUT_OF_ROUNDS, Ending.NO_PROGRESS: Why.IN_CIRCLES}


class Due(NamedTuple):
    """How things stand, and what is done next."""

    ending: Ending
    step: Step


class Course:
    """The way of one run so far; `apply` takes its events in, in their order.

    `tree` is the tree as it was last seen and `first_tree` as it was at the start, both `UNKNOWN_TREE` where it could
    not be read whole. `policy` is the plan's, with what the switches forbid left out. `proofs` are what came of steps
    that were run on the tree before their fix; `applied` are those whose condition held in a round; `resumptions`
    counts those since the last whole round. `left_on` is the tree that a process died on, where it is another one now.
    """

    def __init__(self, plan: Plan, selected: Iterable[StepId]) -> None:
        self.standings = Standings(plan, selected)
        self.policy = plan.until_green
        self.helps, self.phase = Helps(), Phase.SEARCHING
        self.rounds = self.resumptions = 0
        self.first_tree = self.tree = UNKNOWN_TREE
        self.round: OpenRound | None = None
        self.died: set[StepId] = set()
        self.lost: frozenset[StepId] = frozenset()
        self.proofs: dict[StepId, FixProved] = {}
        self.applied: set[str] = set()
        self.watch = False
        self.left_on: Tree | None = None
        self._began = False
        self._left: frozenset[StepId] = frozenset()
        self._carried: tuple[dict[StepId, StepFinished], set[StepId]] = ({}, set())
        self._repos: tuple[RepoState, ...] = ()
        self._snapshots: dict[str, Pairs] = {}
        self._results: dict[StepId, StepFinished] = {}

    def apply(self, event: Event) -> None:
        """Take in the next event."""
        match event:
            case RunStarted():
                self.first_tree = self.tree = certain(event.tree)
                self._repos, self.watch = event.repos, event.watch
                policy = self.policy._replace(rounds=event.rounds or self.policy.rounds)
                self.policy = allowed(policy, frozenset(event.switches))
            case TreeChanged(tree=tree) if tree:
                self.tree = certain(tree)
            case RoundStarted():
                self._open_round(event)
            case StepStarted() if self.round is not None:
                self._attempt_begins(event)
            case StepFinished() if self.round is not None:
                self._take_result(event, self.round)
            case RoundFinished() if self.round is not None:
                self._close_round(event, self.round)
            case StepFlaky() if (step := StepId(event.gate, event.step)) in self.standings.steps:
                # What former runs saw is not in this journal; the word of this one is all there is.
                self.standings[step].flaky = True
            case RunResumed():
                self._resume(event)
            case _:
                self._apply_help(event)

    def due(self, *, stopped: bool = False) -> Due:
        """What is done next, when no round is under way. Raises `IllegalTransition` for what can't be."""
        if not self._began:
            return Due(Ending.BROKEN_OFF, Step(Phase.SEARCHING, Deed.RUN, Reason.FIRST))
        ending = close_round(
            self.standings,
            self.tree,
            self.policy,
            rounds=self.rounds,
            stopped=stopped,
            helps=self.helps,
            watch=self.watch,
        )
        return Due(ending, advance(self.phase, ending))

    def steps_of(self, reason: Reason) -> frozenset[StepId]:
        """The steps that a round is about that is run now for `reason`."""
        if reason is Reason.RESUMED:
            return self._left | needed(self._left, self.standings, self.lost)
        chosen = steps_of_round(reason, self.standings, self.tree, self.policy, self.died)
        return chosen | needed(chosen, self.standings, self.lost) if self.lost else chosen

    @property
    def failed(self) -> tuple[StepResult, ...]:
        """What did not pass in the round that is under way, or in the last one."""
        return not_passed(self._results)

    def mitigation(self) -> StepId | None:
        """The step whose mitigation is due."""
        return self.helps.mitigation(self.standings, self.tree, self.policy)

    def wants_snapshot(self) -> bool:
        """Whether what the repos hold is to be kept when the round under way ends with a failure."""
        wanted = self.policy.prove_fix == "always" or self.helps.may_fix(self.policy)
        return wanted and self.rounds < self.policy.rounds

    def due_proofs(self) -> tuple[DueProof, ...]:
        """The steps that must be seen to fail once more on the tree before their fix, and were not yet tried there."""
        return tuple(
            DueProof(step, standing.red_tree, self._snapshots.get(standing.red_tree, ()), standing.signature)
            for step, standing in self.standings.items()
            if self.standings.required(step)
            and standing.was_red
            and standing.passed_on(self.tree)
            and standing.red_tree not in {UNKNOWN_TREE, self.tree}
            and (self.policy.prove_fix == "always" or (self.policy.prove_fix == "fixer" and standing.fixed))
            and step not in self.proofs
        )

    def judge(self, *, stop: StopReason = StopReason.NONE, weakened: bool = False) -> Judgement:
        """What is to be said of the run if it ends now; `weakened` as in `judge_run`."""
        judgement = judge_run(
            self.standings,
            first_tree=self.first_tree,
            tree=self.tree,
            policy=self.policy,
            stop=stop,
            weakened=weakened,
            beyond=bool(self.helps.violating),
            unproven=any(proof.outcome == "unclear" for proof in self.proofs.values()),
            eased=bool(self.helps.eased),
        )
        no_more = _NO_MORE.get(self.due().ending) if judgement.why is Why.FAILED else None
        return judgement._replace(why=no_more) if no_more else judgement

    def _apply_help(self, event: Event) -> None:
        match event:
            case RetryScheduled():
                self.phase = Phase.HELPING
                self.helps.rested = True
            case MitigationStarted():
                self.phase = Phase.HELPING
                self.helps.mitigates(event.pattern, self.tree)
            case MitigationFinished(exit_code=code):
                self.helps.mitigated_so(well=code == 0)
                for _, standing in self.standings.items() if code == 0 else ():
                    same = standing.known is not None and standing.known.pattern == event.pattern
                    if same and standing.verdict is not StepVerdict.PASSED:
                        standing.forgive()
            case ChangeAwaited():
                self.phase = Phase.HELPING
            case FixerStarted():
                self.phase = Phase.HELPING
                self.helps.calls = self.helps.cut_off = event.call
            case FixerFinished():
                self.helps.fixed(event)
                for step in self.standings.unsatisfied() if event.changed else ():
                    self.standings[step].fixed = True
            case FixProved():
                step = StepId(event.gate, event.step)
                self.proofs[step] = event
                if event.outcome == "passed" and step in self.standings.steps:
                    self.standings[step].flaky = True
            case _:
                pass

    def _open_round(self, event: RoundStarted) -> None:
        due = self.steps_of(Reason(event.reason)) if event.reason in set(Reason) else frozenset()
        results, died = self._carried
        self._began, self._carried = True, ({}, set())
        self.phase = Phase.CONFIRMING if event.reason == Reason.CONFIRM else Phase.SEARCHING
        self.rounds = event.round
        self.tree = certain(event.tree)
        self._results = results
        self.applied.update(event.applying)
        self.round = OpenRound(event, due, frozenset(results), results, set(), died)
        self.died = set()
        self.helps.round_begins()

    def _attempt_begins(self, event: StepStarted) -> None:
        step = StepId(event.gate, event.step)
        if step in self.standings.steps:
            self.standings[step].begun = max(self.standings[step].begun, event.attempt)

    def _take_result(self, event: StepFinished, each: OpenRound) -> None:
        step = StepId(event.gate, event.step)
        if step not in self.standings.steps:
            return
        if event.attempt > self.standings[step].attempts:
            each.ran.add(step)
        if any(finding.kind == "service-died" for finding in event.findings):
            each.died.add(step)
        each.results[step] = event

    def _close_round(self, event: RoundFinished, each: OpenRound) -> None:
        self.tree = certain(event.tree)
        # The tree of one that was abandoned was another one for a while, also where it is as before again.
        same = self.tree == certain(each.started.tree) and not event.abandoned
        self._record(each, self.tree if same else UNKNOWN_TREE)
        self.helps.round_met(event.signature, self.tree)
        if event.snapshot:
            self._snapshots[self.tree] = event.snapshot
        self.resumptions = 0

    def _record(self, each: OpenRound, ran_on: str) -> None:
        for step, event in each.results.items():
            standing = self.standings[step]
            if event.verdict not in set(StepVerdict):
                continue
            if event.reused:
                standing.carry(ran_on)
                continue
            # Beside a pass such a finding blocked only in journals of before events had `flaky`.
            formerly = any(one.kind == "test-rerun" and one.blocks for one in event.findings)
            standing.record(
                StepVerdict(event.verdict),
                ran_on,
                ran=step in each.ran,
                flaky=event.flaky or (event.verdict == StepVerdict.PASSED and formerly),
                inputs=event.inputs,
                known=event.known,
                signature=result_signature(event),
            )
            if step in each.ran:
                self.lost -= {step}
            if not standing.passed:
                self.proofs.pop(step, None)
        self.died |= each.died
        self.round = None

    def _resume(self, event: RunResumed) -> None:
        now = certain(event.tree)
        self.policy = allowed(self.policy, frozenset(event.switches))
        # What differed from the commits then, nobody knows any more.
        self.left_on = Tree(self.tree or event.tree, self._repos) if self.tree != now else None
        self.resumptions += 1
        self.helps.resumed()
        # What could not be seen then may be seen now.
        self.proofs = {step: proof for step, proof in self.proofs.items() if proof.outcome != "unclear"}
        if self.round is not None:
            self._break_off(self.round, now)
        elif cut := self._cut_short():
            self.helps.broken_off, self._left = True, cut
        self.tree = now
        for standing in (self.standings[step] for step in self.standings.steps):
            # What was cut off was an attempt, and is none that failed.
            standing.attempts = max(standing.attempts, standing.begun)
        self.lost = frozenset(step for step, found in self.standings.steps.items() if leaves_something(found))

    def _cut_short(self) -> frozenset[StepId]:
        """What a stop kept from its end in the last round: what was cancelled, and what never ran."""
        cancelled = any(standing.verdict is StepVerdict.CANCELLED for _, standing in self.standings.items())
        never = {step for step, standing in self.standings.items() if standing.verdict is None}
        return frozenset({*self.standings.unsatisfied(), *never}) if cancelled or never else frozenset()

    def _break_off(self, each: OpenRound, now: str) -> None:
        """The round is to be taken up again: what ended in it stands as long as the tree does."""
        self.rounds -= 1
        self.helps.broken_off = True
        if certain(each.started.tree) == now != UNKNOWN_TREE:
            self._left = each.due - each.results.keys()
            self._carried = (each.results, each.died)
        else:
            self._left = each.due
            self._record(each, UNKNOWN_TREE)
        self.round = None
