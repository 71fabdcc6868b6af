"""Owns the birth of the command of `gatekeeper guard`, with all as it was when gatekeeper was started.

It imports next to nothing: what is needed to watch over the command is imported while that comes up.
"""

from __future__ import annotations

import errno
import os
import signal

from gatekeeper.adapters.guard.helpers.become import become
from gatekeeper.adapters.guard.system import cgroup, kernel, procfs
from gatekeeper.policy.guard_line import quoted
from gatekeeper.policy.timeout_rules import FAILED, HEEDED, NOT_FOUND, NOT_INVOKED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from gatekeeper.policy.guard_line import GuardLine

_DEFAULT = (
    *HEEDED, signal.SIGCHLD, signal.SIGTTIN, signal.SIGTTOU,
    # Python ignores these, and nobody can tell any more what they were.
    signal.SIGPIPE, signal.SIGXFSZ,
)  # fmt: skip


def give_birth(line: GuardLine, leaf: str, mask: set[int], say: Callable[[str], None]) -> int:
    """Start the command in a process below this one, to which its orphans fall; its pid. Raises `OSError`.

    `leaf` is the cgroup that it is born in, or empty, and `mask` the signals that will be blocked for it.
    """
    kernel.adopt_orphans()
    pid = cgroup.fork_into(leaf) if leaf else os.fork()
    if pid == 0:
        try:
            _become(line, mask, say)
        finally:
            os._exit(FAILED)
    return pid


def _become(line: GuardLine, mask: set[int], say: Callable[[str], None]) -> None:
    for number in {*_DEFAULT, line.signal} - {0, signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask - {signal.SIGCHLD})
    if "LC_CTYPE" in os.environ and b"\0LC_CTYPE=" not in procfs.environ(os.getpid()):
        # Python sets it in a C locale (PEP 538), and means only itself.
        os.unsetenv("LC_CTYPE")
    failed = abs(become(line.command, fallback="/bin/sh"))
    say(f"failed to run command {quoted(line.command[0])}: {os.strerror(failed)}")
    os._exit(NOT_FOUND if failed == errno.ENOENT else NOT_INVOKED)
