"""Owns what a round came to, for a lead: failure categories, what turned green and red, what remains, how far it is."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.adapters.executionlog.text import code, prose
from gatekeeper.adapters.executionlog.words import listed, plural, share
from gatekeeper.model.events import StepFinished
from gatekeeper.model.plan import StepId
from gatekeeper.policy.categories import Category, categories, turned_tests
from gatekeeper.policy.flakes import flaky_steps
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.summary import (
    count_after,
    failing,
    is_fine,
    is_unchanged,
    resolved_failures,
    results_after,
    results_of,
    step_name,
    turns,
)

_NAMED = 12
_CATEGORIES = 10
_STEPS = 4
_TESTS = 5


def account(record: RunRecord, number: int, *, over: bool) -> Iterator[str]:
    """What the round at this place (from 0) came to; what remains only once it is `over`."""
    each = record.rounds[number]
    if each.finished is not None and each.finished.abandoned:
        return
    yield from _categories(record, number)
    if number:
        turned = [*_breakthroughs(record, number), *_setbacks(record, number)]
        yield from turned or ["- **Breakthroughs, setbacks and regressions:** none"]
    if each.finished is None and not over:
        return
    yield f"- **Remaining issues:** {_remaining(record, number)}"
    yield f"- **Metrics:** {_metrics(record, number)}"


def challenges(record: RunRecord) -> Iterator[str]:
    """The kinds of failure that were met in the whole run, for the summary."""
    first: dict[str, StepFinished] = {}
    for each in record.rounds:
        for event in results_of(each).values():
            if not is_fine(event) and event.verdict not in {"blocked", "cancelled"}:
                first.setdefault(step_name(event), event)
    found = tuple(f"{_name(category)} ({category.number:,})" for category in categories(first.values()))
    if found:
        yield f"- **Primary challenges:** {listed(found, _STEPS)}, in {listed(tuple(map(code, first)), _STEPS)}"


def _name(category: Category) -> str:
    """The kind; of a known failure its pattern and class."""
    return f"{code(category.kind)} ({prose(category.class_)})" if category.pattern else prose(category.kind)


def _categories(record: RunRecord, number: int) -> Iterator[str]:
    found = categories(results_of(record.rounds[number]).values())
    if not found:
        return
    yield "- **Failure categories:**"
    for category in found[:_CATEGORIES]:
        noun = ("step", "steps") if category.kind in {"blocked", "cancelled"} else ("failure", "failures")
        steps = listed(tuple(map(code, category.steps)), _STEPS)
        yield f"  - **{_name(category)}:** {plural(category.number, *noun)}, in {steps}"
    if len(found) > _CATEGORIES:
        yield f"  - and {plural(len(found) - _CATEGORIES, 'more category', 'more categories')}"


def _breakthroughs(record: RunRecord, number: int) -> Iterator[str]:
    green = turns(record, number).turned_green
    before, results = results_after(record, number), results_of(record.rounds[number])
    flaky = flaky_steps(record)
    same = tuple(name for name in green if name in flaky and _on_the_same_tree(name, before, results))
    real = tuple(code(name) for name in green if name not in same)
    tests = turned_tests(record, number).gone
    if real:
        yield f"- **Breakthroughs, red to green:** {listed(real, _NAMED)}"
    if same:
        names = listed(tuple(map(code, same)), _NAMED)
        yield f"- **Passed on the tree on which it had failed,** so nothing was fixed: {names}"
    yield from _tests("No longer failing", tests)


def _setbacks(record: RunRecord, number: int) -> Iterator[str]:
    red = tuple(map(code, turns(record, number).turned_red))
    tests = turned_tests(record, number).new
    if red:
        yield f"- **Setbacks and regressions, green to red:** {listed(red, _NAMED)}"
    yield from _tests("Failing anew", tests)


def _tests(title: str, tests: tuple[str, ...]) -> Iterator[str]:
    if tests:
        shown = listed(tuple(code(test, 200) for test in tests), _TESTS)
        yield f"- **{title}:** {plural(len(tests), 'test')}: {shown}"


def _on_the_same_tree(name: str, before: dict[StepId, StepFinished], now: dict[StepId, StepFinished]) -> bool:
    step = next(step for step, event in now.items() if step_name(event) == name)
    return is_unchanged(before[step], now[step])


def _remaining(record: RunRecord, number: int) -> str:
    bad = failing(record, number + 1)
    causes = tuple(f"{code(step_name(event))} ({event.verdict})" for event in bad if event.verdict != "blocked")
    blocked = len(bad) - len(causes)
    after = results_after(record, number + 1)
    planned = record.started.steps if record.started is not None else ()
    never = sum(StepId(step.gate, step.step) not in after for step in planned)
    parts = [listed(causes, _NAMED)] if causes else []
    parts += [plural(blocked, "blocked step")] if blocked else []
    parts += [f"{plural(never, 'step')} not yet judged"] if never else []
    return "; ".join(parts) or "none"


def _metrics(record: RunRecord, number: int) -> str:
    now = count_after(record, number + 1)
    former = count_after(record, number) if number else None
    came = f"{former.passed:,} → " if former is not None and former.passed != now.passed else ""
    words = [f"{came}{now.passed:,} of {plural(now.steps, 'step')} passed"]
    if now.tests is not None:
        old = former.failing_tests if former is not None and former.tests is not None else now.failing_tests
        failed = f"{old:,} → " if old != now.failing_tests else ""
        words.append(f"{failed}{now.failing_tests:,} of {plural(now.tests.total, 'test')} failing")
    first, resolved = resolved_failures(record, number + 1, flaky_steps(record))
    if number and first:
        words.append(f"{share(resolved, first)} of the steps that failed first resolved ({resolved:,} of {first:,})")
    return ", ".join(words)
