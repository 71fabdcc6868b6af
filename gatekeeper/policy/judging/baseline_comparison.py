"""Owns comparing tests with a baseline: sets of ids, and each id in one of them. Knows no budget and no verdict."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from gatekeeper.model.baseline import LISTED, Comparison
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.report import TestOutcome
from gatekeeper.policy.judging.outcomes import failing


class Classes(NamedTuple):
    """All tests of a baseline and a report, sorted; every id is in exactly one place.

    `renamed` holds an id of the baseline and one of the report each. `quarantined` are failing tests that are excused.
    `added` are new tests that do not fail, new ones that do are `new_failures`. `fixed` failed and passed now. Of tests
    that came to something else than before, `newly_skipped`, `newly_xfailed` and `newly_flaky` are what they came to.
    `same` is what is as it was, or better without having failed.
    """

    new_failures: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    still_failing: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    added: tuple[str, ...] = ()
    newly_skipped: tuple[str, ...] = ()
    newly_xfailed: tuple[str, ...] = ()
    newly_flaky: tuple[str, ...] = ()
    quarantined: tuple[str, ...] = ()
    same: tuple[str, ...] = ()


def compare(
    before: Mapping[str, TestOutcome], now: Mapping[str, TestOutcome], excused: Collection[str] = ()
) -> Classes:
    """What became of each test. `excused` are ids whose failure a quarantine excuses."""
    found: dict[str, list[str]] = {name: [] for name in Classes._fields}
    fresh: list[str] = []
    for test, outcome in now.items():
        old = before.get(test)
        if old == outcome and not failing(outcome):
            found["same"].append(test)
        elif failing(outcome) and test in excused:
            found["quarantined"].append(test)
        elif old is None:
            fresh.append(test)
        else:
            found[_became(old, outcome)].append(test)
    lost = [test for test in before if test not in now]
    pairs: tuple[tuple[str, str], ...] = ()
    if lost and fresh:
        from gatekeeper.policy.judging.renames import find_renames

        pairs = find_renames(before, now, lost, fresh)
    left, taken = {old for old, _ in pairs}, {new for _, new in pairs}
    found["lost"] = [test for test in lost if test not in left]
    for test in fresh:
        if test not in taken:
            found["new_failures" if failing(now[test]) else "added"].append(test)
    listed = {name: tuple(sorted(tests)) for name, tests in found.items() if name != "renamed"}
    return Classes(renamed=tuple(sorted(pairs)), **listed)


def _became(old: TestOutcome, outcome: TestOutcome) -> str:
    match outcome:
        case "failed" | "error":
            return "still_failing" if failing(old) else "new_failures"
        case "skipped":
            return "newly_skipped"
        case "xfailed":
            return "newly_xfailed"
        case "flaky":
            return "newly_flaky"
        case "passed" | "xpassed":
            return "fixed" if failing(old) else "same"


def summarised(classes: Classes, origin: str, graduates: tuple[str, ...] = ()) -> Comparison:
    """The comparison as it is told: some of the ids, all of the numbers."""
    whole = {**classes._asdict(), "graduates": graduates}
    del whole["same"]
    counts = tuple((kind, len(tests)) for kind, tests in whole.items() if tests)
    return Comparison(origin, **{kind: tests[:LISTED] for kind, tests in whole.items()}, counts=counts)
