"""Owns how long a reading may take, how it is stopped early, and that it waits in a thread. Knows no git, no file."""

from __future__ import annotations

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


class Bounds:
    """The time that one reading has, shared by all that it does, from whatever thread."""

    def __init__(self, within_s: float) -> None:
        self.within_s = within_s
        self._deadline = time.monotonic() + within_s
        self._lock = threading.Lock()
        self._running: set[Killable] = set()
        self._halted = False

    @property
    def left_s(self) -> float:
        """Seconds that are left, at least 0."""
        return 0.0 if self._halted else max(0.0, self._deadline - time.monotonic())

    def check(self) -> None:
        """Raise `OutOfTime` when nothing is left."""
        if self._halted:
            raise OutOfTime("reading was stopped")
        if time.monotonic() >= self._deadline:
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
