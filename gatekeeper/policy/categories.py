"""Owns what the failures of a round come to: how many of which kind, and which tests came and went. Pure; no words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from gatekeeper.model.events import StepFinished
from gatekeeper.model.plan import StepId
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.summary import blocking, is_fine, results_after, results_of, step_name

_EFFECTS = frozenset({"blocked", "cancelled"})
_TESTS = frozenset({"test-failed", "test-error"})
_TOLD_SHORT = "tests-failed"
"""The kind of the finding that stands for those that are not listed."""


class Category(NamedTuple):
    """So many failures of one kind, in these steps.

    A failure that a pattern knows is of the kind of that `pattern`, with its `class_`; else of that of what speaks
    against the step.
    """

    kind: str
    number: int
    steps: tuple[str, ...]
    pattern: bool = False
    class_: str = ""


class TurnedTests(NamedTuple):
    """Ids of tests that failed in the attempt before and do not any more, and of those that did not and do."""

    gone: tuple[str, ...]
    new: tuple[str, ...]


def categories(results: Iterable[StepFinished]) -> tuple[Category, ...]:
    """The failures among the results by their kind: causes in the order of their steps, then what they blocked."""
    found: dict[tuple[str, bool, str], Category] = {}
    for event in results:
        if is_fine(event):
            continue
        for kind, number in _kinds(event).items():
            pattern = event.known is not None and kind == event.known.pattern
            key = (kind, pattern, event.known.class_ if pattern and event.known is not None else "")
            former = found.get(key, Category(kind, 0, (), *key[1:]))
            steps = tuple(dict.fromkeys((*former.steps, step_name(event))))
            found[key] = former._replace(number=former.number + number, steps=steps)
    return tuple(sorted(found.values(), key=lambda category: category.kind in _EFFECTS))


def turned_tests(record: RunRecord, number: int) -> TurnedTests:
    """Which tests the round at this place (from 0) shows to fail no more, or anew, where both attempts list them all.

    A test that fails no more may have passed, or may not be there any more.
    """
    before = results_after(record, number)
    gone: list[str] = []
    new: list[str] = []
    for event in results_of(record.rounds[number]).values():
        former = before.get(StepId(event.gate, event.step))
        if former is None or former.tests is None or event.tests is None or not event.attempt:
            continue
        old, now = _failing_tests(former), _failing_tests(event)
        if old is not None and now is not None:
            gone += [test for test in old if test not in now]
            new += [test for test in now if test not in old]
    return TurnedTests(tuple(gone), tuple(new))


def _kinds(event: StepFinished) -> Counter[str]:
    if event.verdict in _EFFECTS:
        return Counter([event.verdict])
    if event.known is not None:
        return Counter([event.known.pattern])
    kinds = Counter(finding.kind for finding in blocking(event))
    if len(kinds) > 1:
        # That it did not end well is said by everything else, too.
        del kinds["exit-code"]
    if not _TESTS.isdisjoint(kinds) and kinds.pop(_TOLD_SHORT, 0):
        more = (re.match(r"and (\d+) more", each.message) for each in blocking(event) if each.kind == _TOLD_SHORT)
        kinds["test-failed"] += sum(int(found[1]) for found in more if found)
    return kinds or Counter([event.verdict])


def _failing_tests(event: StepFinished) -> tuple[str, ...] | None:
    """The ids of the tests that speak against a result; None where not all of them are listed."""
    found = blocking(event)
    if any(finding.kind == _TOLD_SHORT for finding in found):
        return None
    return tuple(finding.message.partition(": ")[0] for finding in found if finding.kind in _TESTS)
