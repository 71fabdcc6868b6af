"""Owns how comparisons, numbers and changes of what judges are said in a few words. Pure; knows no layout."""

from __future__ import annotations

from collections.abc import Iterable

from gatekeeper.model.baseline import Comparison, Measured
from gatekeeper.model.evidence_events import RerunFinished
from gatekeeper.model.integrity import IntegrityChange

_KINDS = (
    ("new_failures", "new failure", "new failures"),
    ("lost", "lost test", "lost tests"),
    ("newly_skipped", "newly skipped", "newly skipped"),
    ("newly_xfailed", "newly expected to fail", "newly expected to fail"),
    ("newly_flaky", "newly flaky", "newly flaky"),
    ("still_failing", "still failing", "still failing"),
    ("quarantined", "in quarantine", "in quarantine"),
    ("fixed", "fixed", "fixed"),
    ("renamed", "renamed", "renamed"),
    ("added", "new test", "new tests"),
)
_SHARES = "coverage."


def comparison_words(comparison: Comparison) -> tuple[str, ...]:
    """``2 new failures``, ``1 lost test``, …: each kind that there is any of, the worst first."""
    counts = dict(comparison.counts)
    words = []
    for kind, one, many in _KINDS:
        number = counts.get(kind, len(getattr(comparison, kind)))
        if number:
            words.append(f"{number:,} {one if number == 1 else many}")
    return tuple(words)


def number_words(value: float | None, unit: str = "") -> str:
    """``83.2 %``, ``1,204 kB``, ``no data``."""
    if value is None:
        return "no data"
    text = f"{value:,.2f}".rstrip("0").rstrip(".") if abs(value) < 1e15 else f"{value:g}"
    return f"{text} {unit}".rstrip()


def unit_of(measured: Measured) -> str:
    """What the number is counted in."""
    return measured.unit or ("%" if measured.name.startswith(_SHARES) else "")


def bound_words(measured: Measured) -> str:
    """``at least 83.7 %``, or nothing where it is held against nothing."""
    if measured.bound is None:
        return ""
    return f"at {'most' if measured.better == 'lower' else 'least'} {number_words(measured.bound, unit_of(measured))}"


def measured_words(measured: Measured) -> str:
    """``coverage.lines 83.2 % (before 84 %, at least 83.5 %)``."""
    unit = unit_of(measured)
    beside = [f"before {number_words(measured.baseline, unit)}"] if measured.baseline is not None else []
    beside += [bound_words(measured)] if measured.bound is not None else []
    beside += [f"target {number_words(measured.target, unit)}"] if measured.target is not None else []
    within = f" ({', '.join(beside)})" if beside else ""
    return f"{measured.name} {number_words(measured.value, unit)}{within}"


def is_beyond(measured: Measured) -> bool:
    """Whether the number is not there, or beyond its bound."""
    if measured.bound is None:
        return False
    if measured.value is None:
        return True
    return measured.value > measured.bound if measured.better == "lower" else measured.value < measured.bound


def meets_target(measured: Measured) -> bool | None:
    """Whether the goal is met; None where there is none, or no number."""
    if measured.target is None or measured.value is None:
        return None
    return measured.value <= measured.target if measured.better == "lower" else measured.value >= measured.target


def weakenings(changes: Iterable[IntegrityChange]) -> tuple[IntegrityChange, ...]:
    """Those of the changes that make judging weaker."""
    return tuple(change for change in changes if change.effect == "weakening")


def change_words(change: IntegrityChange) -> str:
    """``tests/test_a.py: fewer-assertions: 3 where 5 were``."""
    return f"{change.file}: {'; '.join(change.reasons) or change.effect}"


def weaker_words(change: IntegrityChange) -> str:
    """The same of a weakening change, with nothing but the reasons that make it one."""
    from gatekeeper.policy.integrity.rules import RULES

    others = {name for name, rule in RULES.items() if rule.effect != "weakening"}
    kept = tuple(reason for reason in change.reasons if reason.partition(":")[0] not in others)
    return change_words(change._replace(reasons=kept or change.reasons))


def changes_words(changes: tuple[IntegrityChange, ...]) -> str:
    """``4 changes of what judges, 1 of them weakening``."""
    if not changes:
        return "no change of what judges"
    weak = len(weakenings(changes))
    number = "1 change" if len(changes) == 1 else f"{len(changes):,} changes"
    return f"{number} of what judges, {weak:,} weakening" if weak else f"{number} of what judges, none weakening"


def rerun_words(rerun: RerunFinished) -> str:
    """What came of running only the tests that failed."""
    if rerun.problem:
        return rerun.problem
    more = f", {rerun.left_out} more were left out" if rerun.left_out else ""
    if rerun.passed or rerun.failed:
        return f"{len(rerun.failed)} failed again, {len(rerun.passed)} passed this time{more}"
    hint = "let `rerun:` write the step's report"
    return f"exit code {rerun.exit_code}, and no report that tells of these tests; {hint}{more}"
