"""Numbers that a step writes or prints, beside their limits and what they were."""

from __future__ import annotations

import math
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.model.baseline import Baseline, BaselineProblem, Measured
from gatekeeper.model.demands import MetricSpec
from gatekeeper.model.outcome import Attempt, Exited
from gatekeeper.model.report import MetricValue
from gatekeeper.model.verdict import StepResult, StepVerdict
from gatekeeper.policy.judge import judge
from tests.policy.situations import step

from .evidence import baseline, kinds, standard

PASSED, FAILED, ERROR = StepVerdict.PASSED, StepVerdict.FAILED, StepVerdict.ERROR
SIZE = MetricSpec("bundle", unit="kB")


def measured(
    value: float | MetricValue | None, spec: MetricSpec, before: float | Baseline | BaselineProblem | None = None
) -> StepResult:
    """The result of a step that left this number and nothing else."""
    found = MetricValue(spec.name, value) if isinstance(value, float) else value
    held = baseline({}, metrics={spec.name: before}) if isinstance(before, float) else before
    attempt = Attempt(Exited(0), 1.0, metrics=(MetricValue("other", 0.0), *((found,) if found else ())))
    return judge(step("suite/unit")._replace(metrics=(spec,)), attempt, standard=standard(held))


@pytest.mark.parametrize(
    ("better", "tolerance", "relative", "limit", "before", "value", "kind"),
    [
        ("lower", None, False, None, None, 1e9, ""),
        ("lower", None, False, 100.0, None, 100.0, ""),
        ("lower", None, False, 100.0, None, 100.1, "metric-limit"),
        ("higher", None, False, 100.0, None, 99.9, "metric-limit"),
        ("higher", None, False, 100.0, None, 100.0, ""),
        ("lower", 0.01, True, None, 200.0, 202.0, ""),
        ("lower", 0.01, True, None, 200.0, 202.1, "metric-worse"),
        ("higher", 0.01, True, None, 200.0, 198.0, ""),
        ("higher", 0.01, True, None, 200.0, 197.9, "metric-worse"),
        ("lower", 0.1, True, None, -10.0, -9.0, ""),
        ("lower", 0.1, True, None, -10.0, -8.9, "metric-worse"),
        ("lower", 0.0, True, None, 0.0, 0.0, ""),
        ("lower", 5.0, False, None, 200.0, 205.0, ""),
        ("lower", 5.0, False, None, 200.0, 205.5, "metric-worse"),
        ("higher", 0.0, False, None, 7.0, 8.0, ""),
        ("lower", 5.0, False, 203.0, 200.0, 204.0, "metric-limit"),
        ("lower", 0.1, False, None, 0.2, 0.1 + 0.2, ""),
    ],
)
def test_a_number_is_kept_or_broken(
    better: Literal["lower", "higher"],
    tolerance: float | None,
    relative: bool,
    limit: float | None,
    before: float | None,
    value: float,
    kind: str,
) -> None:
    spec = SIZE._replace(better=better, tolerance=tolerance, relative=relative, limit=limit)
    result = measured(value, spec, before)
    assert kinds(result) == ([kind] if kind else [])
    assert result.verdict is (FAILED if kind else PASSED)


def test_a_broken_number_reads_well() -> None:
    spec = SIZE._replace(tolerance=0.01, relative=True, limit=201.0, target=150.0)
    result = measured(212.5, spec, 200.0)
    assert [found.message for found in result.findings] == [
        "bundle is 212.5 kB, at most 201 kB is its limit",
        "bundle is 212.5 kB, at most 202 kB with its tolerance (200 kB in the baseline)",
    ]
    assert result.measured == (Measured("bundle", 212.5, "lower", 200.0, 201.0, 150.0, "kB"),)


@pytest.mark.parametrize(
    "value", [None, MetricValue("bundle", None, "no line of dist/size.txt matches"), math.nan, math.inf, -math.inf]
)
@pytest.mark.parametrize("spec", [SIZE, SIZE._replace(limit=9.0), SIZE._replace(tolerance=1.0, better="higher")])
def test_a_number_that_is_none_blocks(value: float | MetricValue | None, spec: MetricSpec) -> None:
    result = measured(value, spec, 3.0)
    assert (result.verdict, kinds(result)) == (ERROR, ["no-metric"])
    assert result.measured[0].value is None
    if isinstance(value, MetricValue):
        assert result.findings[0].message == "the metric bundle has no value: no line of dist/size.txt matches"


@pytest.mark.parametrize(
    ("before", "kind"),
    [
        (None, "baseline-missing"),
        (BaselineProblem("not JSON"), "baseline-unusable"),
        (baseline({}), "no-metric"),
        (math.nan, "no-metric"),
    ],
)
def test_a_tolerance_needs_a_former_number(before: float | Baseline | BaselineProblem | None, kind: str) -> None:
    result = measured(3.0, SIZE._replace(tolerance=1.0), before)
    assert (result.verdict, kinds(result)) == (ERROR, [kind])


def test_a_target_is_only_told_of() -> None:
    result = measured(300.0, SIZE._replace(target=1.0))
    assert (result.verdict, result.measured[0].target) == (PASSED, 1.0)


@settings(deadline=None)
@given(
    value=st.floats(), before=st.floats(), tolerance=st.floats(0, 1e6), more=st.floats(0, 1e6), relative=st.booleans()
)
def test_a_wider_tolerance_breaks_nothing(
    value: float, before: float, tolerance: float, more: float, relative: bool
) -> None:
    spec = SIZE._replace(tolerance=tolerance, relative=relative)
    if measured(value, spec, before).verdict is PASSED:
        assert measured(value, spec._replace(tolerance=tolerance + more), before).verdict is PASSED
    if not (math.isfinite(value) and math.isfinite(before)):
        assert measured(value, spec, before).verdict is ERROR
