"""Owns how long a reading may take, how it is stopped early, and that it waits in a thread. Knows no git, no file.

A run that is to end, because it was told to or because its time is over, draws the `REINS`: whatever it reads from
then on has a short time only.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import Protocol, TypeVar

_Found = TypeVar("_Found")


class OutOfTime(Exception):
    """Raised when a reading has used up its time or was told to stop; its text says which."""


class Killable(Protocol):
    """Something that runs on behalf of a reading and can be ended at once."""

    def kill(self) -> None:
        """End it now. Does nothing when it has ended already."""
        ...


class Reins:
    """How long any reading of this process may still take.

    Once they are drawn, each reading has a grace from then on, or from its own beginning if that comes later: what
    works is still read for the record. After the first that does not end in its grace nothing has any time left.
    Holds no lock, so that a signal handler may draw them at any moment.
    """

    def __init__(self) -> None:
        self._drawn: tuple[tuple[float, float], ...] = ()
        self._run: tuple[tuple[float, float], ...] = ()
        self._worn_out = False

    def draw(self, grace_s: float) -> None:
        """Leave every reading `grace_s` seconds at most."""
        self._drawn += ((time.monotonic(), grace_s),)

    def run_ends(self, in_s: float, grace_s: float) -> None:
        """The run that begins has `in_s` seconds: then leave every reading `grace_s` seconds at most."""
        self._run = ((time.monotonic() + in_s, grace_s),)

    def loosen(self) -> None:
        """As if nobody had ever asked for an end."""
        self._drawn, self._run, self._worn_out = (), (), False

    def until(self, began: float) -> float:
        """When a reading ends that began at `began`, at the latest; both as `time.monotonic` has it."""
        ends = min((max(at, began) + grace for at, grace in (*self._drawn, *self._run)), default=math.inf)
        if ends <= time.monotonic():
            self._worn_out = True
        return began if self._worn_out else ends


REINS = Reins()
"""Those of this process, which stops and ends as a whole."""


class Bounds:
    """The time that one reading has, shared by all that it does, from whatever thread."""

    def __init__(self, within_s: float) -> None:
        self.within_s = within_s
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._running: set[Killable] = set()
        self._halted = False

    @property
    def left_s(self) -> float:
        """Seconds that are left, at least 0. May become less than time goes by, when the run is to end."""
        ends = min(self._began + self.within_s, REINS.until(self._began))
        return 0.0 if self._halted else max(0.0, ends - time.monotonic())

    def check(self) -> None:
        """Raise `OutOfTime` when nothing is left."""
        if self._halted:
            raise OutOfTime("reading was stopped")
        if self.left_s:
            return
        if time.monotonic() < self._began + self.within_s:
            raise OutOfTime("the run was to end, and it could not be read any more")
        raise OutOfTime(f"it could not be read within {self.within_s:g} s")

    def enter(self, work: Killable) -> None:
        """Make `halt` reach `work`, even when it was called already."""
        with self._lock:
            self._running.add(work)
            halted = self._halted
        if halted:
            work.kill()

    def leave(self, work: Killable) -> None:
        """`work` has ended."""
        with self._lock:
            self._running.discard(work)

    def halt(self) -> None:
        """Stop the reading: ends what runs for it, and makes every later `check` raise."""
        with self._lock:
            self._halted = True
            running = tuple(self._running)
        for work in running:
            work.kill()


async def aside(work: Callable[[Bounds], _Found], within_s: float) -> _Found:
    """What `work` comes to in a thread; it is told to stop as soon as nobody waits for it any more."""
    from anyio import to_thread

    bounds = Bounds(within_s)
    try:
        return await to_thread.run_sync(work, bounds, abandon_on_cancel=True)
    finally:
        bounds.halt()
