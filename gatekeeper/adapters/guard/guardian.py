"""Owns one step from its order to the moment when nothing of it is alive, in a process of its own.

A step's way is a straight line: start the leader, watch, end what must be ended, see it gone, report; and for a
service go on watching. A guardian holds one step at a time and nothing between two. Knows nothing of gates, of the
journal or of other steps. The deadline lives here, so that it holds while the orchestrator hangs; the orchestrator's
death reaches it as the end of its line.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time

from gatekeeper.adapters.guard import cgroup, kernel, kill_ladder, leader, procfs, readers, survivors, wire
from gatekeeper.adapters.guard.watch import OutputWatch, Watch
from gatekeeper.adapters.guard.wire import Report, SpawnOrder

DIE_WITHIN_S = 10.0
"""How long SIGKILL may take before a process counts as unkillable."""

_LOOK_WITHIN_S = 2.0
_REMOVE_WITHIN_S = 1.0
_BACKSTOP_S = 0.05
_LOOKS = 50


_SETTLED_S = 0.015
"""After a step another one comes at once, or the run ends: joining a leaf then would be in the way of both."""


def guard(control: socket.socket, leaves: str) -> None:
    """Be a guardian until the line ends. Returns when nothing is alive that was started here.

    `leaves` is what the paths of all its leaves begin with, or empty.
    """
    os.setsid()
    kernel.adopt_orphans()
    kernel.set_name("gk-guardian")
    watch = Watch(control)
    number = 0
    while True:
        leaf = f"{leaves}{number}"
        if not leaves or not cgroup.create(leaf):
            leaf = ""
        prepared = _prepare(control, leaf, _SETTLED_S if number else 0.0)
        number += 1
        identities = (*_identity(os.getpid()), *_identity(prepared.pid if prepared else 0))
        with contextlib.suppress(OSError):
            wire.send(control, wire.HELLO, (*identities, leaf))
        order = watch.await_order()
        if order is None:
            break
        step = _Step(order, watch, prepared, leaf)
        step.run()
        if not step.clean:
            break
        watch.forget()
    kill_ladder.kill_all(watch.reaper, leaf, watch.wakeup, DIE_WITHIN_S)
    if leaf:
        cgroup.remove(leaf, _REMOVE_WITHIN_S)


def _identity(pid: int) -> tuple[int, int]:
    return pid, procfs.start_of(pid) if pid else 0


def _prepare(control: socket.socket, leaf: str, join_after_s: float) -> leader.Prepared | None:
    try:
        return leader.prepare(control, leaf, join_after_s)
    except OSError:
        # There may be room for a process when there is something to do; and if not, then there is somebody to tell.
        return None


class _Step:
    def __init__(self, order: SpawnOrder, watch: Watch, prepared: leader.Prepared | None, leaf: str) -> None:
        self._order = order
        self._watch = watch
        self._prepared = prepared
        self._report = Report()
        self._leaf = leaf
        self._started = time.monotonic()

    @property
    def clean(self) -> bool:
        """Whether the guardian is as it was before, so that it can take another step."""
        return self._report.end != "broken" and not self._report.unkillable and not self._report.service

    def run(self) -> None:
        output = -1
        try:
            output = _open_output(self._order.output)
        except OSError as refused:
            self._refuse(f"no-resources the output file {self._order.output}: {refused.strerror}")
        try:
            if output >= 0:
                self._conduct(output)
        except Exception as fault:  # noqa: BLE001 - whatever hurts the guardian, the step must end and be told of
            self._report.end = "broken"
            self._report.detail = f"the guardian failed: {fault!r}"
            self._report.service = False
        # Nothing is told before even a leader that never got its command is gone.
        left = kill_ladder.kill_all(self._watch.reaper, self._leaf, self._watch.wakeup, DIE_WITHIN_S)
        self._report.unkillable = self._report.unkillable or left
        if self._leaf:
            cgroup.remove(self._leaf, _REMOVE_WITHIN_S)
        if output >= 0:
            os.close(output)
        if self._prepared is not None:
            self._prepared.close()
        self._tell(wire.REPORT if not self._report.service else wire.GONE)

    def _conduct(self, output: int) -> None:
        born = self._start(output)
        if born is None:
            return
        growth = OutputWatch(output, self._order.output_limit, self._started)
        end, ended_at = self._wait_for_end(growth)
        self._report.end = end
        self._report.after_s = time.monotonic() - self._started
        if end in ("deadline", "quiet"):
            self._report.sights = survivors.sights(os.getpid(), _LOOK_WITHIN_S)
        if end != "leader" and self._watch.told != wire.KILL:
            self._ask_to_end()
        gone = self._watch.reaper.reap_all()
        if end == "leader":
            self._judge_exit(born.troubles())
            if self._order.keep and self._report.end == "exited" and self._report.code == 0 and not gone:
                self._report.duration_s = ended_at - self._started
                self._serve(growth)
                return
            if not gone:
                gone = readers.let_finish(self._watch)
        if not gone:
            self._end_what_is_left()
        if end != "leader":
            self._report.joined = bool(self._leaf) and leader.joined(born.troubles())
        self._report.duration_s = (ended_at if end == "leader" else time.monotonic()) - self._started

    def _start(self, output: int) -> leader.Prepared | None:
        try:
            try:
                return self._give(self._prepared or self._another(), output)
            except ConnectionError:
                # It died while it waited for something to do; nothing of the command was started.
                return self._give(self._another(), output)
        except OSError as refused:
            self._refuse(f"no-resources no process could be made: {refused.strerror}")
            return None

    def _another(self) -> leader.Prepared:
        return leader.prepare(self._watch.control, self._leaf, 0.0)

    def _give(self, prepared: leader.Prepared, output: int) -> leader.Prepared:
        self._prepared = prepared
        self._watch.follow(prepared.pid)
        self._started = time.monotonic()
        prepared.start(self._order.command, output)
        return prepared

    def _refuse(self, detail: str) -> None:
        self._report.end = "not-started"
        self._report.detail = detail

    def _wait_for_end(self, output: OutputWatch) -> tuple[str, float]:
        watch, quiet = self._watch, self._order.quiet_s
        deadline = self._started + self._order.timeout_s
        while True:
            silent_at = output.last_write + quiet if quiet is not None else deadline
            watch.wait(min(deadline, silent_at, output.next_look))
            now = time.monotonic()
            if watch.leader_ended:
                return "leader", now
            if watch.told:
                return "stopped", now
            if now >= deadline:
                return "deadline", now
            if now >= min(silent_at, output.next_look):
                output.look(now)
                if quiet is not None and now >= output.last_write + quiet:
                    return "quiet", now

    def _judge_exit(self, troubles: dict[bytes, int]) -> None:
        status = self._watch.reaper.status or 0
        self._report.joined = bool(self._leaf) and leader.joined(troubles)
        refused = leader.reason(troubles, self._order.name, self._order.cwd)
        if refused:
            self._refuse(refused)
        elif os.WIFSIGNALED(status):
            self._report.end, self._report.code = "signalled", os.WTERMSIG(status)
        else:
            self._report.end, self._report.code = "exited", os.WEXITSTATUS(status)

    def _ask_to_end(self) -> None:
        """SIGTERM to the leader's group, then as long as the grace lasts or somebody who heard it is alive."""
        watch = self._watch
        kill_ladder.signal_group(watch.reaper, kill_ladder.TERMINATE)
        until = time.monotonic() + self._order.grace_s
        while time.monotonic() < until and watch.told != wire.KILL and self._group_lives():
            watch.wait(min(until, time.monotonic() + _BACKSTOP_S))

    def _group_lives(self) -> bool:
        if not self._watch.leader_ended:
            return True
        group = self._watch.reaper.leader
        found = map(procfs.stat, procfs.descendants(os.getpid()))
        return any(one is not None and one.alive and one.group == group for one in found)

    def _end_what_is_left(self) -> None:
        reaper = self._watch.reaper
        if self._watch.told != wire.KILL:
            left = self._strays()
            self._report.survivors = survivors.describe(left)
            self._report.survivors_total = len(left)
        self._report.unkillable = kill_ladder.kill_all(reaper, self._leaf, self._watch.wakeup, DIE_WITHIN_S)

    def _strays(self) -> list[tuple[procfs.Stat, str]]:
        """Who is alive besides the leader and, while that lives, what descends from it."""
        reaper = self._watch.reaper
        spared = reaper.leader if reaper.holds_leader else 0
        for _ in range(_LOOKS):
            left = survivors.below(os.getpid(), self._leaf, spared)
            # Those who fork and exit within a look are seen by none; those who just ended are no strays.
            if left or reaper.holds_leader or reaper.reap_all():
                break
        return left

    def _serve(self, growth: OutputWatch) -> None:
        """Hold what the leader left as a service, until it ends, is to end, or the orchestrator is gone."""
        watch = self._watch
        self._report.service = True
        kernel.set_name("gk-service")
        self._tell(wire.REPORT)
        while not watch.reaper.reap_all():
            watch.wait(growth.next_look)
            if watch.told:
                break
            growth.look(time.monotonic())
        if watch.told == wire.STOP:
            kill_ladder.signal_descendants(kill_ladder.TERMINATE)
            until = time.monotonic() + self._order.grace_s
            while not watch.reaper.reap_all() and watch.told == wire.STOP and time.monotonic() < until:
                watch.wait(until)
        self._report.unkillable = kill_ladder.kill_all(watch.reaper, self._leaf, watch.wakeup, DIE_WITHIN_S)

    def _tell(self, kind: bytes) -> None:
        try:
            self._watch.control.setblocking(True)
            self._watch.control.settimeout(_LOOK_WITHIN_S)
            wire.send(self._watch.control, kind, self._report.pack())
            self._watch.control.setblocking(False)
        except OSError:
            # Nobody is there to be told; what matters is done.
            return


def _open_output(path: str) -> int:
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        return os.open(path, flags, 0o600)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return os.open(path, flags, 0o600)


def ignore_terminal() -> None:
    """Be deaf to what a terminal or an operator sends to a whole group; only the control socket ends a guardian."""
    for number in signal.valid_signals():
        if number not in (signal.SIGKILL, signal.SIGSTOP) and signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for number in leader.IGNORED_BY_GUARDIANS:
        signal.signal(number, signal.SIG_IGN)
