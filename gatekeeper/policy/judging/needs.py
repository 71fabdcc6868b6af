"""Owns which steps cannot be judged without a baseline, and where each is to come from. Knows no file and no test."""

from __future__ import annotations

from collections.abc import Iterable

from gatekeeper.model.demands import BaselineSpec, CoverageSpec
from gatekeeper.model.plan import Argv, Plan, ReadyMade, Shell, Step, StepId


def needs_baseline(step: Step) -> bool:
    """Whether something that `step` declares cannot be judged without a baseline."""
    tests = step.baseline is not None and (step.baseline.compares or _grows(step.baseline))
    shares = step.coverage is not None and _compares(step.coverage)
    return tests or shares or any(metric.tolerance is not None for metric in step.metrics)


def needs_baseline_file(step: Step) -> bool:
    """Whether a baseline file must be there for `step`: it needs one, and does not measure it."""
    return needs_baseline(step) and not is_measured(step)


def is_measured(step: Step) -> bool:
    """Whether `step` is run on a base ref for its baseline."""
    return needs_baseline(step) and step.baseline is not None and step.baseline.measure


RECORD_INSTEAD = "record a baseline instead: `baseline: {}`, and `gatekeeper baseline accept` after a run"
"""What to do where a step cannot be run on a base ref."""


def why_not_measured(plan: Plan, step: Step) -> str:
    """Why `step` cannot be run on a base ref for its baseline, or empty."""
    if not isinstance(step.work, Shell | Argv | ReadyMade):
        return "a probe cannot be run on another commit"
    if step.keep is not None:
        return f"it keeps the service {step.keep}, and a service is not brought up on another commit"
    for needed in _needed(plan, step.id):
        if needed.keep is not None:
            # Its tests would talk to nothing, or to the service of this tree, and fail or pass for that.
            return f"it needs {needed.id}, whose service {needed.keep} is not brought up on another commit"
    return ""


def _needed(plan: Plan, start: StepId) -> Iterable[Step]:
    gates = {gate.name: gate for gate in plan.gates}
    steps = {step.id: step for gate in plan.gates for step in gate.steps}
    waiting, seen = [start], {start}
    while waiting:
        step_id = waiting.pop()
        if step_id not in steps:
            continue
        step = steps[step_id]
        if step_id != start:
            yield step
        whole = [each.id for name in gates[step.gate].needs if name in gates for each in gates[name].steps]
        for needed in (*step.needs, *whole):
            if needed not in seen:
                seen.add(needed)
                waiting.append(needed)


def _grows(spec: BaselineSpec) -> bool:
    budgets = (spec.skipped, spec.xfailed, spec.flaky, spec.warnings, spec.duration_s)
    return any(budget is not None and budget.growth is not None for budget in budgets)


def _compares(spec: CoverageSpec) -> bool:
    return any(bound is not None and bound <= 0 for bound in (spec.lines, spec.branches, spec.files))
