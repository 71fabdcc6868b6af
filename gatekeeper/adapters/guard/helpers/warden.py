"""Owns the run's one helper process: forks a guardian a step, and kills what a dead guardian leaves to it.

Started as ``python -I -S`` with nothing but what it needs, because every guardian is a copy of it. Knows no step.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket
import sys
import time

from gatekeeper.adapters.guard.helpers import guardian
from gatekeeper.adapters.guard.leftovers import kill_ladder, survivors
from gatekeeper.adapters.guard.messages import wire
from gatekeeper.adapters.guard.messages.wire import Report, Survivor
from gatekeeper.adapters.guard.system import cgroup, kernel, procfs

CHANNEL = 3
"""The descriptor on which a warden finds the orchestrator."""

_SWEEP_WITHIN_S = 10.0
_ONE_WITHIN_S = 0.1
_AT_ONCE = 512
_PAUSE_MS = 5


def main() -> None:
    """Be the warden until the orchestrator is gone and so is everything that was started for it."""
    for name in os.listdir("/proc/self/fd"):
        if int(name) > CHANNEL:
            try:
                os.close(int(name))
            except OSError:
                continue
    os.set_inheritable(CHANNEL, False)
    guardian.ignore_terminal()
    os.chdir("/")
    procfs.hold_own_children()
    kernel.adopt_orphans()
    kernel.never_starve()
    kernel.set_name("gk-warden")
    # A collection that looked at all there is would copy every page in every fork.
    gc.freeze()
    _Warden(socket.socket(fileno=CHANNEL), sys.argv[-1]).run()
    # Taking the interpreter apart takes longer than all that is left to do, and somebody waits for it.
    os._exit(0)


class _Warden:
    def __init__(self, channel: socket.socket, token: str) -> None:
        self._channel = channel
        self._token = token
        self._parent: str | None = None
        self._dead: list[int] = []
        self._hurt: set[int] = set()
        self._guardians: set[int] = set()
        # Orphans that a guardian has tried to kill for as long as anybody waits for that.
        self._hopeless: set[int] = set()
        self._caught: list[Survivor] = []
        self._wakeup = -1
        self._argv = procfs.argv(os.getpid())

    def run(self) -> None:
        self._wakeup, wakeup_end = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.signal(signal.SIGCHLD, _nothing)
        signal.set_wakeup_fd(wakeup_end, warn_on_full_buffer=False)
        poller = select.poll()
        poller.register(self._channel, select.POLLIN)
        poller.register(self._wakeup, select.POLLIN)
        orphaned = False
        while not orphaned or self._guardians:
            for descriptor, _ in poller.poll():
                if descriptor == self._wakeup:
                    kill_ladder.drain(self._wakeup)
                elif not self._obey():
                    orphaned = True
                    poller.unregister(self._channel)
            self._reap()
        self._sweep()

    def _obey(self) -> bool:
        message = wire.receive(self._channel)
        if message is None:
            return False
        if message.kind == wire.FORK and message.descriptors:
            self._fork(socket.socket(fileno=message.descriptors[0]), with_leaves=message.content == (True,))
        elif message.kind == wire.SWEEP:
            dead = message.content[0]
            if isinstance(dead, int) and dead in self._guardians:
                self._hurt.add(dead)
                # Its end of the control socket closes before its orphans fall to us.
                self._await(dead, _SWEEP_WITHIN_S)
            self._sweep()
            self._remove_leaves()
            try:
                wire.send(self._channel, wire.CAUGHT, (tuple(one.pack() for one in self._caught),))
            except OSError:
                return False
            self._caught.clear()
        return True

    def _fork(self, control: socket.socket, *, with_leaves: bool) -> None:
        if with_leaves and self._parent is None:
            self._parent = cgroup.usable_parent()
            cgroup.remove_unowned(self._parent)
        try:
            pid = os.fork()
        except OSError as refused:
            report = Report(end="not-started", detail=f"no-resources no process could be made: {refused.strerror}")
            with contextlib.suppress(OSError):
                wire.send(control, wire.REPORT, report.pack())
            control.close()
            return
        if pid == 0:
            status = guardian.HURT
            try:
                signal.set_wakeup_fd(-1)
                os.close(self._channel.detach())
                names = self._names_of(os.getpid()) if with_leaves else ""
                status = guardian.guard(control, self._parent or "", names)
            finally:
                os._exit(status)
        self._guardians.add(pid)
        control.close()

    def _reap(self) -> None:
        _, bereft = self._reap_some(_AT_ONCE)
        if bereft:
            self._sweep()
        self._remove_leaves()

    def _reap_some(self, limit: int) -> tuple[list[int], bool]:
        """Reap up to `limit`; who that was, and whether there may be orphans for us."""
        ended: list[int] = []
        bereft = False
        while len(ended) < limit:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
            except ChildProcessError:
                break
            if pid == 0:
                break
            if os.WIFSTOPPED(status):
                if pid in self._guardians:
                    # A deadline is its to keep, and nobody but its own step has a reason to stop it.
                    os.kill(pid, signal.SIGCONT)
                continue
            ended.append(pid)
            if pid not in self._guardians:
                self._hopeless.discard(pid)
                bereft = True
                continue
            self._bury(pid)
            if status:
                self._hurt.add(pid)
            if os.waitstatus_to_exitcode(status) == guardian.HOPELESS:
                self._give_up_on(self._strangers())
            elif status:
                bereft = True
        return ended, bereft

    def _give_up_on(self, strangers: list[int]) -> None:
        """Nobody waits for these any more; but each is killed once, who may have been left by another guardian."""
        for pid in strangers:
            if pid not in self._hopeless:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
        self._hopeless.update(strangers)

    def _bury(self, dead: int) -> None:
        if dead in self._guardians:
            self._guardians.discard(dead)
            self._dead.append(dead)

    def _names_of(self, guardian: int) -> str:
        """What the names of a guardian's leaves begin with."""
        return cgroup.leaf_name(self._token, str(guardian), "")

    def _remove_leaves(self) -> None:
        """Take away what dead guardians could not, once their orphans are gone: the last may still be ending."""
        while self._dead:
            dead = self._dead.pop()
            names = self._names_of(dead)
            for leaf in cgroup.with_prefix(f"{self._parent}/{names}") if self._parent else ():
                cgroup.kill(leaf)
                cgroup.remove(leaf, _ONE_WITHIN_S)
            if dead in self._hurt:
                self._hurt.discard(dead)
                from gatekeeper.adapters.guard.limits import controllers

                controllers.clear_beside(names, _ONE_WITHIN_S)

    def _sweep(self) -> None:
        """Kill every child that is not a guardian, until there is none: orphans of guardians that were killed."""
        until = time.monotonic() + _SWEEP_WITHIN_S
        strikes = kill_ladder.Strikes(signal.SIGKILL, self._guardians, self._hopeless)
        poller = select.poll()
        poller.register(self._wakeup, select.POLLIN)
        while time.monotonic() < until:
            found, new = strikes.look()
            if not found:
                return
            self._remember(new)
            strikes.strike(new)
            ended, _ = self._reap_some(len(new) // 8 if new else _AT_ONCE)
            strikes.forget(ended)
            if not new and not ended:
                poller.poll(_PAUSE_MS)
                kill_ladder.drain(self._wakeup)

    def _strangers(self) -> list[int]:
        """Children of this process that are no guardians: what guardians have left."""
        return [pid for pid in map(int, procfs.own_children()) if pid not in self._guardians]

    def _remember(self, strangers: list[int]) -> None:
        for pid in strangers:
            if len(self._caught) >= survivors.DESCRIBED:
                return
            found = procfs.stat(pid)
            # A guardian that died leaves its prepared leader too, which nobody needs to be told of.
            if found and found.alive and procfs.argv(pid) != self._argv:
                self._caught.extend(survivors.describe([(found, "subreaper")]))

    def _await(self, pid: int, within_s: float) -> None:
        try:
            handle = os.pidfd_open(pid)
        except OSError:
            handle = -1
        if handle >= 0:
            poller = select.poll()
            poller.register(handle, select.POLLIN)
            poller.poll(int(within_s * 1000))
            os.close(handle)
        try:
            if os.waitpid(pid, os.WNOHANG)[0] == pid:
                self._bury(pid)
        except ChildProcessError:
            self._bury(pid)


def _nothing(number: int, frame: object) -> None:
    """A handler must exist, or SIGCHLD would not wake anybody."""
