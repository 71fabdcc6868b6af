"""Owns telling of evidence beside its baseline, of numbers, and of changes of what judges. Knows no round."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gatekeeper.adapters.executionlog.text import block, cell, code, prose
from gatekeeper.adapters.executionlog.words import plural
from gatekeeper.model.baseline import Comparison, Measured
from gatekeeper.model.events import StepFinished
from gatekeeper.model.integrity import IntegrityChange
from gatekeeper.policy.evidence_words import (
    bound_words,
    changes_words,
    comparison_words,
    is_beyond,
    meets_target,
    number_words,
    unit_of,
    weakenings,
)
from gatekeeper.policy.summary import step_name

_IDS_SHOWN = 10
_NUMBERS_SHOWN = 40
_CHANGES_SHOWN = 15
_DIFF_LINES = 30
_TOLD = (
    ("new_failures", "New failures"),
    ("lost", "Lost tests"),
    ("newly_skipped", "Newly skipped"),
    ("newly_xfailed", "Newly expected to fail"),
    ("newly_flaky", "Newly flaky"),
    ("fixed", "Fixed"),
    ("quarantined", "In quarantine"),
    ("graduates", "Pass now, and could leave quarantine or their mark"),
)
_SIGNS = {"weakening": "❌", "strengthening": "✅", "neutral": "·"}


def beside_the_baseline(steps: Iterable[StepFinished]) -> Iterator[str]:
    """For each step whose tests were compared: how many of which kind, and their ids."""
    for event in steps:
        if event.comparison is None or not (words := comparison_words(event.comparison)):
            continue
        against = f" (beside {prose(event.comparison.baseline)})" if event.comparison.baseline else ""
        yield f"- **Tests of** {code(step_name(event))}{against}: {', '.join(words)}"
        yield from _ids(event.comparison)


def _ids(comparison: Comparison) -> Iterator[str]:
    counts = dict(comparison.counts)
    for kind, title in _TOLD:
        ids: tuple[str, ...] = getattr(comparison, kind)
        if not ids:
            continue
        yield f"  - **{title}:**"
        yield from (f"    - {code(one, 200)}" for one in ids[:_IDS_SHOWN])
        if (more := counts.get(kind, len(ids)) - len(ids[:_IDS_SHOWN])) > 0:
            yield f"    - and {more:,} more"
    for old, new in comparison.renamed[:_IDS_SHOWN]:
        yield f"  - **Renamed:** {code(old, 200)} → {code(new, 200)}"


def numbers(steps: Iterable[StepFinished]) -> Iterator[str]:
    """A table of everything that the steps measured beside its baseline, bound and target."""
    rows = [(event, one) for event in steps for one in event.measured]
    if not rows:
        return
    yield "| Number | Step | Value | Before | Bound | Target |"
    yield "|--------|------|-------|--------|-------|--------|"
    yield from (_row(event, one) for event, one in rows[:_NUMBERS_SHOWN])
    if len(rows) > _NUMBERS_SHOWN:
        yield ""
        yield f"and {plural(len(rows) - _NUMBERS_SHOWN, 'more number')}"


def _row(event: StepFinished, one: Measured) -> str:
    one = _harmless(one)
    unit = unit_of(one)
    before = number_words(one.baseline, unit) if one.baseline is not None else "-"
    bound = f"{'❌' if is_beyond(one) else '✅'} {bound_words(one)}" if one.bound is not None else "-"
    met = meets_target(one)
    target = f"{'✅' if met else '❌'} {number_words(one.target, unit)}" if one.target is not None else "-"
    value = number_words(one.value, unit)
    return f"| {cell(one.name)} | {cell(step_name(event))} | {value} | {before} | {bound} | {target} |"


def number_row(one: Measured) -> tuple[str, str, bool | None]:
    """A number, what is asked of it, and whether that is met (None where nothing is asked), for a table."""
    one = _harmless(one)
    goals = [bound_words(one)] if one.bound is not None else []
    goals += [f"target {number_words(one.target, unit_of(one))}"] if one.target is not None else []
    met = not is_beyond(one) and meets_target(one) is not False and one.value is not None
    return number_words(one.value, unit_of(one)), ", ".join(goals), met if goals else None


def _harmless(one: Measured) -> Measured:
    return one._replace(unit=prose(one.unit)) if one.unit else one


def judging_changes(changes: tuple[IntegrityChange, ...]) -> Iterator[str]:
    """Every change of what judges, the weakening ones first and with their diff."""
    yield f"*{changes_words(changes).capitalize()}.*"
    ordered = sorted(changes, key=lambda change: change.effect != "weakening")
    for change in ordered[:_CHANGES_SHOWN]:
        yield ""
        reasons = "; ".join(map(prose, change.reasons)) or prose(change.effect)
        yield f"- {_SIGNS[change.effect]} **{change.effect}** {code(change.file)} ({change.kind}): {reasons}"
        if change.diff and change.effect == "weakening":
            lines = change.diff.splitlines()
            more = [f"… {len(lines) - _DIFF_LINES} more lines"] if len(lines) > _DIFF_LINES else []
            yield ""
            yield block([*lines[:_DIFF_LINES], *more], "  ", "diff")
    if len(ordered) > _CHANGES_SHOWN:
        rest = ordered[_CHANGES_SHOWN:]
        yield ""
        yield f"- and {plural(len(rest), 'more change')}, {len(weakenings(rest)):,} of them weakening"
