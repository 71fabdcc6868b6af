"""Owns whether the beginning of a journal fits the definition that the run judged by. Knows no result."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gatekeeper.model.events import RunStarted
from gatekeeper.model.plan import Plan, StepId


def start_problems(started: RunStarted, plan: Plan) -> Iterator[str]:
    """What the first event says that the definition does not, in words."""
    if started.cycle != plan.cycle:
        yield f"the run is one of {started.cycle!r}, the definition that of {plan.cycle!r}"
    if started.within_s != plan.until_green.within_s:
        yield f"the run had {started.within_s:g} s, where the definition gives {plan.until_green.within_s:g} s"
    known = {step.id: (gate, step) for gate in plan.gates for step in gate.steps}
    of_gate = {gate.name: tuple(step.id for step in gate.steps) for gate in plan.gates}
    chosen = {StepId(planned.gate, planned.step) for planned in started.steps}
    for planned in started.steps:
        step_id = StepId(planned.gate, planned.step)
        if step_id not in known:
            yield f"the run is about {step_id}, which the definition does not have"
            continue
        gate, step = known[step_id]
        if planned.tier != gate.tier.value:
            yield f"{step_id} is {planned.tier}, where the definition says {gate.tier.value}"
        if planned.timeout_s != step.timeout_s:
            yield f"{step_id} has {planned.timeout_s:g} s, where the definition says {step.timeout_s:g} s"
        by_gate = {other for need in gate.needs for other in of_gate.get(need, ())}
        if missing := by_gate.union(step.needs) - chosen:
            yield f"the run is about {step_id}, but not about what it needs: {_listed(missing)}"
    if not started.selection and (left_out := known.keys() - chosen):
        yield f"the run is about the whole cycle, and leaves out {_listed(left_out)}"


def _listed(steps: Iterable[StepId]) -> str:
    return ", ".join(sorted(map(str, steps)))
