"""Owns the rules on coverage: lines and branches each by their own kind, in all, by file, and where lines changed.

What was not measured blocks where it was asked for, and is never 0. A file that has no baseline is new: its lines are
held against a least share, where one is given, and against nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gatekeeper.model.baseline import Baseline, Measured, Standard
from gatekeeper.model.demands import CoverageSpec
from gatekeeper.model.plan import Step
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.report import Coverage, ReportProblem
from gatekeeper.policy.judging.baseline_rules import how_to_accept
from gatekeeper.policy.judging.numbers import NOISE_POINTS, is_number, percent_of, plural, points
from gatekeeper.policy.judging.objection import Objection, at_most, fails, noted, unjudged

_PER_FILE = "file:"
_NAMED = 5


class Covered(NamedTuple):
    """What the rules came to: objections, and the numbers beside what they were held against."""

    objections: tuple[Objection, ...] = ()
    measured: tuple[Measured, ...] = ()


def judge_coverage(
    step: Step, spec: CoverageSpec, coverage: Coverage | ReportProblem | None, standard: Standard
) -> Covered:
    """The coverage of one attempt. That a baseline is missing is not told here; without one nothing is compared."""
    match coverage:
        case None:
            problem = unjudged("coverage-missing", "the step declares coverage and none was looked at")
            return Covered((problem,))
        case ReportProblem(kind, message):
            return Covered((unjudged(f"coverage-{kind}", message),))
        case Coverage():
            baseline = standard.baseline if isinstance(standard.baseline, Baseline) else None
            return _judged(_Scale(step, spec, coverage, baseline, standard.cycle))


class _Scale(NamedTuple):
    step: Step
    spec: CoverageSpec
    coverage: Coverage
    baseline: Baseline | None
    cycle: str


class _Bound(NamedTuple):
    """The least share; None where there is nothing to hold it against. `problem` says why there should be."""

    least: float | None
    before: float | None = None
    problem: str = ""


def _judged(scale: _Scale) -> Covered:
    lines = _of_all(scale, "lines", percent_of(scale.coverage.lines), scale.spec.lines)
    branches = _of_all(scale, "branches", percent_of(scale.coverage.branches), scale.spec.branches)
    changed = _of_changed(scale)
    files = tuple(_of_files(scale))
    return Covered(
        (*lines.objections, *branches.objections, *files, *changed.objections),
        (*lines.measured, *branches.measured, *changed.measured),
    )


def _bound(scale: _Scale, key: str, demand: float, what: str) -> _Bound:
    before = scale.baseline.coverage.get(key) if scale.baseline is not None else None
    if demand > 0:
        return _Bound(demand, before)
    if scale.baseline is None:
        return _Bound(None)
    if not is_number(before):
        hint = how_to_accept(scale.step, scale.cycle, "take it in with")
        return _Bound(None, None, f"the baseline has no {what} to compare with; {hint}")
    return _Bound(before + demand, before)


def _of_all(scale: _Scale, kind: str, value: float | None, demand: float | None) -> Covered:
    name = f"coverage.{kind}"
    if demand is None:
        before = scale.baseline.coverage.get(kind) if scale.baseline is not None else None
        told = Measured(name, value, "higher", before, unit="%")
        return Covered(measured=(told,) if value is not None else ())
    bound = _bound(scale, kind, demand, f"coverage of {kind}")
    measured = (Measured(name, value, "higher", bound.before, bound.least, unit="%"),)
    if bound.problem:
        return Covered((unjudged("no-coverage", bound.problem),), measured)
    if value is None:
        said = f": {scale.coverage.problem}" if scale.coverage.problem else ""
        return Covered(
            (unjudged("no-coverage", f"the coverage holds no {kind}, and the step bounds them{said}"),), measured
        )
    if bound.least is not None and value < bound.least - NOISE_POINTS:
        words = f"{points(value)} of the {kind} ran, {points(bound.least)} must{_beside(bound, demand)}"
        return Covered((fails(f"coverage-{kind}", words),), measured)
    return Covered((), measured)


def _of_files(scale: _Scale) -> Iterable[Objection]:
    demand, baseline = scale.spec.files, scale.baseline
    if demand is None:
        return
    if not scale.coverage.per_file:
        yield unjudged("no-coverage", "the coverage names no file, and the step bounds every single one")
        return
    known = {key for key in baseline.coverage if key.startswith(_PER_FILE)} if baseline is not None else set()
    if demand <= 0 and baseline is not None and not known:
        hint = how_to_accept(scale.step, scale.cycle, "take them in with")
        yield unjudged("no-coverage", f"the baseline has no coverage of single files to compare with; {hint}")
        return
    low = []
    for file in sorted(scale.coverage.per_file):
        value, key = percent_of(file.lines), f"{_PER_FILE}{file.path}"
        if not file.lines.total or (demand <= 0 and key not in known):
            continue
        if value is None:
            words = f"{file.lines.covered} of {file.lines.total} lines make no sense"
            low.append(unjudged("no-coverage", f"{file.path}: {words}", file.path))
            continue
        bound = _bound(scale, key, demand, f"coverage of {file.path}")
        if bound.problem:
            low.append(unjudged("no-coverage", bound.problem, file.path))
        elif bound.least is not None and value < bound.least - NOISE_POINTS:
            words = f"{points(value)} of its lines ran, {points(bound.least)} must{_beside(bound, demand)}"
            low.append(fails("coverage-file", f"{file.path}: {words}", file.path))
    yield from at_most(low, len(low), kind="coverage-file", what="files below their bound")
    gone = sorted(known - {f"{_PER_FILE}{file.path}" for file in scale.coverage.per_file})
    if gone:
        named = ", ".join(key.removeprefix(_PER_FILE) for key in gone[:_NAMED])
        more = f" and {len(gone) - _NAMED} more" if len(gone) > _NAMED else ""
        are = "is" if len(gone) == 1 else "are"
        yield noted(
            "coverage-file-gone", f"{plural(len(gone), 'file')} of the baseline {are} measured no more: {named}{more}"
        )


def _of_changed(scale: _Scale) -> Covered:
    demand, coverage = scale.spec.changed_lines, scale.coverage
    if demand is None:
        return Covered()
    value = percent_of(coverage.changed)
    nothing = coverage.changed is not None and not coverage.changed.total and not coverage.problem
    # A bound that nothing is held against is none: no data beside it would look like a number that is missing.
    bound = None if nothing else demand
    measured = (Measured("coverage.changed_lines", value, "higher", bound=bound, unit="%"),)
    if coverage.changed is None or coverage.problem:
        why = coverage.problem or "they were not looked at"
        return Covered((unjudged("no-changed-lines", f"which changed lines ran cannot be told: {why}"),), measured)
    if not coverage.changed.total:
        return Covered((noted("no-changed-lines", "no executable line changed: there is nothing to cover"),), measured)
    if value is None:
        words = f"{coverage.changed.covered} of {coverage.changed.total} changed lines make no sense"
        return Covered((unjudged("no-changed-lines", words),), measured)
    if value >= demand - NOISE_POINTS:
        return Covered((), measured)
    lines = plural(coverage.changed.total, "changed line")
    words = f"{points(value)} of {lines} ran, {points(demand)} must"
    uncovered = sorted(coverage.uncovered)
    places = at_most(
        (
            fails(
                "uncovered-changed-lines", f"{path}:{_ranges(numbers)} changed and never ran", f"{path}:{min(numbers)}"
            )
            for path, numbers in uncovered
            if numbers
        ),
        len(uncovered),
        kind="uncovered-changed-lines",
        what="files with changed lines that never ran",
    )
    return Covered((fails("coverage-changed-lines", words), *places), measured)


def _beside(bound: _Bound, demand: float) -> str:
    if demand > 0 or bound.before is None:
        return ""
    less = f", and {-demand:g} points less are allowed" if demand else ""
    return f" ({points(bound.before)} in the baseline{less})"


def _ranges(numbers: Sequence[int]) -> str:
    """``3-5,9`` for 3, 4, 5 and 9."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return ",".join("-".join(map(str, run)) for run in runs)
