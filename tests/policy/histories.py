"""Runs that are lived through: a course that is told random events, by an onlooker who keeps books of his own."""

from __future__ import annotations

from typing import Literal, NamedTuple

from hypothesis import strategies as st

from gatekeeper.model.events import Event, RoundFinished, RoundStarted, RunStarted, StepFinished, StepStarted
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
from gatekeeper.model.known import FailureClass, KnownFailure
from gatekeeper.model.plan import Plan, Step, StepId, UntilGreen
from gatekeeper.model.verdict import Finding, RunVerdict, StepVerdict
from gatekeeper.policy.course import Course
from gatekeeper.policy.round_machine import Deed, Reason
from gatekeeper.policy.run_verdict import Judgement
from gatekeeper.policy.schedule import Block, Schedule, Skip, Start
from gatekeeper.policy.selection import reusable
from gatekeeper.policy.signature import failure_signature
from gatekeeper.policy.standing import UNKNOWN_TREE
from gatekeeper.policy.switches import Switch, allowed

from .situations import all_steps

ENDS_OF_ATTEMPTS = [
    *[StepVerdict.PASSED] * 8,
    *[StepVerdict.FAILED] * 2,
    StepVerdict.INFRA,
    StepVerdict.TIMED_OUT,
    StepVerdict.ERROR,
    StepVerdict.CANCELLED,
    StepVerdict.SKIPPED,
]
TREES = ["sha256:1", "sha256:2", "sha256:3", UNKNOWN_TREE]
OUTCOMES: list[Literal["failed", "passed", "unclear"]] = ["failed", "failed", "passed", "unclear"]
_CLASSES: dict[str, FailureClass] = {"eased": "config", "helpless": "code", "wobbly": "flaky"}
_MOST_DECISIONS = 120


class Said(NamedTuple):
    """One verdict as it was given: on which tree, known only where it stood still for the round."""

    round: int
    verdict: StepVerdict
    tree: str
    took_reruns: bool = False
    inputs: str = ""
    reused: bool = False
    pattern: str = ""
    eased: int = 0


class Crash(Exception):
    """The process of the run dies here."""


class History(NamedTuple):
    """A run as an onlooker saw it; `events` are all that it told, `proofs` what came of fixes on the trees before."""

    said: dict[StepId, list[Said]]
    events: list[Event]
    rounds: int
    calls: int
    mitigations: list[tuple[str, str]]
    eased: list[str]
    first: str
    final: str
    inputs: dict[tuple[StepId, str], str]
    judgement: Judgement
    violating: bool
    proofs: dict[StepId, FixProved]
    policy: UntilGreen


def live_through(plan: Plan, data: st.DataObject) -> History:
    """Run a course over random verdicts, changes of the tree, help, deaths of services and of the run itself."""
    return _Life(plan, data).live()


class _Life:
    def __init__(self, plan: Plan, data: st.DataObject) -> None:
        self.plan, self.data = plan, data
        self.course = Course(plan, all_steps(plan))
        self.events: list[Event] = []
        self.said: dict[StepId, list[Said]] = {each: [] for each in all_steps(plan)}
        self.inputs: dict[tuple[StepId, str], str] = {}
        self.mitigations: list[tuple[str, str]] = []
        self.eased: list[str] = []
        self.crashes = data.draw(st.sampled_from([0, 0, 1, 2]), label="crashes")
        self.tree = self.first = data.draw(st.sampled_from(TREES), label="first tree")
        self.begun: dict[StepId, int] = {}
        self.pending: list[tuple[StepId, Said]] = []

    def draw(self, *choices: object, label: str) -> object:
        return self.data.draw(st.sampled_from(choices), label=label)

    def tell(self, event: Event) -> None:
        """Write it down, which the run may not survive."""
        self.events.append(event)
        self.course.apply(event)
        if self.crashes and self.draw(*[False] * 6, True, label=f"dies after {type(event).__name__}"):
            self.crashes -= 1
            raise Crash

    def live(self) -> History:
        plan, policy = self.plan, self.plan.until_green
        switches = tuple(self.data.draw(st.lists(st.sampled_from(Switch), unique=True, max_size=1), label="switches"))
        watch = bool(self.draw(False, False, True, label="watch"))
        started = RunStarted(plan.cycle, plan.digest, self.tree, (), (), switches=switches, watch=watch)
        self.course.apply(started)
        self.events.append(started)
        for _ in range(_MOST_DECISIONS):
            try:
                if not self.go_on():
                    break
            except Crash:
                self.resume()
        else:
            raise AssertionError("it goes on for ever")
        judgement = self.course.judge()
        if judgement.verdict is RunVerdict.GREEN_AFTER_FIX:
            for due in self.course.due_proofs():
                outcome = self.data.draw(st.sampled_from(OUTCOMES))
                proved = FixProved(due.step.gate, due.step.step, due.tree, outcome)
                self.events.append(proved)
                self.course.apply(proved)
        return History(
            self.said,
            self.events,
            self.course.rounds,
            self.course.helps.calls,
            self.mitigations,
            self.eased,
            self.first,
            self.tree,
            self.inputs,
            self.course.judge(),
            bool(self.course.helps.violating),
            dict(self.course.proofs),
            allowed(policy, frozenset(switches)),
        )

    def go_on(self) -> bool:
        ending, due = self.course.due()
        again = Course(self.plan, all_steps(self.plan))
        for event in self.events:
            again.apply(event)
        assert again.due() == (ending, due), "the same events give another answer"
        match due.deed:
            case Deed.STOP:
                return False
            case Deed.RUN:
                assert due.reason is not None
                self.run_round(due.reason)
            case Deed.WAIT:
                for culprit in self.course.standings.culprits():
                    self.tell(RetryScheduled(culprit.gate, culprit.step, "infra", 1.0, 1))
                self.change("unknown")
            case Deed.MITIGATE:
                self.mitigate()
            case Deed.FIX:
                self.fix()
            case Deed.AWAIT:
                self.tell(ChangeAwaited(self.tree, 1, 1.0))
                if self.draw(True, False, label="nobody comes"):
                    return False
                self.change("unknown", surely=True)
        return True

    def resume(self) -> None:
        self.tree = str(self.draw(self.tree, self.tree, *TREES, label="tree when resumed"))
        event = RunResumed(len(self.events), self.tree)
        self.events.append(event)
        if self.course.round is not None and (self.course.round.started.tree != self.tree or not self.tree):
            self.said_on(UNKNOWN_TREE)
        self.course.apply(event)

    def change(self, by: str, *, surely: bool = False) -> bool:
        others = [tree for tree in TREES if tree != self.tree]
        after = str(self.draw(*([] if surely else [self.tree] * 2), *others, label=f"tree after {by}"))
        changed, self.tree = after != self.tree, after
        if changed:
            self.tell(TreeChanged(by, ("x",), tree=after or "unreadable"))
        return changed

    def mitigate(self) -> None:
        culprit = self.course.mitigation()
        assert culprit is not None
        known = self.course.standings[culprit].known
        assert known is not None
        on = (known.pattern, self.tree)
        self.tell(MitigationStarted(known.pattern, known.mitigation, culprit.gate, culprit.step, self.tree, 1))
        self.mitigations.append(on)
        code = self.data.draw(st.sampled_from([0, 0, 1, None]))
        if code == 0:
            self.eased.append(known.pattern)
        self.tell(MitigationFinished(known.pattern, code))
        self.change("mitigation")

    def fix(self) -> None:
        number = self.course.helps.calls + 1
        self.tell(FixerStarted(number, "somebody", "sha256:brief", self.tree))
        before = self.tree
        self.tree = str(self.draw(self.tree, *TREES, label="tree after the fixer"))
        changed = ("x",) if self.tree != before else ()
        violating = ("secret",) if changed and self.draw(False, False, False, True, label="violates") else ()
        self.tell(FixerFinished(number, 0, changed=changed, violating=violating))
        if changed:
            self.tell(TreeChanged("fixer", changed, tree=self.tree or "unreadable"))

    def inputs_on(self, each: Step, tree: str) -> str:
        if not each.inputs or tree == UNKNOWN_TREE:
            return ""
        if (each.id, tree) not in self.inputs:
            self.inputs[each.id, tree] = str(self.draw("sha256:a", "sha256:b", label=f"inputs of {each.id}"))
        return self.inputs[each.id, tree]

    def run_round(self, reason: Reason) -> None:
        course, tree = self.course, self.tree
        selected, number = course.steps_of(reason), course.rounds + 1
        inputs = {each: self.inputs_on(planned, tree) for each, planned in course.standings.steps.items()}
        reused = reusable(selected, course.standings, inputs, tree, course.died | course.lost)
        if reason is not Reason.RESUMED:
            self.pending = []
        self.tell(RoundStarted(number, reason.value, tree or "unreadable", len(selected)))
        for each in sorted(reused):
            self.finish(each, StepVerdict.PASSED, 0, inputs=inputs[each], reused=True)
        self.run_steps(selected - reused, inputs)
        after = str(self.draw(tree, tree, tree, *TREES, label="tree after"))
        failed = course.failed
        signature = failure_signature(failed) if failed else ""
        snapshot = (("project", "abc"),) if failed and course.wants_snapshot() else ()
        self.tree = after
        # Whether its process survives that or not: it is written.
        self.said_on(tree if tree == after != UNKNOWN_TREE else UNKNOWN_TREE)
        names = tuple(str(result.step) for result in failed)
        self.tell(RoundFinished(number, after or "unreadable", names, signature, snapshot=snapshot))

    def said_on(self, tree: str) -> None:
        for each, said in self.pending:
            self.said[each].append(said._replace(tree=tree))
        self.pending = []

    def run_steps(self, selected: frozenset[StepId], inputs: dict[StepId, str]) -> None:
        settled = {each: StepVerdict.SKIPPED for each in all_steps(self.plan) if each not in selected} | {
            each: verdict for each, verdict in self.course.standings.verdicts().items() if each not in selected
        }
        if self.course.round is not None:
            settled |= {
                each: StepVerdict(event.verdict)
                for each, event in self.course.round.results.items()
                if each not in selected
            }
        schedule = Schedule(self.plan.gates, selected, settled)
        while schedule.remaining:
            match schedule.next():
                case Start(each):
                    verdict = self.data.draw(st.sampled_from(ENDS_OF_ATTEMPTS), label=str(each.id))
                    if verdict is StepVerdict.SKIPPED:
                        self.finish(each.id, verdict, 0)
                    else:
                        attempt = self.begun[each.id] = self.begun.get(each.id, 0) + 1
                        self.tell(StepStarted(each.gate, each.name, self.course.rounds, attempt, 60.0))
                        self.finish(each.id, verdict, attempt, inputs=inputs[each.id])
                    schedule.finished(each.id, verdict)
                case Block(each, _):
                    self.finish(each.id, StepVerdict.BLOCKED, 0)
                case Skip(each, _):
                    self.finish(each.id, StepVerdict.SKIPPED, 0)
                case None:
                    for block in schedule.deadlocked():
                        self.finish(block.step.id, StepVerdict.BLOCKED, 0)

    def finish(
        self, each: StepId, verdict: StepVerdict, attempt: int, *, inputs: str = "", reused: bool = False
    ) -> None:
        course = self.course
        bad = verdict in {StepVerdict.FAILED, StepVerdict.TIMED_OUT, StepVerdict.ERROR, StepVerdict.INFRA}
        wobbly = verdict is StepVerdict.PASSED and not reused and bool(self.draw(*[False] * 9, True, label="reruns"))
        died = verdict is StepVerdict.FAILED and bool(self.draw(False, False, True, label="service died"))
        pattern = str(self.draw("", "", *_CLASSES, label="pattern")) if bad else ""
        known = KnownFailure(pattern, _CLASSES[pattern], "why", mitigation="ease") if pattern else None
        finding = Finding("service-died" if died else "exit", str(self.draw("a", "b", label="message")))
        event = StepFinished(each.gate, each.step, course.rounds, attempt, verdict.value, tree=self.tree)
        event = event._replace(
            findings=(finding,) if bad else (), flaky=wobbly, known=known, reused=reused, inputs=inputs
        )
        said = Said(course.rounds, verdict, "", wobbly, inputs, reused, pattern, len(self.eased))
        self.pending = [*(one for one in self.pending if one[0] != each), (each, said)]
        self.tell(event)
