"""Owns compiling what a step demands as evidence, and the rules on what its keys mean together."""

from __future__ import annotations

import re

from gatekeeper.adapters.definition import evidence_models as models
from gatekeeper.adapters.definition.mistakes import Mistakes
from gatekeeper.adapters.definition.place import Place
from gatekeeper.adapters.definition.ready_made import KINDS as READY_MADE
from gatekeeper.adapters.definition.scalars import Value, mapping
from gatekeeper.model.demands import (
    BaselineSpec,
    CoverageSpec,
    IntegritySpec,
    KnownBad,
    MetricSpec,
    ReportFormat,
    ReportSpec,
)

_BESIDE_FORMATS = frozenset({"optional", "allow_empty"})
_FORMATS: tuple[ReportFormat, ...] = ("junit", "ctrf", "pytest_json", "reportlog", "tap", "go_test")
_NUMBER = r"-?[0-9][0-9,_]*(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"
ANY_NUMBER = f"({_NUMBER})"
"""The pattern of a metric that names a file and no pattern."""


def compile_report(
    report: models.Report | None, raw: dict[str, Value], place: Place, mistakes: Mistakes
) -> ReportSpec | None:
    """The report's place and format; None where there is none or it is wrong. `raw` is what was written."""
    if report is None:
        return None
    given: list[tuple[ReportFormat, tuple[str, ...]]] = [
        (form, getattr(report, form) or ()) for form in _FORMATS if form in raw
    ]
    if not given:
        # A format's name that is misspelt is told already.
        if not raw.keys() <= _BESIDE_FORMATS:
            return None
        mistakes.add(place, "`report` names no file", 'write `junit: "reports/*.xml"`, or another format')
        return None
    if len(given) > 1:
        message = f"a step has one report, and this has {' and '.join(f'`{form}`' for form, _ in given)}"
        mistakes.add((*place, given[1][0]), message, "keep one of them", at_key=True)
    form, globs = given[0]
    return ReportSpec(form, globs, report.optional, report.allow_empty)


def compile_baseline(
    baseline: models.Baseline | None, raw: dict[str, Value], place: Place, mistakes: Mistakes
) -> BaselineSpec | None:
    """The comparison; without a report in the step (`raw`) there is nothing to compare."""
    if baseline is None:
        return None
    if not raw.keys() & {"report", *READY_MADE}:
        mistakes.add(place, "`baseline` compares tests, and the step has no `report`", "write `report:`", at_key=True)
    if baseline.measure and baseline.ref is None:
        mistakes.add((*place, "measure"), "`measure` has no `ref` to run on", "write `ref: origin/main`", at_key=True)
    budgets = (baseline.skipped, baseline.xfailed, baseline.flaky, baseline.warnings, baseline.duration)
    grows = any(budget is not None and budget.growth is not None for budget in budgets)
    named = baseline.new_failures is not None or baseline.lost_tests is not None or baseline.ref is not None
    compares = named or grows or not any(budgets)
    return BaselineSpec(
        compares,
        baseline.new_failures or 0,
        baseline.lost_tests or 0,
        *budgets,
        ref=baseline.ref or "",
        measure=baseline.measure,
    )


def compile_coverage(coverage: models.Coverage | None) -> CoverageSpec | None:
    """The coverage's place and bounds."""
    if coverage is None:
        return None
    return CoverageSpec(
        coverage.file,
        coverage.format,
        coverage.lines,
        coverage.branches,
        coverage.files,
        coverage.changed_lines,
        coverage.base or "",
    )


def compile_metrics(
    metrics: dict[str, models.Metric], raw: dict[str, Value], place: Place, mistakes: Mistakes
) -> tuple[MetricSpec, ...]:
    """The numbers, in the order written; `raw` is what was."""
    return tuple(
        _metric(name, metric, mapping(raw.get(name)), (*place, name), mistakes) for name, metric in metrics.items()
    )


def _metric(name: str, metric: models.Metric, raw: dict[str, Value], place: Place, mistakes: Mistakes) -> MetricSpec:
    if "file" not in raw and "pattern" not in raw:
        mistakes.add(place, "the number is nowhere", "write `file:`, or `pattern:` over the output, or both")
    pattern = metric.pattern or ANY_NUMBER
    try:
        if re.compile(pattern).groups < 1:
            mistakes.add((*place, "pattern"), "the pattern has no group to take the number from", "write (…) around it")
    except re.error as fault:
        mistakes.add((*place, "pattern"), f"this is no regular expression: {fault}")
    tolerance, relative = metric.tolerance or (None, False)
    return MetricSpec(
        name,
        metric.file or "",
        pattern,
        metric.better,
        tolerance,
        relative,
        metric.limit,
        metric.target,
        metric.unit or "",
    )


def compile_known_bad(
    known_bad: models.KnownBad | None, raw: dict[str, Value], place: Place, mistakes: Mistakes
) -> KnownBad | None:
    """The change that the step must notice; `raw` is what was written."""
    if known_bad is None:
        return None
    if ("patch" in raw) == ("run" in raw):
        mistakes.add(place, "a known bad change is a `patch` or a command to `run`, one of them", at_key=True)
    return KnownBad(known_bad.expect, known_bad.patch or "", known_bad.run or "")


def compile_rerun(rerun: str | None, place: Place, mistakes: Mistakes) -> str:
    """The command that runs only what failed."""
    if rerun is not None and "{failed}" not in rerun:
        hint = "write `{failed}` where the names of the failed tests belong"
        mistakes.add(place, "the command does not say which tests to run", hint)
    return rerun or ""


def compile_integrity(integrity: models.Integrity) -> IntegritySpec:
    """What a weakening change means."""
    return IntegritySpec(integrity.fixer, integrity.others, integrity.base or "")
