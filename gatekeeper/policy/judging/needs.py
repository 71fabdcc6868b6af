"""Owns which steps cannot be judged without a baseline, for those who read, record or miss one. Knows no file."""

from __future__ import annotations

from gatekeeper.model.demands import BaselineSpec, CoverageSpec
from gatekeeper.model.plan import Step


def needs_baseline(step: Step) -> bool:
    """Whether something that `step` declares cannot be judged without a baseline."""
    tests = step.baseline is not None and (step.baseline.compares or _grows(step.baseline))
    shares = step.coverage is not None and _compares(step.coverage)
    return tests or shares or any(metric.tolerance is not None for metric in step.metrics)


def _grows(spec: BaselineSpec) -> bool:
    budgets = (spec.skipped, spec.xfailed, spec.flaky, spec.warnings, spec.duration_s)
    return any(budget is not None and budget.growth is not None for budget in budgets)


def _compares(spec: CoverageSpec) -> bool:
    return any(bound is not None and bound <= 0 for bound in (spec.lines, spec.branches, spec.files))
