"""Owns the birth of a step's first process: between fork and exec. Knows nothing of what becomes of it."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # it has no stub; it is what `signal` wraps
import errno
import marshal
import os
import select
import signal
import socket
import struct

from gatekeeper.adapters.guard.helpers.become import become
from gatekeeper.adapters.guard.messages import wire
from gatekeeper.adapters.guard.system import cgroup

IGNORED_BY_GUARDIANS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE)
_RESTORED = (*IGNORED_BY_GUARDIANS, signal.SIGCHLD, signal.SIGXFSZ)

_TROUBLE = struct.Struct("ci")
_NOT_JOINED = b"g"
_FOLDER = b"f"
_EXEC = b"x"
_VALUE = b"v"
_RESTRAINT = b"r"
_TERMINAL = b"t"

_MACHINE = frozenset(
    {errno.ENOMEM, errno.EAGAIN, errno.EMFILE, errno.ENFILE, errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS}
)
_REFUSED = frozenset({errno.EACCES, errno.EPERM, errno.ENOEXEC, errno.ETXTBSY, errno.EISDIR})


class Prepared:
    """A process that waits to become a leader: everything that can be done before the command is known is done.

    Forking it and joining its leaf cost more than all the rest of a step's start.
    """

    __slots__ = ("_line", "pid")

    def __init__(self, pid: int, line: socket.socket) -> None:
        self.pid = pid
        self._line = line

    def start(
        self,
        command: bytes,
        output: int,
        environ: tuple[tuple[str, str], ...] = (),
        *,
        terminal: bool = False,
        restraints: tuple[object, ...] = (),
    ) -> None:
        """Have it become `command` (from `packed`), writing to `output`, with `environ` added to its environment.

        Where `output` is a `terminal`, it becomes the command's own, which reads from it too. `restraints` are those
        of `gatekeeper.adapters.guard.limits.restraints`, or empty. Raises `OSError` where it is dead already.
        """
        wire.send(self._line, wire.SPAWN, (command, environ, terminal, restraints), (output,))

    def troubles(self) -> dict[bytes, int]:
        """What it told, by stage, before its exec failed. To be asked after it ended."""
        found: dict[bytes, int] = {}
        self._line.setblocking(False)
        try:
            while told := self._line.recv(_TROUBLE.size):
                stage, number = _TROUBLE.unpack(told)
                found[stage] = number
        except OSError:
            pass
        return found

    def close(self) -> None:
        """Let go of it; one that still waits for its command ends."""
        self._line.close()


def prepare(not_for_it: socket.socket, leaf: str, join_after_s: float) -> Prepared:
    """Fork a process that waits, in a session and a leaf of its own, for its command. Raises `OSError`.

    It joins `leaf` (which may be empty) once it has waited for `join_after_s` seconds, and before its command in any
    case. `not_for_it` is the guardian's line to the orchestrator: held here too, it would hide the guardian's death.
    """
    ours, theirs = wire.pair()
    try:
        pid = os.fork()
    except OSError:
        ours.close()
        theirs.close()
        raise
    if pid == 0:
        try:
            not_for_it.close()
            ours.close()
            _wait_and_become(theirs, leaf, join_after_s)
        finally:
            os._exit(127)
    theirs.close()
    return Prepared(pid, ours)


def packed(argv: tuple[str, ...], cwd: str, environ: tuple[tuple[str, str], ...]) -> bytes:
    """A command as `Prepared.start` takes it."""
    return marshal.dumps((argv, cwd, environ))


def _wait_and_become(line: socket.socket, leaf: str, join_after_s: float) -> None:
    os.setsid()
    signal.set_wakeup_fd(-1)
    # Not by `signal.signal`: its enums touch thirty pages more, and each that a new process touches is copied first.
    for number in _RESTORED:
        _signal.signal(number, _signal.SIG_DFL)
    in_leaf = leaf != "" and _join(line, leaf, join_after_s)
    message = wire.receive(line)
    if message is None:
        return
    command, added, terminal, restraints = message.content
    if restraints:
        from gatekeeper.adapters.guard.limits.restraints import take_on

        try:
            take_on(restraints, in_leaf=in_leaf)  # type: ignore[arg-type]  # made by our own process
        except OSError as refused:
            line.send(_TROUBLE.pack(_RESTRAINT, refused.errno or 0))
            return
    argv, cwd, pairs = marshal.loads(command)  # type: ignore[arg-type]  # noqa: S302 - written by our own process
    environ = dict(pairs) | dict(added)  # type: ignore[call-overload]  # written by our own process
    (output,) = message.descriptors
    if terminal:
        try:
            _take_terminal(output)
        except OSError as refused:
            line.send(_TROUBLE.pack(_TERMINAL, refused.errno or 0))
            return
    os.dup2(output, 1)
    os.dup2(output, 2)
    try:
        os.chdir(cwd)
    except (OSError, ValueError) as refused:
        line.send(_TROUBLE.pack(_FOLDER, getattr(refused, "errno", None) or errno.ENOENT))
        return
    try:
        failed = become(argv, environ)
    except (ValueError, IndexError):
        line.send(_TROUBLE.pack(_VALUE, 0))
    else:
        line.send(_TROUBLE.pack(_EXEC, failed))


def _join(line: socket.socket, leaf: str, after_s: float) -> bool:
    poller = select.poll()
    poller.register(line, select.POLLIN)
    for _, events in poller.poll(after_s * 1000):
        if events & select.POLLHUP:
            return False
    try:
        cgroup.join(leaf)
    except OSError as refused:
        line.send(_TROUBLE.pack(_NOT_JOINED, refused.errno or 0))
        return False
    return True


def _take_terminal(output: int) -> None:
    import fcntl
    import termios

    fcntl.ioctl(output, termios.TIOCSCTTY, 0)
    os.dup2(output, 0)


def joined(troubles: dict[bytes, int]) -> bool:
    """Whether the leader got into its leaf, as far as it told."""
    return _NOT_JOINED not in troubles


def reason(troubles: dict[bytes, int], name: str, cwd: str) -> str:
    """Why the command `name` never ran, as ``reason words``, or empty where it did run."""
    if _VALUE in troubles:
        return "bad-value the command or its environment holds a NUL character or an empty name"
    if _RESTRAINT in troubles:
        return f"no-resources {name}: its limits could not be set: {os.strerror(troubles[_RESTRAINT])}"
    if _TERMINAL in troubles:
        return f"no-resources no terminal could be had: {os.strerror(troubles[_TERMINAL])}"
    if _FOLDER in troubles:
        return f"no-such-folder {cwd}: {os.strerror(troubles[_FOLDER])}"
    if _EXEC not in troubles:
        return ""
    found = troubles[_EXEC]
    if found == -errno.ENOENT:
        return f"command-not-found {name} is there, but the interpreter that its first line names is not"
    if found == errno.E2BIG:
        return f"bad-value {name}: the arguments and the environment together are larger than the system allows"
    if found in _REFUSED:
        return f"not-executable {name}: {os.strerror(found)}"
    if found in _MACHINE:
        return f"no-resources {name}: {os.strerror(found)}"
    return f"command-not-found {name}: {os.strerror(found)}"
