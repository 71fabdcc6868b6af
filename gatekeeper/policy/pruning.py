"""Owns which old runs go: by their age, and by what all of them may take. Knows no file and no clock.

A run that is in use never goes, however old: whoever looked says why it is.
"""

from __future__ import annotations

from collections.abc import Iterable

from gatekeeper.model.record import NamedTuple
from gatekeeper.model.verdict import RunVerdict

_FINE = frozenset({RunVerdict.GREEN, RunVerdict.GREEN_AFTER_FIX, RunVerdict.ABORTED})


class PastRun(NamedTuple):
    """A run on the disk: how it ended (empty where nothing closed it), its age in seconds, and what it takes in bytes.

    `used` is why it must stay, empty where nothing holds it.
    """

    run: str
    verdict: str
    age_s: float
    size: int
    used: str = ""


class PruneTerms(NamedTuple):
    """How long runs stay, in seconds: those that found nothing, and those that were red, flaky or inconclusive.

    `most` are the bytes that all of them may take together; None is no bound.
    """

    keep_s: float
    keep_red_s: float
    most: int | None = None


class PrunePlan(NamedTuple):
    """The runs that go, each with the reason, oldest first; and the bytes that stay above the bound all the same."""

    going: tuple[tuple[PastRun, str], ...]
    over: int = 0


def plan_prune(runs: Iterable[PastRun], terms: PruneTerms) -> PrunePlan:
    """What goes: all that is older than it may be; for the bound the oldest, those that tell of failures last."""
    oldest_first = sorted(runs, key=lambda run: -run.age_s)
    free = [run for run in oldest_first if not run.used]
    going = {run: "older than it may be" for run in free if run.age_s > _kept_for(run, terms)}
    over = 0
    if terms.most is not None:
        over = sum(run.size for run in oldest_first if run not in going) - terms.most
        for run in sorted(free, key=lambda run: not _is_fine(run)):
            if over > 0 and run not in going:
                going[run] = "above what all of them may take"
                over -= run.size
    return PrunePlan(tuple((run, going[run]) for run in oldest_first if run in going), max(0, over))


def _kept_for(run: PastRun, terms: PruneTerms) -> float:
    return terms.keep_s if _is_fine(run) else max(terms.keep_s, terms.keep_red_s)


def _is_fine(run: PastRun) -> bool:
    return run.verdict in _FINE
