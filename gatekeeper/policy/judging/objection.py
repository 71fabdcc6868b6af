"""Owns what rules of judging give: objections, each a finding and what it does to a verdict. Knows no rule."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

from gatekeeper.model.record import NamedTuple
from gatekeeper.model.verdict import Finding, StepVerdict

SHOWN = 50
"""How many findings of one kind are told one by one; the rest is counted."""

Effect: TypeAlias = Literal["claimed", "fails", "unjudged", "doubted", "infra", "noted"]
"""``claimed`` is what the claim itself says, and changes nothing. ``fails`` makes a pass a failure, ``unjudged`` an
error. ``doubted`` does so too, and is told only where nothing else speaks against a pass. ``infra`` takes back a pass
and a failure alike. ``noted`` is told and does nothing.
"""


class Objection(NamedTuple):
    """One finding and its effect."""

    effect: Effect
    finding: Finding


def fails(kind: str, message: str, place: str = "") -> Objection:
    """What no pass can stand beside."""
    return Objection("fails", Finding(kind, message, place))


def unjudged(kind: str, message: str, place: str = "") -> Objection:
    """What keeps a pass from being proven: evidence that is missing, or that nothing can be read from."""
    return Objection("unjudged", Finding(kind, message, place))


def noted(kind: str, message: str, place: str = "") -> Objection:
    """What is told and stands in no pass's way."""
    return Objection("noted", Finding(kind, message, place, blocks=False))


def at_most(
    objections: Iterable[Objection], total: int, *, kind: str, what: str, shown: int = SHOWN
) -> Iterable[Objection]:
    """The first `shown` of `total` objections, and one that counts the rest and has their effect."""
    effect: Effect = "noted"
    for count, objection in enumerate(objections):
        if count == shown:
            break
        effect = objection.effect
        yield objection
    if total > shown:
        yield Objection(effect, Finding(kind, f"and {total - shown} more {what}", "", effect != "noted"))


def decide(claimed: StepVerdict, objections: Sequence[Objection]) -> tuple[StepVerdict, tuple[Finding, ...]]:
    """The verdict on a claim that these objections were made against, and what is told: first what blocks.

    What failed for certain outweighs what could not be judged. Only a pass can become something else, but for lost
    output, which proves neither a pass nor a failure.
    """
    effects = {objection.effect for objection in objections}
    verdict, told = claimed, {"claimed", "fails", "unjudged", "infra"}
    if claimed is StepVerdict.PASSED:
        if "fails" in effects:
            verdict = StepVerdict.FAILED
        elif "unjudged" in effects:
            verdict = StepVerdict.ERROR
        elif "doubted" in effects:
            verdict = StepVerdict.ERROR
            told.add("doubted")
    if "infra" in effects and verdict in {StepVerdict.PASSED, StepVerdict.FAILED}:
        verdict = StepVerdict.INFRA
    against = [objection.finding for objection in objections if objection.effect in told]
    beside = [objection.finding for objection in objections if objection.effect == "noted"]
    return verdict, (*against, *beside)
