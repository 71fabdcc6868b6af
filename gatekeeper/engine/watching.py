"""Owns seeing that somebody changed the tree, between rounds and beside one. Decides nothing, and tells of nothing.

The tree is read again and again: git's own cache makes that cheap, and it works on every system and file system. What
comes and goes at once (an editor's own files), and what changes still, is waited for.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeAlias

import anyio
from anyio.abc import TaskGroup

from gatekeeper.engine.ports import Clock, Trees
from gatekeeper.engine.round_run import RoundRun
from gatekeeper.engine.stop import Stop
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.tree import Tree
from gatekeeper.policy.drift import certain_digest, changed_files, outside
from gatekeeper.policy.standing import UNKNOWN_TREE


class Pace(NamedTuple):
    """How often a tree is read, in seconds; `quiet_s` is for how long it must stay the same once it changed.

    Nobody reads for more than one part in `share` of the time, however long one reading takes.
    """

    first_s: float = 0.25
    longest_s: float = 1.0
    growth: float = 1.25
    quiet_s: float = 0.5
    longest_quiet_s: float = 60.0
    share: float = 10.0


PACE = Pace()
Sleep: TypeAlias = Callable[[float], Awaitable[None]]


async def changed(
    trees: Trees,
    since: Tree,
    *,
    clock: Clock,
    stop: Stop,
    ends_at: float = math.inf,
    allowed: Callable[[], Iterable[str]] = tuple,
    pace: Pace = PACE,
    sleep: Sleep = anyio.sleep,
) -> Tree | None:
    """The tree, once it is not `since` any more and stays as it is; None once `stop` was requested, or at `ends_at`.

    `ends_at` is on the clock's monotonic time. `allowed` are globs of paths whose changes do not count.
    """
    if stop.requested:
        return None
    found: Tree | None = None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_cancel_when_stopped, stop, tasks)
        left = ends_at - clock.monotonic()
        with anyio.move_on_after(max(0.0, left) if left < math.inf else None):
            found = await _look(trees, since, clock=clock, allowed=allowed, pace=pace, sleep=sleep)
        tasks.cancel_scope.cancel()
    return found


class RoundWatch:
    """Runs the rounds of a run with somebody beside them who sees the tree change.

    Nobody can tell a person's edit from what a step writes unasked, or from a log that grows there. So after each round
    that was abandoned the tree must be quiet for twice as long to have the next one abandoned: what changes all the
    time soon lets a round come to its end, and whoever saves often waits a little longer.
    """

    def __init__(self, trees: Trees, *, clock: Clock, stop: Stop, sleep: Sleep = anyio.sleep) -> None:
        self._trees = trees
        self._clock = clock
        self._stop = stop
        self._sleep = sleep
        self._in_a_row = 0

    async def run(self, round_run: RoundRun, tree: Tree) -> None:
        """Run a round that begins on `tree`; abandon it once something else changes that than the steps that may."""

        def allowed() -> Iterable[str]:
            return [glob for step in round_run.begun for glob in step.mutates]

        async def watch() -> None:
            pace = PACE._replace(quiet_s=min(PACE.longest_quiet_s, PACE.quiet_s * 2**self._in_a_row))
            seen = await changed(
                self._trees,
                tree,
                clock=self._clock,
                stop=self._stop,
                allowed=allowed,
                pace=pace,
                sleep=self._sleep,
            )
            if seen is not None:
                await round_run.abandon()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(watch)
            await round_run.run()
            tasks.cancel_scope.cancel()
        self._in_a_row = self._in_a_row + 1 if round_run.abandoned else 0


async def _look(
    trees: Trees, since: Tree, *, clock: Clock, allowed: Callable[[], Iterable[str]], pace: Pace, sleep: Sleep
) -> Tree:
    unread = certain_digest(since) == UNKNOWN_TREE
    pause_s, seen = pace.first_s, UNKNOWN_TREE
    while True:
        await sleep(pause_s if seen == UNKNOWN_TREE else pace.quiet_s)
        began = clock.monotonic()
        tree = await trees.read()
        took_s = clock.monotonic() - began
        digest = certain_digest(tree)
        if digest == UNKNOWN_TREE or not (unread or outside(changed_files(since, tree), allowed())):
            seen = UNKNOWN_TREE
        elif digest == seen:
            return tree
        else:
            seen = digest
        pause_s = max(min(pace.longest_s, pause_s * pace.growth), took_s * pace.share)


async def _cancel_when_stopped(stop: Stop, tasks: TaskGroup) -> None:
    while not stop.requested:
        await stop.changed()
    tasks.cancel_scope.cancel()
