"""Owns how what a step demands of its evidence is said in a few words, before anything ran. Knows no result."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.model.demands import BaselineSpec, Budget, CoverageSpec, MetricSpec, ReportSpec
from gatekeeper.model.plan import Step


def demand_words(step: Step) -> Iterator[str]:
    """One line for each kind of evidence of which the step demands something."""
    if step.report is not None:
        yield from _report(step.report)
    if step.baseline is not None:
        yield _tests(step.baseline)
    if step.coverage is not None:
        yield _coverage(step.coverage)
    for metric in step.metrics:
        yield _metric(metric)
    if step.rerun:
        yield f"for diagnosis runs only what failed again: {step.rerun}"


def _report(spec: ReportSpec) -> Iterator[str]:
    if spec.optional:
        yield "may leave no report"
    if spec.allow_empty:
        yield "may run not one test"


def _tests(spec: BaselineSpec) -> str:
    budgets = (
        ("skipped", spec.skipped),
        ("xfailed", spec.xfailed),
        ("flaky", spec.flaky),
        ("warnings", spec.warnings),
        ("s for all tests", spec.duration_s),
    )
    bounds = [f"at most {_budget(budget)} {what}" for what, budget in budgets if budget is not None]
    if not spec.compares:
        return f"tests: {', '.join(bounds)}"
    bounds = [f"at most {spec.new_failures} new failures", f"{spec.lost_tests} lost", *bounds]
    return f"tests beside {_origin(spec)}: {', '.join(bounds)}"


def _origin(spec: BaselineSpec) -> str:
    if spec.measure:
        return f"what they come to on {spec.ref}"
    return f"their baseline at {spec.ref}" if spec.ref else "their baseline"


def _budget(budget: Budget) -> str:
    return f"{budget.total:g}" if budget.total is not None else f"{budget.growth or 0:g} more"


def _coverage(spec: CoverageSpec) -> str:
    shares = (("lines", spec.lines), ("branches", spec.branches), ("lines of each file", spec.files))
    bounds = [f"{what} {_share(share)}" for what, share in shares if share is not None]
    if spec.changed_lines is not None:
        bounds.append(f"changed lines (beside {spec.base or 'the upstream'}) at least {spec.changed_lines:g} %")
    return f"coverage: {', '.join(bounds) or 'told, and not bounded'}"


def _share(share: float) -> str:
    if share > 0:
        return f"at least {share:g} %"
    return f"at most {-share:g} points below the baseline" if share else "not below the baseline"


def _metric(spec: MetricSpec) -> str:
    unit = f" {spec.unit}" if spec.unit else ""
    bounds = []
    if spec.tolerance is not None:
        room = f"{spec.tolerance * 100:g} %" if spec.relative else f"{spec.tolerance:g}{unit}"
        bounds.append(f"at most {room} {'above' if spec.better == 'lower' else 'below'} the baseline")
    if spec.limit is not None:
        bounds.append(f"at {'most' if spec.better == 'lower' else 'least'} {spec.limit:g}{unit}")
    if spec.target is not None:
        bounds.append(f"target {spec.target:g}{unit}")
    return f"{spec.name}: {', '.join(bounds) or 'told, and not bounded'}"
