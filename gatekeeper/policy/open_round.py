"""Owns a round that is under way, as its events tell of it. Decides nothing."""

from __future__ import annotations

from collections.abc import Mapping

from gatekeeper.model.events import RoundStarted, StepFinished
from gatekeeper.model.plan import StepId
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.verdict import StepResult, StepVerdict

_NOT_FINE = frozenset(set(StepVerdict) - {StepVerdict.PASSED, StepVerdict.SKIPPED})


class OpenRound(NamedTuple):
    """A round that is under way: how it began, the newest result of each step, which were run, whose service died.

    `due` are the steps that it is about; of a round that is taken up again, those that were left. `before` are those
    whose results are from before it was broken off.
    """

    started: RoundStarted
    due: frozenset[StepId]
    before: frozenset[StepId]
    results: dict[StepId, StepFinished]
    ran: set[StepId]
    died: set[StepId]


def not_passed(results: Mapping[StepId, StepFinished]) -> tuple[StepResult, ...]:
    """Those of `results` that did not pass, with what speaks against them."""
    return tuple(
        StepResult(step, StepVerdict(event.verdict), event.findings)
        for step, event in results.items()
        if event.verdict in _NOT_FINE
    )
