"""Owns hiding secrets in everything that an attempt says in words. Knows neither the secrets nor where words go."""

from __future__ import annotations

from collections.abc import Callable

from gatekeeper.model.outcome import Attempt, GuardBroken, NotStarted, Outcome, TimedOut


def hidden(attempt: Attempt, mask: Callable[[str], str]) -> Attempt:
    """`attempt` with every text masked; captured values stay as they are, because later steps are given them.

    Probes and reports come masked already: they cut their texts, and half a secret can no longer be told.
    """
    return attempt._replace(
        outcome=_outcome(attempt.outcome, mask),
        strays=tuple(
            stray._replace(argv=tuple(map(mask, stray.argv)), cwd=mask(stray.cwd)) for stray in attempt.strays
        ),
        listeners=tuple(one._replace(argv=tuple(map(mask, one.argv))) for one in attempt.listeners),
        incidents=tuple(incident._replace(message=mask(incident.message)) for incident in attempt.incidents),
        last_lines=tuple(map(mask, attempt.last_lines)),
    )


def _outcome(outcome: Outcome, mask: Callable[[str], str]) -> Outcome:
    match outcome:
        case TimedOut():
            return outcome._replace(hint=mask(outcome.hint))
        case NotStarted() | GuardBroken():
            return outcome._replace(detail=mask(outcome.detail))
        case _:
            return outcome
