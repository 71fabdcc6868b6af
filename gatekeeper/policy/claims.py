"""Owns which named resources what part of a run has for itself, and from when to when. Knows no lock and no time.

Nobody waits for one resource while it has another one: then two runs could wait for each other for ever. So whoever
has some from its beginning to its end takes all at once that it may need in between: a gate what its steps need, too,
and the whole run everything, where it names some itself, where one belongs to a step that leaves a service running, or
where a gate with some waits for another gate in its midst.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from gatekeeper.model.plan import Gate, Plan, StepId
from gatekeeper.model.record import NamedTuple


class Claims(NamedTuple):
    """Names of resources, sorted: those of the whole run, of gates by their names, of steps."""

    run: tuple[str, ...] = ()
    gates: Mapping[str, tuple[str, ...]] = {}
    steps: Mapping[StepId, tuple[str, ...]] = {}

    @property
    def are_none(self) -> bool:
        """Whether nothing is claimed at all."""
        return not (self.run or self.gates or self.steps)


NOTHING_CLAIMED = Claims()


def claims_of(plan: Plan, selected: Collection[StepId], fill: Callable[[str], str]) -> Claims:
    """What a run of the `selected` steps claims; `fill` puts values in place of references in a name."""
    gates: dict[str, set[str]] = {}
    steps: dict[StepId, set[str]] = {}
    whole = set(map(fill, plan.locks))
    lifted = bool(whole)
    for gate in plan.gates:
        chosen = [step for step in gate.steps if step.id in selected]
        inside = {step.id: set(map(fill, step.locks)) for step in chosen if step.locks}
        of_gate = set(map(fill, gate.locks)) if chosen else set()
        lifted = lifted or any(step.keep and (of_gate or step.id in inside) for step in chosen)
        lifted = lifted or (bool(of_gate) and _waits_in_its_midst(gate, selected))
        whole |= of_gate.union(*inside.values())
        if of_gate:
            gates[gate.name] = of_gate.union(*inside.values())
        else:
            steps |= inside
    if lifted:
        return Claims(_sorted(whole))
    return Claims(
        (),
        {gate: _sorted(names) for gate, names in gates.items()},
        {step: _sorted(names) for step, names in steps.items()},
    )


def _waits_in_its_midst(gate: Gate, selected: Collection[StepId]) -> bool:
    return any(need.gate != gate.name for step in gate.steps if step.id in selected for need in step.needs)


def _sorted(names: set[str]) -> tuple[str, ...]:
    return tuple(sorted(names))
