"""Small cycles and attempts to decide about, in as few words as they have meaning."""

from __future__ import annotations

from collections.abc import Iterable

from gatekeeper.model.outcome import Attempt, Exited
from gatekeeper.model.plan import Conditions, Gate, Plan, Shell, Step, StepId, Tier, UntilGreen
from gatekeeper.model.verdict import StepVerdict
from gatekeeper.policy.standing import Standings

PASSED_ATTEMPT = Attempt(Exited(0), 1.0)


def sid(name: str) -> StepId:
    """`gate/step` as the model has it."""
    gate, _, step = name.partition("/")
    return StepId(gate, step)


def step(name: str, *needs: str, condition: Conditions | None = None) -> Step:
    """A step called `gate/step`, which needs other steps."""
    gate, own = sid(name)
    return Step(gate, own, Shell("true"), 60.0, needs=tuple(map(sid, needs)), condition=condition)


def gate(
    name: str,
    *steps: str | Step,
    needs: Iterable[str] = (),
    tier: Tier = Tier.REQUIRED,
    stop_on_failure: bool = False,
) -> Gate:
    """A gate with its steps in order, each given as itself or by its bare name."""
    made = tuple(step(f"{name}/{each}") if isinstance(each, str) else each for each in steps)
    return Gate(name, made, tier, tuple(needs), stop_on_failure)


def cycle(*gates: Gate, until_green: UntilGreen | None = None) -> Plan:
    """A plan of these gates."""
    return Plan("cycle", "gates/cycle.yaml", "sha256:0", gates, until_green=until_green or UntilGreen())


def all_steps(plan: Plan) -> tuple[StepId, ...]:
    """Every step of the plan, in order."""
    return tuple(each.id for one in plan.gates for each in one.steps)


def standings_of(plan: Plan) -> Standings:
    """Where the steps stand before anything ran."""
    return Standings(plan, all_steps(plan))


def record(standings: Standings, tree: str, **verdicts: StepVerdict) -> None:
    """Tell the verdicts of one round on `tree`; `gate__step` names a step."""
    for name, verdict in verdicts.items():
        ran = verdict not in {StepVerdict.BLOCKED, StepVerdict.SKIPPED}
        standings[sid(name.replace("__", "/"))].record(verdict, tree, ran=ran)
