"""Owns the rules on numbers that a step writes or prints: a limit, and how much worse than before they may be."""

from __future__ import annotations

from collections.abc import Iterable

from gatekeeper.model.baseline import Baseline, Measured, Standard
from gatekeeper.model.demands import MetricSpec
from gatekeeper.model.plan import Step
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.report import MetricValue
from gatekeeper.policy.judging.baseline_rules import how_to_accept
from gatekeeper.policy.judging.numbers import is_number, text_of
from gatekeeper.policy.judging.objection import Objection, fails, unjudged

_NOISE = 1e-9


class _Held(NamedTuple):
    """A number beside what it is held against: its former value, and what that allows with the tolerance."""

    step: Step
    cycle: str
    spec: MetricSpec
    value: float | None
    problem: str
    compared: bool
    before: float | None = None
    allowed: float | None = None


def judge_metric(
    step: Step, spec: MetricSpec, metrics: tuple[MetricValue, ...], standard: Standard
) -> tuple[tuple[Objection, ...], Measured]:
    """One number of an attempt. That a baseline is missing is not told here; without one nothing is compared."""
    found = next(
        (one for one in metrics if one.name == spec.name), MetricValue(spec.name, None, "it was not looked at")
    )
    baseline = standard.baseline if isinstance(standard.baseline, Baseline) else None
    value = found.value if is_number(found.value) else None
    before = baseline.metrics.get(spec.name) if baseline is not None else None
    before = before if is_number(before) else None
    allowed = _allowed(spec, before)
    compared = spec.tolerance is not None and baseline is not None
    bounds = [bound for bound in (allowed, spec.limit) if bound is not None]
    strictest = (min if spec.better == "lower" else max)(bounds) if bounds else None
    held = _Held(step, standard.cycle, spec, value, found.problem or "it is not a number", compared, before, allowed)
    return tuple(_objections(held)), Measured(spec.name, value, spec.better, before, strictest, spec.target, spec.unit)


def _objections(held: _Held) -> Iterable[Objection]:
    spec, value = held.spec, held.value
    unit = f" {spec.unit}" if spec.unit else ""
    if value is None:
        yield unjudged("no-metric", f"the metric {spec.name} has no value: {held.problem}")
        return
    most = "at most" if spec.better == "lower" else "at least"
    if spec.limit is not None and _worse(spec, value, spec.limit):
        words = f"{spec.name} is {text_of(value)}{unit}, {most} {text_of(spec.limit)}{unit} is its limit"
        yield fails("metric-limit", words)
    if not held.compared:
        return
    if held.before is None or held.allowed is None:
        hint = how_to_accept(held.step, held.cycle, "take it in with")
        yield unjudged("no-metric", f"the baseline has no metric {spec.name} to compare with; {hint}")
    elif _worse(spec, value, held.allowed):
        words = f"{spec.name} is {text_of(value)}{unit}, {most} {text_of(held.allowed)}{unit} with its tolerance"
        yield fails("metric-worse", f"{words} ({text_of(held.before)}{unit} in the baseline)")


def _allowed(spec: MetricSpec, before: float | None) -> float | None:
    if spec.tolerance is None or before is None:
        return None
    room = abs(before) * spec.tolerance if spec.relative else spec.tolerance
    return before + room if spec.better == "lower" else before - room


def _worse(spec: MetricSpec, value: float, bound: float) -> bool:
    noise = _NOISE * max(1.0, abs(bound))
    match spec.better:
        case "lower":
            return value > bound + noise
        case "higher":
            return value < bound - noise
