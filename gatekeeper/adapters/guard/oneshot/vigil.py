"""Owns what the holder of `gatekeeper guard` waits for: its command, its front, a moment. Ends nothing itself."""

from __future__ import annotations

import os
import select
import signal
import time

from gatekeeper.adapters.guard.leftovers.kill_ladder import Reaper, drain

_LONGEST_WAIT_S = 86_400.0
_GONE = b"g"


class Vigil:
    """What the holder knows of the world. `told` is not empty once the front, for which all is done, is gone."""

    __slots__ = ("_heard", "_poller", "_wakeup_end", "_words", "leader_ended", "reaper", "told", "wakeup")

    def __init__(self, words: int, front: int, leader: int) -> None:
        """`words` is what the front writes to (see `heard`), `front` a handle of its process, or -1.

        SIGCHLD must have been blocked since before the `leader` was born, so that its end cannot have been missed.
        """
        self.reaper = Reaper(leader)
        self.leader_ended = False
        self.told = b""
        self._heard: list[tuple[int, bool]] = []
        self._words = words
        self.wakeup, self._wakeup_end = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.signal(signal.SIGCHLD, _nothing)
        signal.set_wakeup_fd(self._wakeup_end, warn_on_full_buffer=False)
        signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals() - {signal.SIGCHLD})
        self._poller = select.poll()
        for descriptor in (words, self.wakeup, *((front,) if front >= 0 else ())):
            self._poller.register(descriptor, select.POLLIN)

    def wait(self, until: float) -> None:
        """Sleep until something happened or the monotonic clock says `until`."""
        left = max(0.0, min(until - time.monotonic(), _LONGEST_WAIT_S))
        # Rounded up: who wakes too early would have to wait again.
        for descriptor, _ in self._poller.poll(-int(-left * 1000 // 1)):
            if descriptor == self.wakeup:
                drain(self.wakeup)
            else:
                self._listen(descriptor)
        if self.reaper.holds_leader and not self.leader_ended:
            self.leader_ended = self.reaper.reap_orphans()

    def heard(self) -> list[tuple[int, bool]]:
        """The signals that reached the front since the last call, and whether a terminal sent them."""
        heard, self._heard = self._heard, []
        return heard

    def _listen(self, descriptor: int) -> None:
        said = os.read(self._words, 4096) if descriptor == self._words else b""
        if said:
            self._heard.extend((said[at], said[at + 1] != 0) for at in range(0, len(said) - 1, 2))
        else:
            self.told = _GONE
            self._poller.unregister(descriptor)


def _nothing(number: int, frame: object) -> None:
    """A handler must exist, or SIGCHLD would not wake anybody."""
