"""Owns where every step of a run stands: its last verdict, on which tree, and what came before. Decides nothing.

A tree is named by its digest; the empty text stands for a tree that is not known (it changed while the round went
on, or could not be read), and is never equal to anything, itself included.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gatekeeper.model.known import KnownFailure
from gatekeeper.model.plan import Gate, Plan, Step, StepId, Tier
from gatekeeper.model.verdict import StepVerdict

UNKNOWN_TREE = ""


class Standing:
    """One step so far.

    `attempts` counts those that ended, `begun` is the number of the newest that began. `passes` are its clean passes in
    a row on `tree`; `failures` its failed attempts by tree, `passed_trees` the trees that it ever passed on. `inputs`
    is the digest of what its pass depends on, where it says so. `known` is what a pattern says of its last failure;
    `red_tree` and `signature` are where that was, and what it is called. `fixed` tells that the fixer changed something
    since.
    """

    def __init__(self) -> None:
        self.verdict: StepVerdict | None = None
        self.tree = UNKNOWN_TREE
        self.attempts = 0
        self.begun = 0
        self.passes = 0
        self.was_red = False
        self.flaky = False
        self.infra_failures = 0
        self.failures: dict[str, int] = {}
        self.passed_trees: tuple[str, ...] = ()
        self.inputs = ""
        self.known: KnownFailure | None = None
        self.red_tree = UNKNOWN_TREE
        self.signature = ""
        self.fixed = False

    @property
    def unclassed(self) -> bool:
        """Whether nothing says that its last failure comes again as long as nothing in the tree changes."""
        return self.known is None or self.known.class_ in {"flaky", "infra"}

    @property
    def passed(self) -> bool:
        """Whether the last attempt passed, on whatever tree."""
        return self.verdict is StepVerdict.PASSED

    def passed_on(self, tree: str) -> bool:
        """Whether the last attempt passed, on exactly this tree."""
        return self.verdict is StepVerdict.PASSED and self.tree == tree != UNKNOWN_TREE

    def skipped_on(self, tree: str) -> bool:
        """Whether it was last found not to apply, on exactly this tree."""
        return self.verdict is StepVerdict.SKIPPED and self.tree == tree != UNKNOWN_TREE

    def holds(self, inputs: str) -> bool:
        """Whether it passed on exactly these inputs (their digest)."""
        return self.verdict is StepVerdict.PASSED and self.inputs == inputs != ""

    def carry(self, tree: str) -> None:
        """Its pass holds on `tree` too, because all that it depends on is as it was."""
        self.tree = tree
        if tree != UNKNOWN_TREE and tree not in self.passed_trees:
            self.passed_trees += (tree,)

    def forgive(self) -> None:
        """What made it fail where it last failed is mended, and was not in the tree: a pass there is none by chance."""
        self.failures.pop(self.red_tree, None)

    def record(
        self,
        verdict: StepVerdict,
        tree: str,
        *,
        ran: bool,
        flaky: bool = False,
        inputs: str = "",
        known: KnownFailure | None = None,
        signature: str = "",
    ) -> None:
        """Take in one more verdict on `tree`.

        `ran` tells an attempt from a step that was blocked or skipped, `flaky` a pass that took tries of its own.
        `inputs`, `known` and `signature` are as above, of this verdict.
        """
        self.flaky = self.flaky or flaky
        same_tree = tree == self.tree != UNKNOWN_TREE
        if ran:
            self.attempts += 1
        match verdict:
            case StepVerdict.PASSED:
                self.inputs = inputs if tree != UNKNOWN_TREE else ""
                self.passes = self.passes + 1 if same_tree and self.verdict is StepVerdict.PASSED else 1
                self.flaky = self.flaky or tree in self.failures
                if tree != UNKNOWN_TREE and tree not in self.passed_trees:
                    self.passed_trees += (tree,)
            case StepVerdict.INFRA:
                self.infra_failures += 1
                self.known = known
            case StepVerdict.FAILED | StepVerdict.TIMED_OUT | StepVerdict.ERROR:
                self.was_red, self.fixed = True, False
                self.known, self.red_tree, self.signature = known, tree, signature
                # A pass and then a failure on one tree is as little to be trusted as the other way round.
                self.flaky = self.flaky or tree in self.passed_trees
                if tree != UNKNOWN_TREE:
                    self.failures[tree] = self.failures.get(tree, 0) + 1
            case StepVerdict.BLOCKED | StepVerdict.SKIPPED | StepVerdict.CANCELLED:
                pass
        self.verdict, self.tree = verdict, tree


class Standings:
    """Where all steps of a plan stand. `selected` are the steps that this run is about."""

    def __init__(self, plan: Plan, selected: Iterable[StepId]) -> None:
        chosen = frozenset(selected)
        self.gates: Mapping[str, Gate] = {gate.name: gate for gate in plan.gates}
        self.steps: Mapping[StepId, Step] = {
            step.id: step for gate in plan.gates for step in gate.steps if step.id in chosen
        }
        self._standings = {step: Standing() for step in self.steps}

    def __getitem__(self, step: StepId) -> Standing:
        return self._standings[step]

    def required(self, step: StepId) -> bool:
        """Whether the step's gate must pass."""
        return self.gates[step.gate].tier is Tier.REQUIRED

    def items(self) -> Iterable[tuple[StepId, Standing]]:
        """Every selected step with where it stands, in the order of the definition."""
        return self._standings.items()

    def verdicts(self) -> dict[StepId, StepVerdict]:
        """The last verdict of every step that has one."""
        return {step: standing.verdict for step, standing in self.items() if standing.verdict is not None}

    def unsatisfied(self) -> tuple[StepId, ...]:
        """Required steps whose last verdict is neither passed nor skipped."""
        return tuple(
            step
            for step, standing in self.items()
            if self.required(step) and standing.verdict not in {StepVerdict.PASSED, StepVerdict.SKIPPED}
        )

    def culprits(self) -> tuple[StepId, ...]:
        """What really went wrong among the unsatisfied: blocked steps are traced back to what blocked them."""
        found: dict[StepId, None] = {}
        pending = list(self.unsatisfied())
        seen: set[StepId] = set()
        while pending:
            step = pending.pop()
            if step in seen or step not in self._standings:
                continue
            seen.add(step)
            verdict = self._standings[step].verdict
            if verdict is StepVerdict.BLOCKED:
                pending += [need for need in self.needs(step) if not self._settled(need)]
                if self.gates[step.gate].stop_on_failure:
                    pending += [sibling.id for sibling in self.gates[step.gate].steps if not self._settled(sibling.id)]
            elif verdict not in {StepVerdict.PASSED, StepVerdict.SKIPPED}:
                found[step] = None
        return tuple(step for step in self.steps if step in found)

    def needs(self, step: StepId) -> tuple[StepId, ...]:
        """The steps that this one needs, those of its gate's needs included."""
        gates = self.gates[step.gate].needs
        return self.steps[step].needs + tuple(other.id for name in gates for other in self.gates[name].steps)

    def _settled(self, step: StepId) -> bool:
        standing = self._standings.get(step)
        return standing is None or standing.verdict in {StepVerdict.PASSED, StepVerdict.SKIPPED}
