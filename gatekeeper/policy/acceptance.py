"""Owns what may become of a baseline when results are taken into it: stronger by itself, weaker only by name.

Names are the ids of tests, ``coverage.lines``, ``coverage.branches``, ``coverage.file:PATH``, ``metric:NAME`` and
``count:NAME``. Knows no file and no run.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Literal, TypeAlias

from gatekeeper.model.baseline import Baseline
from gatekeeper.model.plan import Step
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.report import TestOutcome
from gatekeeper.policy.judging.outcomes import failing
from gatekeeper.policy.judging.renames import find_renames

Effect: TypeAlias = Literal["stronger", "weaker", "noise"]
"""``noise`` is neither: it changes with every run, and is taken only where it is named."""

Kind: TypeAlias = Literal["test", "coverage", "metric", "count"]


class Change(NamedTuple):
    """One thing that the baseline has and the results have not, or otherwise; None is nothing there."""

    name: str
    effect: Effect
    before: TestOutcome | float | None
    after: TestOutcome | float | None
    kind: Kind
    key: str


class Taken(NamedTuple):
    """What came of it: the baseline as it is now, what was taken, and what would make it weaker and was not named.

    `renamed` are the tests, by their old and new ids, that the baseline has by their new id now. `unknown` are names of
    nothing that is in the baseline or the results.
    """

    baseline: Baseline
    taken: tuple[Change, ...]
    left: tuple[Change, ...]
    renamed: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]

    @property
    def changes(self) -> int:
        """How many things are otherwise than before."""
        return len(self.taken) + len(self.renamed)


EMPTY = Baseline("", "", {})


def take(
    before: Baseline | None,
    results: Baseline,
    step: Step,
    *,
    names: Collection[str] = (),
    everything: bool = False,
) -> Taken:
    """The baseline after `results` were taken into `before`; None begins one.

    With `names` those are taken and nothing else, save that a first baseline always has all that passed; without
    names, all that makes it stronger. `everything` takes all. A test that is only called otherwise, as judging sees it,
    makes nothing weaker.
    """
    first = before is None
    wanted = frozenset(names)
    baseline, pairs = _with_renamed(before or EMPTY, results, wanted)
    changes = tuple(_changes(baseline, results, step))

    def is_taken(change: Change) -> bool:
        by_itself = change.effect == "stronger" and (first or not wanted)
        return everything or change.name in wanted or by_itself

    taken = tuple(filter(is_taken, changes))
    left = tuple(change for change in changes if change.effect == "weaker" and not is_taken(change))
    known = {*_names(before or EMPTY), *_names(results)}
    return Taken(_applied(baseline, taken), taken, left, pairs, tuple(sorted(wanted - known)))


def weakening(taken: Taken) -> tuple[str, ...]:
    """The names of what was taken although it makes the baseline weaker, sorted."""
    return tuple(sorted(change.name for change in taken.taken if _weakens(change)))


def _weakens(change: Change) -> bool:
    match change:
        case Change(effect="noise", before=float() as before, after=float() as after):
            return after > before
        case _:
            return change.effect == "weaker"


def _with_renamed(
    before: Baseline, results: Baseline, wanted: frozenset[str]
) -> tuple[Baseline, tuple[tuple[str, str], ...]]:
    lost, fresh = before.tests.keys() - results.tests.keys(), results.tests.keys() - before.tests.keys()
    if not lost or not fresh:
        return before, ()
    pairs = find_renames(before.tests, results.tests, lost, fresh)
    moved = {old: new for old, new in pairs if not wanted or wanted & {old, new}}
    tests = {moved.get(test, test): outcome for test, outcome in before.tests.items()}
    return before._replace(tests=tests), tuple(sorted(moved.items()))


def _changes(before: Baseline, after: Baseline, step: Step) -> Iterator[Change]:
    for test in sorted({*before.tests, *after.tests}):
        old, new = before.tests.get(test), after.tests.get(test)
        if (effect := _effect_on_test(old, new)) is not None:
            yield Change(test, effect, old, new, "test", test)
    higher = {metric.name: metric.better == "higher" for metric in step.metrics}
    yield from _numbers("coverage", "coverage.", before.coverage, after.coverage, lambda _: True)
    yield from _numbers("metric", "metric:", before.metrics, after.metrics, higher.get)
    yield from _numbers("count", "count:", before.counts, after.counts, lambda _: False)


def _effect_on_test(old: TestOutcome | None, new: TestOutcome | None) -> Effect | None:
    if old == new or (old is not None and new is not None and failing(old) and failing(new)):
        return None
    # A test that is new and does not pass is one more that need not: it is named, or left out.
    return "stronger" if new == "passed" or (old, new) == ("xfailed", "xpassed") else "weaker"


def _numbers(
    kind: Kind,
    prefix: str,
    before: Mapping[str, float],
    after: Mapping[str, float],
    higher_is_better: Callable[[str], bool | None],
) -> Iterator[Change]:
    for key in sorted({*before, *after}):
        old, new = before.get(key), after.get(key)
        if old != new:
            effect = _effect_of_number(old, new, higher_is_better(key))
            if (kind, key) == ("count", "duration_s") and old is not None and new is not None:
                effect = "noise"
            yield Change(prefix + key, effect, old, new, kind, key)


def _effect_of_number(old: float | None, new: float | None, higher: bool | None) -> Effect:
    if old is None:
        return "stronger"
    if new is None or higher is None:
        return "weaker"
    return "stronger" if (new > old) == higher else "weaker"


def _names(baseline: Baseline) -> Iterator[str]:
    yield from baseline.tests
    yield from (f"coverage.{name}" for name in baseline.coverage)
    yield from (f"metric:{name}" for name in baseline.metrics)
    yield from (f"count:{name}" for name in baseline.counts)


def _applied(baseline: Baseline, taken: tuple[Change, ...]) -> Baseline:
    tests = dict(baseline.tests)
    numbers = {
        "coverage": dict(baseline.coverage),
        "metric": dict(baseline.metrics),
        "count": dict(baseline.counts),
    }
    for change in taken:
        match change.after:
            case None:
                (tests if change.kind == "test" else numbers[change.kind]).pop(change.key)
            case str() as outcome:
                tests[change.key] = outcome
            case number:
                numbers[change.kind][change.key] = number
    return Baseline(baseline.origin, baseline.digest, tests, numbers["coverage"], numbers["metric"], numbers["count"])
