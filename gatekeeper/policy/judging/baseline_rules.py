"""Owns the rules on tests beside their baseline: it must be there, no test may vanish, budgets must be kept.

A budget bounds numbers that are known. `total` is held against what the report has. `growth` is held against how many
tests came to it that had not in the baseline, so that a new skip is not paid for with an old one.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from gatekeeper.model.baseline import BaselineProblem, Standard
from gatekeeper.model.demands import Budget
from gatekeeper.model.plan import Step
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.judging.numbers import is_number, plural, text_of
from gatekeeper.policy.judging.objection import Objection, fails, noted, unjudged
from gatekeeper.policy.judging.tested import Tested

_NAMED = 10
_PASTED = 3
_SHORT = 120
_BRING_BACK = {True: "bring it back, or say why it went:", False: "bring them back, or say why they went:"}


def how_to_accept(step: Step, cycle: str, does: str, tests: Sequence[str] = ()) -> str:
    """What makes a step's baseline say something else: the command, after what it `does`, with `tests` by their names.

    What is measured is recorded nowhere, and what stands at a ref counts when it is merged there.
    """
    ref, measured = (step.baseline.ref, step.baseline.measure) if step.baseline else ("", False)
    if measured:
        return f"it is measured on {ref}, and says something else once that is merged there"
    only = "".join(f" --only {shlex.quote(test)}" for test in tests[:_PASTED])
    # A command that is cut off where it is shown could not be pasted.
    few = len(tests) <= _PASTED and len(only) <= _SHORT
    only = only if few else ""
    command = f"`gatekeeper baseline accept {cycle or 'CYCLE'} --step {shlex.quote(str(step.id))}{only} --reason TEXT`"
    each = "" if few else " with `--only ID` for each"
    merged = f", and merge it into {ref}" if ref else ""
    return f"{does} {command}{each}{merged}"


def baseline_missing(step: Step, standard: Standard) -> Iterable[Objection]:
    """A step that needs a baseline and has none that can be read is not judged by it: that is an error."""
    match standard.baseline:
        case BaselineProblem(message):
            yield unjudged("baseline-unusable", message)
        case None:
            hint = how_to_accept(step, standard.cycle, "take one from the newest run with")
            yield unjudged("baseline-missing", f"there is no baseline to compare with; {hint}")
        case _:
            pass


def _empty_baseline(seen: Tested) -> Iterable[Objection]:
    empty = seen.baseline is not None and not seen.baseline.tests
    if seen.demands.compares and empty and not (seen.step.report and seen.step.report.allow_empty):
        hint = how_to_accept(seen.step, seen.standard.cycle, "take its tests in with")
        yield unjudged("baseline-empty", f"the baseline holds not one test to compare with; {hint}")


def _new_failures(seen: Tested) -> Iterable[Objection]:
    new, most = len(seen.classes.new_failures) if seen.classes else 0, seen.demands.new_failures
    if new > most > 0:
        yield fails("new-failures", f"{plural(new, 'test')} failed that did not before, {most} at most may")


def _lost(seen: Tested) -> Iterable[Objection]:
    lost, most = seen.classes.lost if seen.classes else (), seen.demands.lost_tests
    if not lost:
        return
    words = f"{plural(len(lost), 'test')} of the baseline {'is' if len(lost) == 1 else 'are'} gone"
    if len(lost) <= most:
        yield noted("lost-tests", f"{words}, as many as {most} may be: {_named(lost)}")
        return
    bound = f", {most} at most may be" if most else ""
    hint = how_to_accept(seen.step, seen.standard.cycle, _BRING_BACK[len(lost) == 1], lost)
    yield fails("lost-tests", f"{words}{bound}: {_named(lost)}; {hint}")


def _renamed(seen: Tested) -> Iterable[Objection]:
    if seen.classes and seen.classes.renamed:
        pairs = [f"{old} is now {new}" for old, new in seen.classes.renamed]
        yield noted("tests-renamed", f"{plural(len(pairs), 'test')} taken for renamed or moved: {_named(pairs)}")


class _Tally(NamedTuple):
    """A kind of tests that may be bounded: those there are, and those of them that the baseline had as something else.

    `new` is None where there is no baseline.
    """

    kind: Literal["skipped", "xfailed", "flaky"]
    budget: Budget | None
    tests: Sequence[str]
    new: Sequence[str] | None


def _tally(seen: Tested, kind: Literal["skipped", "xfailed", "flaky"], budget: Budget | None) -> _Tally:
    tests = seen.flaky if kind == "flaky" else [test for test, came_to in seen.outcomes.items() if came_to == kind]
    if seen.baseline is None:
        return _Tally(kind, budget, tests, None)
    before = seen.baseline.tests
    moved = {new: old for old, new in seen.classes.renamed} if seen.classes else {}
    excused = seen.ruling.in_force if kind != "xfailed" else {}
    new = [test for test in tests if before.get(moved.get(test, test)) != kind and test not in excused]
    return _Tally(kind, budget, tests, new)


def _tallies(seen: Tested) -> Iterable[_Tally]:
    demands = seen.demands
    yield _tally(seen, "skipped", demands.skipped)
    yield _tally(seen, "xfailed", demands.xfailed)
    yield _tally(seen, "flaky", demands.flaky)


def _counted(seen: Tested) -> Iterable[Objection]:
    for tally in _tallies(seen):
        kind, budget, new = f"newly-{tally.kind}", tally.budget, tally.new
        if budget is not None and budget.total is not None and len(tally.tests) > budget.total:
            named = sorted(new or tally.tests)
            words = f"{plural(len(tally.tests), 'test')} {tally.kind}, {text_of(budget.total)} at most may be"
            yield fails(kind, f"{words}; {'new' if new else 'they'} are: {_named(named)}")
        elif budget is not None and budget.growth is not None and new is not None and len(new) > budget.growth:
            words = f"{plural(len(new), 'test')} {tally.kind} that had not been in the baseline"
            hint = how_to_accept(seen.step, seen.standard.cycle, "if that is meant:", sorted(new))
            yield fails(kind, f"{words}, {text_of(budget.growth)} at most may be: {_named(sorted(new))}; {hint}")
        elif new and seen.classes is not None:
            yield noted(kind, f"{plural(len(new), 'test')} {tally.kind} unlike in the baseline: {_named(sorted(new))}")


class _Amount(NamedTuple):
    """A number that the whole report tells, or does not tell; `key` is its name in a baseline."""

    kind: str
    key: str
    unit: str
    value: float | None
    budget: Budget | None


def _amounts(seen: Tested) -> Iterable[Objection]:
    report, demands = seen.report, seen.demands
    yield from _within(seen, _Amount("warnings", "warnings", "", report.warnings, demands.warnings))
    yield from _within(seen, _Amount("duration", "duration_s", " s", report.duration_s, demands.duration_s))


def _within(seen: Tested, amount: _Amount) -> Iterable[Objection]:
    kind, key, unit, value, budget = amount
    if budget is None:
        return
    if not is_number(value):
        hint = "use a format that tells it, or count it under `metrics:`"
        yield unjudged(f"no-{kind}", f"the step bounds its {kind}, and its report tells nothing of it; {hint}")
        return
    bound, beside = budget.total, ""
    if budget.growth is not None:
        if seen.baseline is None:
            return
        before = seen.baseline.counts.get(key)
        if not is_number(before):
            hint = how_to_accept(seen.step, seen.standard.cycle, "take it in with")
            yield unjudged(f"no-{kind}", f"the baseline tells no {kind} to compare with; {hint}")
            return
        bound = before + budget.growth
        beside = f" ({text_of(before)}{unit} in the baseline)"
    if bound is not None and value > bound:
        yield fails(kind, f"{kind}: {text_of(value)}{unit}, at most {text_of(bound)}{unit}{beside}")


RULES: tuple[Callable[[Tested], Iterable[Objection]], ...] = (
    _empty_baseline,
    _new_failures,
    _lost,
    _counted,
    _amounts,
    _renamed,
)
"""Every rule on tests beside their baseline, but that there must be one."""


def allows_flaky(seen: Tested) -> bool:
    """Whether the step's own budget lets its flaky tests pass. Without one a retry on an unchanged tree is no green."""
    tally = _tally(seen, "flaky", seen.demands.flaky)
    if tally.budget is None:
        return False
    if tally.budget.total is not None:
        return len(tally.tests) <= tally.budget.total
    return tally.new is not None and len(tally.new) <= (tally.budget.growth or 0)


def _named(tests: Sequence[str]) -> str:
    more = f" and {len(tests) - _NAMED} more" if len(tests) > _NAMED else ""
    return f"{', '.join(tests[:_NAMED])}{more}"
