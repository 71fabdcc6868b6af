"""Owns a guardian's waiting: for its leader, for a word from the orchestrator, for a moment. Ends nothing itself."""

from __future__ import annotations

import contextlib
import math
import os
import select
import signal
import socket
import time

from gatekeeper.adapters.guard.leftovers.kill_ladder import Reaper, drain
from gatekeeper.adapters.guard.limits import oom
from gatekeeper.adapters.guard.messages import wire
from gatekeeper.adapters.guard.messages.wire import Report, SpawnOrder

_KILLED = (("signalled", 9), ("exited", 137))
"""A death by SIGKILL, and how a shell tells of one."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Watch:
    """What a guardian knows of the world; during a step its fields only ever go from False to True.

    `told` holds the strongest word of the orchestrator so far: nothing, `wire.STOP`, or `wire.KILL`; an orchestrator
    that is gone counts as KILL. `oom_kills` is how many processes the kernel had ended for want of memory when that
    was last looked at.
    """

    __slots__ = (
        "_attended",
        "_order",
        "_orphaned",
        "_poller",
        "_wakeup_end",
        "control",
        "leader_ended",
        "oom_kills",
        "reaper",
        "told",
        "wakeup",
    )

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.reaper = Reaper(0)
        self.leader_ended = False
        self.told = b""
        self._attended: dict[int, Callable[[], None]] = {}
        self.oom_kills = 0
        self._order: SpawnOrder | None = None
        self._orphaned = False
        self.wakeup, self._wakeup_end = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.signal(signal.SIGCHLD, _nothing)
        signal.set_wakeup_fd(self._wakeup_end, warn_on_full_buffer=False)
        control.setblocking(False)
        self._poller = select.poll()
        self._poller.register(control, select.POLLIN)
        self._poller.register(self.wakeup, select.POLLIN)

    def await_order(self) -> SpawnOrder | None:
        """Sleep until there is something to do; None where the orchestrator is gone."""
        while not self.told:
            if self._order is not None:
                return self._order
            self.wait(time.monotonic() + _LONGEST_WAIT_S)
        return None

    def forget(self) -> None:
        """Be ready for another order; what was said of the last one has no meaning any more."""
        self._order = None
        self.reaper = Reaper(0)
        self.leader_ended = False
        if not self._orphaned:
            self.told = b""

    def tell(self, kind: bytes, report: Report) -> None:
        """Tell the orchestrator, where it is still there; what matters is done in any case."""
        with contextlib.suppress(OSError):
            self.control.setblocking(True)
            self.control.settimeout(_TOLD_WITHIN_S)
            wire.send(self.control, kind, report.pack())
            self.control.setblocking(False)

    def follow(self, leader: int) -> None:
        """From now on, notice the end of this child."""
        self.reaper = Reaper(leader)

    def count_oom_kills(self) -> None:
        """Take down how many processes the kernel has killed for want of memory before the command could be one."""
        self.oom_kills = oom.kills()

    def out_of_memory(self, report: Report, since: float) -> tuple[tuple[str, str], ...]:
        """What the kernel did beyond any limit of ours; only looked for where a SIGKILL was seen that is not ours."""
        if (report.end, report.code) not in _KILLED:
            return ()
        words = oom.killed_for_it(self.reaper.leader, since, self.oom_kills)
        return (("memory", words),) if words else ()

    def attend(self, descriptor: int, act: Callable[[], None]) -> None:
        """Whenever something waits meanwhile and this can be read, `act`; it must not take long."""
        self._attended[descriptor] = act
        self._poller.register(descriptor, select.POLLIN)

    def leave(self, descriptor: int) -> None:
        """No longer attend to it; nothing happens where that is so already."""
        if self._attended.pop(descriptor, None):
            self._poller.unregister(descriptor)

    def wait(self, until: float) -> None:
        """Sleep until something happened or the monotonic clock says `until`."""
        left = 0.0 if self.reaper.behind else until - time.monotonic()
        for descriptor, _ in self._poller.poll(max(0, math.ceil(min(left, _LONGEST_WAIT_S) * 1000))):
            if descriptor in self._attended:
                self._attended[descriptor]()
            elif descriptor == self.wakeup:
                drain(self.wakeup)
            elif descriptor == self.control.fileno():
                self._listen()
        self.reaper.behind = False
        if self.reaper.holds_leader and not self.leader_ended:
            self.leader_ended = self.reaper.reap_orphans()

    def _listen(self) -> None:
        try:
            message = wire.receive(self.control)
        except BlockingIOError:
            return
        if message is None:
            self._orphaned = True
            self.told = wire.KILL
            self._poller.unregister(self.control)
        elif message.kind == wire.SPAWN:
            self._order = SpawnOrder(*message.content)  # type: ignore[arg-type]  # packed by the orchestrator
        elif self._order is None or message.content != (self._order.serial,):
            # The order to end a step that had just ended by itself must not hit the next one.
            return
        elif self.told != wire.KILL:
            self.told = message.kind


def _nothing(number: int, frame: object) -> None:
    """A handler must exist, or SIGCHLD would not wake anybody."""


_TOLD_WITHIN_S = 2.0
_LONGEST_WAIT_S = 86_400.0
