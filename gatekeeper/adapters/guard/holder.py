"""Owns the one command of `gatekeeper guard`, from its birth to the moment when nothing of it is alive.

Runs in a process of its own that `gatekeeper.adapters.guard.front` forked: orphans fall to it, and it lives on when the
front is killed, for as long as it takes to end everything. The deadline lives here, so that it holds for a job that
is stopped. Knows timeout(1)'s rules of who is signalled when; knows nothing of gates, steps and runs.
"""

from __future__ import annotations

import errno
import os
import signal
import time

from gatekeeper.adapters.guard import cgroup, kernel, kill_ladder, procfs, readers
from gatekeeper.adapters.guard.become import become
from gatekeeper.policy.guard_line import quoted
from gatekeeper.policy.signal_text import name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from gatekeeper.adapters.guard.vigil import Vigil
    from gatekeeper.policy.guard_line import GuardLine

EXIT = 0
DIE = 1
"""How a report begins: leave with this code, or die of this signal. The number is its second and last byte."""

TIMED_OUT = 124
FAILED = 125
_NOT_INVOKED = 126
_NOT_FOUND = 127

ASKING = frozenset({signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM})
"""What asks a command to end, beside the signal of the command line."""

_BORN_WITH_DEFAULT = (*ASKING, signal.SIGALRM, signal.SIGCHLD, signal.SIGTTIN, signal.SIGTTOU)
_SET_BY_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)
_DIE_WITHIN_S = 10.0
_REMOVE_WITHIN_S = 1.0
_NEVER = float("inf")


class Holder:
    """One command; `leaf` is the path of its cgroup, or empty."""

    def __init__(self, line: GuardLine, watch: Vigil, leaf: str, mask: set[int], say: Callable[[str], None]) -> None:
        """`mask` are the signals that were blocked when gatekeeper was started, and will be for the command."""
        self._say = say
        self._line = line
        self._watch = watch
        self._leaf = leaf
        self._mask = mask
        self._group = os.getpgrp()
        self._signal = line.signal
        self._deadline = self._kill_at = self._give_up_at = _NEVER
        self._timed_out = False

    def run(self) -> tuple[int, int]:
        """Run it to its end and see everything of it gone; the report, as `EXIT` or `DIE` and a number."""
        kernel.adopt_orphans()
        # Pipes that come from outside are read by others than the command's own.
        others = procfs.pipes(os.getpid())
        try:
            pid = cgroup.fork_into(self._leaf) if self._leaf else os.fork()
        except OSError as refused:
            self._say(f"fork system call failed: {refused.strerror}")
            return EXIT, FAILED
        if pid == 0:
            try:
                self._become()
            finally:
                os._exit(FAILED)
        started = time.monotonic()
        # Born in the job's session and group, held from outside of both: what is sent to the job is not for us.
        os.setsid()
        kernel.set_name("gk-guardian")
        self._watch.follow(pid)
        self._deadline = started + (self._line.duration_s or _NEVER)
        self._see_it_end()
        left = self._end_what_is_left(others)
        if self._leaf:
            cgroup.remove(self._leaf, _REMOVE_WITHIN_S)
        return self._report(left)

    def _become(self) -> None:
        """Be the command, with everything that we or Python changed for ourselves as it was."""
        for number in {*_BORN_WITH_DEFAULT, *_SET_BY_PYTHON, self._line.signal} - {0, signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, self._mask - {signal.SIGCHLD})
        if "LC_CTYPE" in os.environ and b"\0LC_CTYPE=" not in procfs.environ(os.getpid()):
            # Python sets it in a C locale (PEP 538), and means only itself.
            os.unsetenv("LC_CTYPE")
        failed = abs(become(self._line.command, shell="/bin/sh"))
        self._say(f"failed to run command {quoted(self._line.command[0])}: {os.strerror(failed)}")
        os._exit(_NOT_FOUND if failed == errno.ENOENT else _NOT_INVOKED)

    def _see_it_end(self) -> None:
        """Wait for the leader's end and pass on what comes meanwhile, until it has ended or there is no use in waiting."""
        watch = self._watch
        while not watch.leader_ended and not watch.told:
            watch.wait(min(self._deadline, self._kill_at, self._give_up_at))
            if watch.leader_ended or watch.told:
                return
            for number, from_terminal in watch.heard():
                self._hear(number, from_terminal)
            now = time.monotonic()
            if now >= self._give_up_at:
                return
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
        """Signal the leader and, unless in the foreground, what is ours in the job's group and in the leader's own.

        Not with the one call that signals a group: others may be in it, who were there before us.
        """
        leader = self._watch.reaper.leader
        found = procfs.stat(leader)
        if found is not None:
            kill_ladder.signal_one(leader, found.start, numbers)
        if self._line.foreground or found is None:
            return
        for one in map(procfs.stat, procfs.descendants(os.getpid())):
            if one and one.alive and one.pid != leader and one.group in (self._group, found.group):
                kill_ladder.signal_one(one.pid, one.start, numbers)

    def _end_what_is_left(self, others: frozenset[str]) -> tuple[int, ...]:
        """Kill what the leader left, or everything where the front is gone; who would not die in time."""
        watch = self._watch
        gone = watch.reaper.reap_all()
        if not gone and watch.leader_ended:
            gone = readers.let_finish(watch, others)
        if not gone and self._line.verbose and watch.leader_ended:
            self._name_what_is_left()
        return () if gone else kill_ladder.kill_all(watch.reaper, self._leaf, watch.wakeup, _DIE_WITHIN_S)

    def _name_what_is_left(self) -> None:
        from gatekeeper.adapters.guard import survivors

        left = survivors.below(os.getpid(), self._leaf)
        for one in survivors.describe(left):
            ports = "".join(f", port {port}" for port in one.ports)
            what = " ".join(one.argv)
            self._say(f"ending what was left: {quoted(what)} (pid {one.pid}, {one.age_s:g} s old{ports})")
        if len(left) > survivors.DESCRIBED:
            self._say(f"ending what was left: {len(left) - survivors.DESCRIBED} more")

    def _report(self, left: tuple[int, ...]) -> tuple[int, int]:
        if left:
            self._say(f"could not end {', '.join(map(str, left))} within {_DIE_WITHIN_S:g} s, not even by SIGKILL")
            return EXIT, FAILED
        status = self._watch.reaper.status or 0
        died_of = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        if died_of and os.WCOREDUMP(status):
            self._say("the monitored command dumped core")
        if died_of and not self._timed_out:
            return DIE, died_of
        # That a command had to be killed shows in any case.
        if self._timed_out and not self._line.preserve_status and died_of != signal.SIGKILL:
            return EXIT, TIMED_OUT
        return EXIT, 128 + died_of if died_of else os.WEXITSTATUS(status)
