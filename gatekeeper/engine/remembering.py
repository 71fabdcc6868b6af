"""Owns asking what is remembered of steps that passed, before a run is judged, and telling what was found."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from gatekeeper.engine.stream import EventStream
from gatekeeper.model.former import FormerAttempt
from gatekeeper.model.plan import StepId
from gatekeeper.policy.standing import UNKNOWN_TREE, Standings

Memory: TypeAlias = Callable[[tuple[StepId, ...], str], Awaitable[tuple[FormerAttempt, ...]]]
"""The attempts of steps in this run and in former ones like it, newest run first; those on one tree, if it is given."""


async def remember(memory: Memory, standings: Standings, tree: str, stream: EventStream, run: str) -> None:
    """Mark every required step flaky that passed on `tree` and failed on it in a former run; tell of all flaky ones.

    Raises `JournalError` only.
    """
    if tree == UNKNOWN_TREE:
        return
    # Nothing of this is needed on the way to the first step.
    from gatekeeper.policy.flakiness import failed_before, flaky_step

    passed = tuple(
        step for step, standing in standings.items() if standings.required(step) and standing.passed_on(tree)
    )
    red = failed_before(await memory(passed, tree), tree) if passed else frozenset()
    flaky = tuple(step for step in passed if step in red or standings[step].flaky)
    every = await memory(flaky, "") if flaky else ()
    for step in flaky:
        standings[step].flaky = True
        stream.publish(flaky_step(step, every, tree=tree, run=run))
