"""Owns bringing a brief down to its size: what matters least goes first, and what went is said. Words nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeAlias

from gatekeeper.policy.brief.excerpt import shrunk
from gatekeeper.policy.brief.facts import BriefFacts, Excerpt, FailingStep
from gatekeeper.policy.brief.plain import clipped

SMALLEST = 4096
"""How many bytes a brief has at least room for, whatever is asked for: less would leave nothing to be said."""

_Cut: TypeAlias = Callable[[BriefFacts], BriefFacts]


def fitted(facts: BriefFacts, fits: Callable[[BriefFacts], bool]) -> BriefFacts:
    """`facts`, or as much of them as `fits`, cut by importance; `cut` tells what is gone.

    The goal, the first failing step with its first failing test, and what is to be taken back go last.
    """
    for what, cut in _cuts():
        if fits(facts):
            break
        less = cut(facts)
        if less != facts:
            facts = less._replace(cut=_told(facts.cut, what))
    return facts


def _cuts() -> Iterator[tuple[str, _Cut]]:
    """What is cut and how, the least important first."""
    yield "output", partial(_excerpts, most=60)
    yield "earlier calls", partial(_calls, most=3, lines=10)
    yield "output", partial(_excerpts, most=30)
    yield "dossiers", partial(_steps, change=lambda step: step._replace(dossier=step.dossier[:6]))
    yield "findings", partial(_findings, most=10)
    yield "output", partial(_excerpts, most=16)
    yield "long texts", partial(clipped, most=600)
    yield "steps", partial(_details, most=3)
    yield "earlier calls", partial(_calls, most=1, lines=5)
    yield "rounds", lambda facts: facts._replace(rounds=facts.rounds[-3:])
    yield "required reading", lambda facts: facts._replace(reading=facts.reading[:5])
    yield "steps", partial(_details, most=1)
    yield "output", partial(_excerpts, most=8)
    yield "findings", partial(_findings, most=3)
    yield "long texts", partial(clipped, most=240)
    yield "blocked steps", lambda facts: facts._replace(blocked=facts.blocked[:5])
    yield "steps", lambda facts: facts._replace(steps=facts.steps[:5])
    yield "earlier calls", lambda facts: facts._replace(calls=())
    yield "dossiers", partial(_steps, change=lambda step: step._replace(dossier=()))
    yield "globs", partial(_globs, most=5)
    yield "files to be taken back", lambda facts: facts._replace(violating=facts.violating[:5])
    yield "output", partial(_excerpts, most=3)
    yield "required reading", lambda facts: facts._replace(reading=(), rounds=())
    yield "long texts", partial(clipped, most=80)
    yield "output", partial(_excerpts, most=0)
    yield "steps", lambda facts: facts._replace(steps=facts.steps[:2], blocked=())
    yield "globs", partial(_globs, most=2)
    yield "findings", partial(_findings, most=1)
    yield "steps", lambda facts: facts._replace(steps=facts.steps[:1])
    yield "files to be taken back", lambda facts: facts._replace(violating=facts.violating[:2])
    yield "long texts", partial(clipped, most=40)


def _told(already: tuple[str, ...], what: str) -> tuple[str, ...]:
    return already if what in already else (*already, what)


def _steps(facts: BriefFacts, change: Callable[[FailingStep], FailingStep]) -> BriefFacts:
    return facts._replace(steps=tuple(map(change, facts.steps)))


def _excerpts(facts: BriefFacts, most: int) -> BriefFacts:
    return _steps(facts, lambda step: step._replace(excerpt=shrunk(step.excerpt, most)))


def _findings(facts: BriefFacts, most: int) -> BriefFacts:
    return _steps(facts, lambda step: step._replace(findings=step.findings[:most]))


def _details(facts: BriefFacts, most: int) -> BriefFacts:
    """Of all failing steps but the first `most`, only what failed."""
    rest = tuple(
        step._replace(findings=step.findings[:1], excerpt=Excerpt(), dossier=(), asked=(), command="")
        for step in facts.steps[most:]
    )
    return facts._replace(steps=facts.steps[:most] + rest)


def _calls(facts: BriefFacts, most: int, lines: int) -> BriefFacts:
    kept = tuple(
        call._replace(diffstat=call.diffstat[:lines], commits=call.commits[:lines], findings=call.findings[:lines])
        for call in facts.calls[-most:]
    )
    return facts._replace(calls=kept)


def _globs(facts: BriefFacts, most: int) -> BriefFacts:
    limits = facts.limits
    return facts._replace(limits=limits._replace(scope=limits.scope[:most], protected=limits.protected[:most]))
