"""Owns hiding secrets in everything that an attempt says in words. Knows neither the secrets nor where words go."""

from __future__ import annotations

from gatekeeper.model.outcome import (
    Attempt,
    DeadService,
    GuardBroken,
    LimitExceeded,
    NotStarted,
    Outcome,
    TimedOut,
)
from gatekeeper.policy.masking import Masker


def hidden(attempt: Attempt, masker: Masker) -> Attempt:
    """`attempt` with every text masked; captured values stay as they are, because later steps are given them.

    Probes and reports come masked already: they cut their texts, and half a secret can no longer be told. So it is
    with command lines: what the beginning of a secret may be at the end of one is hidden too.
    """
    if not masker:
        return attempt
    mask = masker.mask

    def words(argv: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(mask(text, cut=True) for text in argv)

    return attempt._replace(
        outcome=_outcome(attempt.outcome, masker),
        strays=tuple(stray._replace(argv=words(stray.argv), cwd=mask(stray.cwd, cut=True)) for stray in attempt.strays),
        incidents=tuple(incident._replace(message=mask(incident.message)) for incident in attempt.incidents),
        last_lines=tuple(map(mask, attempt.last_lines)),
        exceeded=tuple(one._replace(message=mask(one.message)) for one in attempt.exceeded),
        listeners=tuple(one._replace(argv=words(one.argv)) for one in attempt.listeners),
        lost=mask(attempt.lost),
        artifacts=tuple(one._replace(path=mask(one.path)) for one in attempt.artifacts),
        metrics=tuple(one._replace(problem=mask(one.problem)) for one in attempt.metrics),
    )


def hidden_service(service: DeadService, masker: Masker) -> DeadService:
    """`service` with every text masked."""
    mask = masker.mask
    return service._replace(last_lines=tuple(map(mask, service.last_lines)), lost=mask(service.lost))


def _outcome(outcome: Outcome, masker: Masker) -> Outcome:
    match outcome:
        case TimedOut() | LimitExceeded():
            return outcome._replace(hint=masker.mask(outcome.hint))
        case NotStarted() | GuardBroken():
            return outcome._replace(detail=masker.mask(outcome.detail))
        case _:
            return outcome
