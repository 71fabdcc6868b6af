"""Seeing that the tree changed: when it is a change, and when nobody waits for one any longer."""

from __future__ import annotations

from collections.abc import Callable

import anyio
import pytest

from gatekeeper.engine.stop import Stop
from gatekeeper.engine.watching import PACE, changed
from gatekeeper.model.stopping import StopReason
from gatekeeper.model.tree import RepoState, Tree

from .world import PATIENCE_S, HeldClock

pytestmark = pytest.mark.anyio


def tree(**files: str) -> Tree:
    """A tree that could be read, with these files (``__`` for a dot) differing from the commit."""
    named = tuple(("backend", path.replace("__", "."), text) for path, text in files.items())
    return Tree(f"sha256:{sorted(files.items())!r}", (RepoState("backend", "/backend", "abc"),), named)


UNREADABLE = Tree("unknown:1", (RepoState("backend", "/backend", problem="cannot be read"),))
START = tree()
EDITED = tree(src__py="edited")
FURTHER = tree(src__py="edited further")


class Watching:
    """Trees that are read one after the other (the last for ever), each reading taking a while, and pauses kept."""

    def __init__(self, *trees: Tree, takes_s: float = 0.0) -> None:
        self.clock = HeldClock()
        self.stop = Stop()
        self.pauses: list[float] = []
        self.read_so_far = 0
        self.at_reading: dict[int, Callable[[], None]] = {}
        self._trees = trees
        self._takes_s = takes_s

    async def read(self) -> Tree:
        await anyio.lowlevel.checkpoint()
        self.clock.seconds += self._takes_s
        self.read_so_far += 1
        self.at_reading.get(self.read_so_far, lambda: None)()
        return self._trees[min(self.read_so_far, len(self._trees)) - 1]

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await anyio.lowlevel.checkpoint()

    async def until_changed(self, *allowed: str, since: Tree = START, ends_at: float = float("inf")) -> Tree | None:
        """What `changed` comes to; one that hangs fails the test."""
        with anyio.fail_after(PATIENCE_S):
            return await changed(
                self,
                since,
                clock=self.clock,
                stop=self.stop,
                ends_at=ends_at,
                allowed=lambda: allowed,
                sleep=self.sleep,
            )


async def test_a_change_is_one_once_it_has_been_quiet() -> None:
    """Two equal readings, half a second apart."""
    watching = Watching(START, START, EDITED)
    assert await watching.until_changed() == EDITED
    assert watching.read_so_far == 4
    assert watching.pauses[-1] == PACE.quiet_s


async def test_who_still_writes_is_waited_for() -> None:
    assert await Watching(EDITED, FURTHER, EDITED, FURTHER).until_changed() == FURTHER


async def test_what_comes_and_goes_at_once_is_no_change() -> None:
    """An editor's own file, beside the one that is being saved; an edit that was taken back."""
    swap = tree(__swp="…")
    watching = Watching(swap, START, swap, START, EDITED)
    assert await watching.until_changed() == EDITED
    assert watching.read_so_far == 6


async def test_what_may_change_is_no_change() -> None:
    formatted, both = tree(src__py="formatted"), tree(src__py="formatted", readme__md="edited")
    assert await Watching(formatted, formatted, formatted, both).until_changed("*.py") == both


async def test_what_cannot_be_read_is_no_change_but_to_become_readable_is_one() -> None:
    assert await Watching(UNREADABLE, UNREADABLE, UNREADABLE, EDITED).until_changed() == EDITED
    assert await Watching(UNREADABLE, START).until_changed(since=UNREADABLE) == START


async def test_looks_get_rarer_while_nothing_changes() -> None:
    """From a quarter of a second to a whole one."""
    watching = Watching(*[START] * 20, EDITED)
    await watching.until_changed()
    idle = watching.pauses[:20]
    assert idle == sorted(idle)
    assert (idle[0], idle[-1]) == (PACE.first_s, PACE.longest_s)


async def test_a_large_tree_is_read_less_often() -> None:
    """A reading that takes half a second is made every five: nobody keeps a processor busy with looking."""
    watching = Watching(START, START, START, EDITED, takes_s=0.5)
    await watching.until_changed()
    assert watching.pauses[1:4] == [5.0, 5.0, 5.0]


async def test_a_stop_ends_the_wait() -> None:
    watching = Watching(START)
    watching.at_reading[3] = lambda: watching.stop.request(StopReason.INTERRUPTED)
    assert await watching.until_changed() is None
    assert await watching.until_changed() is None, "nobody looks at all once the stop was requested"


async def test_a_stop_ends_a_reading_that_hangs() -> None:
    """A network file system that does not answer holds nobody."""

    class Hanging(Watching):
        async def read(self) -> Tree:
            self.stop.request(StopReason.INTERRUPTED)
            await anyio.sleep_forever()
            raise AssertionError("unreachable")

    assert await Hanging(START).until_changed() is None


async def test_the_time_is_over() -> None:
    watching = Watching(START)
    assert await watching.until_changed(ends_at=watching.clock.seconds - 1) is None
    assert await watching.until_changed(ends_at=watching.clock.seconds + 0.01) is None
