"""Owns the process that is started as `gatekeeper guard`: passes on what it is told, and leaves as its command did.

The work is done by a `Holder` in a process of its own between this one and the command: it outlives this one by as long
as it takes to end everything. And if somebody kills *it*, what it held falls to us. Linux only.
"""

from __future__ import annotations

import os
import signal
import sys
import time

from gatekeeper.adapters.guard.oneshot.birth import give_birth
from gatekeeper.adapters.guard.system import cgroup, kernel, procfs
from gatekeeper.policy.timeout_rules import FAILED, HEEDED, Leave

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from gatekeeper.policy.guard_line import GuardLine

_NOT_PASSED_ON = frozenset(
    {
        signal.SIGKILL, signal.SIGSTOP, signal.SIGTSTP, signal.SIGCONT, signal.SIGTTIN, signal.SIGTTOU, signal.SIGCHLD,
        signal.SIGILL, signal.SIGFPE, signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGTRAP, signal.SIGSYS,
        signal.SIGPIPE, signal.SIGXFSZ,
    }
)  # fmt: skip
"""What stops and continues reaches the whole group by itself, and faults are our own."""

_UNHEEDED = frozenset({signal.SIGTTIN, signal.SIGTTOU})
_BY_KERNEL = 0x80
_DIE_WITHIN_S = 10.0
_REMOVE_WITHIN_S = 1.0


def run(line: GuardLine, say: Callable[[str], None]) -> int:
    """Run a command to its end, with nothing of it left; the exit code. Dies of the signal that the command died of.

    `say` writes one message to the standard error, and must work in any of our processes.
    """
    if sys.platform != "linux":
        say(f"needs Linux: {sys.platform} has nothing by which all that a command leaves behind could be found")
        say("`gatekeeper run` guards steps here as well as can be; timeout(1) ends a command and its group")
        return FAILED
    return _Front(line, say).run()


class _Front:
    def __init__(self, line: GuardLine, say: Callable[[str], None]) -> None:
        self._line = line
        self._say = say
        # A shell that became us by exec may have left us children. They, and what they leave us, are not ours to end.
        self._strangers = bool(procfs.children(os.getpid()))
        # The pid first: that is how it is known later whether its owner lives.
        self._leaf = cgroup.new_leaf(f"{os.getpid()}_guard", f"{time.monotonic_ns():x}")

    def run(self) -> int:
        """Have the command held, and leave as it did."""
        try:
            end = self._conduct()
        finally:
            if self._leaf:
                cgroup.remove(self._leaf, _REMOVE_WITHIN_S)
        if end.signal:
            _die_of(end.signal)
        return end.code

    def _conduct(self) -> Leave:
        if not self._line.foreground:
            _lead_a_group()
        heeded = _heeded(self._line.signal)
        # Where it is ignored, nobody would hear of the holder's end.
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, heeded | _UNHEEDED)
        if not self._strangers:
            kernel.adopt_orphans()
        words, say_word = os.pipe()
        report, tell = os.pipe()
        itself = _handle_of(os.getpid())
        try:
            holder = os.fork()
        except OSError as refused:
            return self._fork_failed(refused)
        if holder == 0:
            try:
                os.close(say_word)
                os.write(tell, bytes(self._hold(words, itself, mask)))
            finally:
                os._exit(0)
        os.close(words)
        os.close(tell)
        os.set_blocking(say_word, False)
        _pass_on(heeded, say_word, holder)
        if told := os.read(report, 2):
            return Leave(*told)
        self._contain()
        return Leave(FAILED)

    def _hold(self, words: int, front: int, mask: set[int]) -> Leave:
        """The holder's whole life, in a process of its own."""
        try:
            leader = give_birth(self._line, self._leaf, mask, self._say)
        except OSError as refused:
            return self._fork_failed(refused)
        # Imported while the command comes up.
        from gatekeeper.adapters.guard.oneshot.holder import Holder
        from gatekeeper.adapters.guard.oneshot.vigil import Vigil

        if self._leaf:
            cgroup.remove_unowned(os.path.dirname(self._leaf))
        return Holder(self._line, Vigil(words, front, leader), self._leaf, self._say).hold()

    def _fork_failed(self, refused: OSError) -> Leave:
        self._say(f"fork system call failed: {refused.strerror}")
        return Leave(FAILED)

    def _contain(self) -> None:
        """The holder was killed: end what it held, by the layers that are left."""
        from gatekeeper.adapters.guard.leftovers import kill_ladder

        wakeup, _ = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        left: tuple[int, ...] = ()
        if self._leaf:
            cgroup.kill(self._leaf)
        if not self._strangers:
            left = kill_ladder.kill_all(kill_ladder.Reaper(0), self._leaf, wakeup, _DIE_WITHIN_S)
        elif self._leaf:
            cgroup.remove(self._leaf, _DIE_WITHIN_S)
        self._say("the guardian of the command was killed, so the command was ended")
        if left:
            self._say(f"could not end {', '.join(map(str, left))} within {_DIE_WITHIN_S:g} s, not even by SIGKILL")


def _heeded(asks_to_end: int) -> set[int]:
    """The signals that are passed on, and SIGCHLD. One that was ignored when we were started stays ignored.

    But for those that timeout(1) heeds in any case.
    """
    there = signal.valid_signals()
    heeded = {one for one in there - _NOT_PASSED_ON - HEEDED if signal.getsignal(one) != signal.SIG_IGN}
    return (heeded | HEEDED | {signal.SIGCHLD, asks_to_end}) & there - {signal.SIGKILL, signal.SIGSTOP}


def _lead_a_group() -> None:
    try:
        os.setpgid(0, 0)
    except OSError:
        # The leader of a session leads its group already.
        return


def _handle_of(pid: int) -> int:
    try:
        return os.pidfd_open(pid)
    except OSError:
        return -1


def _pass_on(heeded: set[int], say_word: int, holder: int) -> None:
    """Tell the holder of every signal that comes, until it has ended."""
    while True:
        came = signal.sigwaitinfo(heeded)
        if came.si_signo == signal.SIGCHLD:
            pid, status = os.waitpid(holder, os.WNOHANG | os.WUNTRACED)
            if pid and not os.WIFSTOPPED(status):
                return
            if pid:
                # The deadline is its to keep, and nobody but the command has a reason to stop it.
                os.kill(holder, signal.SIGCONT)
            continue
        try:
            os.write(say_word, bytes((came.si_signo, came.si_code == _BY_KERNEL)))
        except OSError:
            # It is just ending, or was stopped for so long that there is no more room.
            continue


def _die_of(number: int) -> None:
    """Die as the command did, so that a shell can tell. Comes back where nothing can end this process (pid 1)."""
    kernel.forbid_core()
    if number != signal.SIGKILL:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
    os.kill(os.getpid(), number)
