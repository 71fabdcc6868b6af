"""Owns the one command of `gatekeeper guard`, from its birth to the moment when nothing of it is alive.

Runs in a process of its own that `gatekeeper.adapters.guard.oneshot.front` forked: orphans fall to it, and it lives on
when the front is killed, for as long as it takes to end everything. The deadline lives here, so that it holds for a
job that is stopped. Knows timeout(1)'s rules of who is signalled when; knows nothing of gates, steps and runs.
"""

from __future__ import annotations

import os
import signal
import time

from gatekeeper.adapters.guard.leftovers import kill_ladder, readers
from gatekeeper.adapters.guard.system import cgroup, kernel, procfs
from gatekeeper.policy.guard_line import quoted
from gatekeeper.policy.signal_text import name_of
from gatekeeper.policy.timeout_rules import ASKING, FAILED, Leave, leave

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from gatekeeper.adapters.guard.oneshot.vigil import Vigil
    from gatekeeper.policy.guard_line import GuardLine

_DIE_WITHIN_S = 10.0
_REMOVE_WITHIN_S = 1.0
_NEVER = float("inf")


class Holder:
    """One command, whose leader is followed by `watch`; `leaf` is the path of its cgroup, or empty."""

    def __init__(self, line: GuardLine, watch: Vigil, leaf: str, say: Callable[[str], None]) -> None:
        """To be made as soon as the leader is born: its time begins."""
        self._line = line
        self._watch = watch
        self._leaf = leaf
        self._say = say
        self._signal = line.signal
        self._deadline = time.monotonic() + (line.duration_s or _NEVER)
        self._kill_at = self._give_up_at = _NEVER
        self._timed_out = False
        # Pipes that come from outside are read by others than the command's own.
        self._others = procfs.pipes(os.getpid())
        self._group = os.getpgrp()
        # It is held from outside of the job's session and group: what is sent to the job is not for us.
        os.setsid()
        kernel.set_name("gk-guardian")

    def hold(self) -> Leave:
        """See it to its end, and everything of it gone; how to leave."""
        self._see_it_end()
        left = self._end_what_is_left()
        if self._leaf:
            cgroup.remove(self._leaf, _REMOVE_WITHIN_S)
        if left:
            self._say(f"could not end {', '.join(map(str, left))} within {_DIE_WITHIN_S:g} s, not even by SIGKILL")
            return Leave(FAILED)
        status = self._watch.reaper.status or 0
        died_of = os.WTERMSIG(status)
        if died_of and os.WCOREDUMP(status):
            self._say("the monitored command dumped core")
        return leave(self._line, code=os.WEXITSTATUS(status), died_of=died_of, timed_out=self._timed_out)

    def _see_it_end(self) -> None:
        """Wait for the leader's end, passing on what comes meanwhile; or until there is no use in waiting."""
        watch = self._watch
        while True:
            watch.wait(min(self._deadline, self._kill_at, self._give_up_at))
            now = time.monotonic()
            if watch.leader_ended or watch.told or now >= self._give_up_at:
                return
            for number, from_terminal in watch.heard():
                self._hear(number, from_terminal)
            if now >= min(self._deadline, self._kill_at):
                self._deadline, self._kill_at = (_NEVER if now >= at else at for at in (self._deadline, self._kill_at))
                self._time_is_over()

    def _time_is_over(self) -> None:
        self._timed_out = True
        self._ask_to_end(self._signal)

    def _hear(self, number: int, from_terminal: bool) -> None:
        leader = procfs.stat(self._watch.reaper.leader)
        # A terminal signals its whole foreground group at once. Twice would mean something else to many a program.
        got_it = from_terminal and leader is not None and leader.group == self._group
        if number == signal.SIGALRM:
            self._time_is_over()
        elif number in ASKING or number == self._line.signal:
            self._ask_to_end(number, got_it=got_it)
        elif not got_it:
            self._signal_command((number,))

    def _ask_to_end(self, number: int, *, got_it: bool = False) -> None:
        if self._line.kill_after_s and self._signal != signal.SIGKILL:
            self._signal = signal.SIGKILL
            self._kill_at = time.monotonic() + self._line.kill_after_s
        if got_it:
            return
        if self._line.verbose:
            self._say(f"sending signal {name_of(number)} to command {quoted(self._line.command[0])}")
        continued = () if number in (signal.SIGKILL, signal.SIGCONT) or self._line.foreground else (signal.SIGCONT,)
        self._signal_command((number, *continued))
        if number == signal.SIGKILL:
            self._give_up_at = time.monotonic() + _DIE_WITHIN_S

    def _signal_command(self, numbers: tuple[int, ...]) -> None:
        """Signal the leader, which may be in a group of its own, and in the background what is ours in the job's.

        Not with the one call that signals a group: others may be in it, who were there before us.
        """
        leader = self._watch.reaper.leader
        kill_ladder.signal_one(leader, procfs.start_of(leader), numbers)
        if self._line.foreground:
            return
        for one in procfs.descendants(os.getpid()):
            if one.alive and one.pid != leader and one.group == self._group:
                kill_ladder.signal_one(one.pid, one.start, numbers)

    def _end_what_is_left(self) -> tuple[int, ...]:
        """Kill what the leader left, or everything where the front is gone; who would not die in time."""
        watch = self._watch
        gone = watch.reaper.all_gone()
        if not gone and watch.leader_ended:
            gone = readers.let_finish(watch, self._others)
        if not gone and self._line.verbose and watch.leader_ended:
            self._name_what_is_left()
        return () if gone else kill_ladder.kill_all(watch.reaper, self._leaf, watch.wakeup, _DIE_WITHIN_S)

    def _name_what_is_left(self) -> None:
        from gatekeeper.adapters.guard.leftovers import survivors

        left = survivors.below(os.getpid(), self._leaf)
        for one in survivors.describe(left.seen):
            ports = "".join(f", port {port}" for port in one.ports)
            what = " ".join(one.argv)
            self._say(f"ending what was left: {quoted(what)} (pid {one.pid}, {one.age_s:g} s old{ports})")
        if left.total > survivors.DESCRIBED:
            self._say(f"ending what was left: {left.total - survivors.DESCRIBED} more")
