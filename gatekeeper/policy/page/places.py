"""Owns the ids by which steps and attempts are found on the page. Knows no HTML."""

from __future__ import annotations

from gatekeeper.model.events import StepFinished
from gatekeeper.policy.summary import step_name

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./=-")


def step_place(event: StepFinished) -> str:
    """Where a step's newest attempt is: ``gate/step``, with nothing in it that a link had to encode."""
    return "".join(character if character in _PLAIN else f"~{ord(character):x}~" for character in step_name(event))


def attempt_place(event: StepFinished) -> str:
    """Where this attempt is: ``gate/step:ROUND.ATTEMPT``; no two attempts share one."""
    return f"{step_place(event)}:{event.round}.{event.attempt}"
