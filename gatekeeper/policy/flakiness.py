"""Owns what is said of a step that passed and failed on one tree, from all that is remembered of it. Knows no journal.

What counts, and how a step gets out of it, is told in `runbooks/decisions/2026-11-27-flaky-across-runs.md`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from gatekeeper.model.evidence_events import StepFlaky
from gatekeeper.model.former import FormerAttempt
from gatekeeper.model.plan import StepId
from gatekeeper.policy.flake_rate import FlakeRate, describe_rate, flake_rate

_NAMED = 3
_COMPARED = frozenset(
    {
        *("lost-tests", "newly-skipped", "newly-xfailed", "metric-worse"),
        *("coverage-lines", "coverage-branches", "coverage-file", "coverage-changed-lines", "uncovered-changed-lines"),
    }
)
_RED = frozenset({"failed", "timed-out"})
_NOT_EXECUTED = frozenset({126, 127})
_NOT_THERE = frozenset({"command-not-found", "not-executable"})


def outcome_of(
    verdict: str, kinds: Collection[str], *, exit_code: int | None, infra: bool, hurried: bool
) -> bool | None:
    """Whether an attempt passed, by its journal; None where it says nothing of the code.

    `kinds` are those of its findings. `infra` tells that a pattern blames what is not in the tree, `hurried` that it
    had less than the step's own time, because the round's or the run's was over.
    """
    if verdict == "passed":
        return True
    if verdict not in _RED or infra or (verdict == "timed-out" and hurried):
        return None
    if not _NOT_THERE.isdisjoint(kinds) or exit_code in _NOT_EXECUTED:
        return None  # what was missing is on the machine, and not in the tree
    return False


def only_compared(kinds: Collection[str]) -> bool:
    """Whether what blocks (by kinds of findings) speaks only of what the evidence was compared with."""
    return bool(kinds) and _COMPARED.issuperset(kinds)


def failed_before(attempts: Iterable[FormerAttempt], tree: str) -> frozenset[StepId]:
    """The steps of which an attempt failed on exactly this tree."""
    return frozenset(StepId(each.gate, each.step) for each in attempts if not each.passed and each.tree == tree)


def flaky_step(step: StepId, attempts: Iterable[FormerAttempt], *, tree: str, run: str) -> StepFlaky:
    """What is said of a flaky `step`, which passed on `tree` in `run`; `attempts` come newest run first."""
    mine = [each for each in attempts if (each.gate, each.step) == step]
    red = [each for each in mine if each.tree == tree and not each.passed]
    former = tuple(dict.fromkeys(each.run for each in red if each.run != run))
    passed_on = {each.tree for each in mine if each.passed}
    counted = [each for each in mine if each.tree in passed_on]
    rate = flake_rate(sum(not each.passed for each in counted), len(counted))
    told = StepFlaky(step.gate, step.step, _message(former, rate, here=any(each.run == run for each in red)), former)
    if rate is None:
        return told
    return told._replace(failed=rate.failed, attempts=rate.attempts, low=round(rate.low, 2), high=round(rate.high, 2))


def _message(former: tuple[str, ...], rate: FlakeRate | None, *, here: bool) -> str:
    if former:
        more = f" and {len(former) - _NAMED} more" if len(former) > _NAMED else ""
        runs = ", ".join(former[:_NAMED]) + more
        also = ", and in this run too" if here else ""
        words = f"passed, and on the same tree it failed in {runs}{also}"
    elif here:
        words = "passed and failed on the same tree in this run"
    else:
        words = "passed only after a part of it had been run again"
    return f"{words}; it {describe_rate(rate)}" if rate is not None and rate.failed else words
