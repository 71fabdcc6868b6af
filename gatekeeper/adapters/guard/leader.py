"""Owns the birth of a step's first process: between fork and exec. Knows nothing of what becomes of it."""

from __future__ import annotations

import errno
import os
import signal
import struct

IGNORED_BY_GUARDIANS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE)
_RESTORED = (*IGNORED_BY_GUARDIANS, signal.SIGCHLD, signal.SIGXFSZ)

_TROUBLE = struct.Struct("ci")
_NOT_JOINED = b"g"
_FOLDER = b"f"
_EXEC = b"x"
_VALUE = b"v"

_MACHINE = frozenset(
    {errno.ENOMEM, errno.EAGAIN, errno.EMFILE, errno.ENFILE, errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS}
)
_REFUSED = frozenset({errno.EACCES, errno.EPERM, errno.ENOEXEC, errno.ETXTBSY, errno.EISDIR})


class Birth:
    """A leader that was forked, and the pipe on which it tells what went wrong before its exec."""

    __slots__ = ("_trouble", "pid")

    def __init__(self, pid: int, trouble: int) -> None:
        self.pid = pid
        self._trouble = trouble

    def troubles(self) -> dict[bytes, int]:
        """What the leader told, by stage. To be asked once, after it ended."""
        try:
            told = os.read(self._trouble, 4096)
        except BlockingIOError:
            told = b""
        os.close(self._trouble)
        whole = len(told) - len(told) % _TROUBLE.size
        return dict(_TROUBLE.iter_unpack(told[:whole]))


def spawn(argv: tuple[str, ...], cwd: str, environ: dict[str, str], output: int, procs: int) -> Birth:
    """Fork a process that becomes `argv` in a session of its own. `procs` is a leaf's cgroup.procs, or -1.

    Raises:
        OSError: no process could be made.
    """
    trouble, told = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        pid = os.fork()
    except OSError:
        os.close(trouble)
        os.close(told)
        raise
    if pid == 0:
        try:
            _become(argv, cwd, environ, output, procs, told)
        finally:
            os._exit(127)
    os.close(told)
    return Birth(pid, trouble)


def _become(argv: tuple[str, ...], cwd: str, environ: dict[str, str], output: int, procs: int, told: int) -> None:
    os.setsid()
    if procs >= 0:
        try:
            os.write(procs, b"0")
        except OSError as refused:
            os.write(told, _TROUBLE.pack(_NOT_JOINED, refused.errno or 0))
    signal.set_wakeup_fd(-1)
    for number in _RESTORED:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    os.dup2(output, 1)
    os.dup2(output, 2)
    try:
        os.chdir(cwd)
    except (OSError, ValueError) as refused:
        os.write(told, _TROUBLE.pack(_FOLDER, getattr(refused, "errno", None) or errno.ENOENT))
        return
    try:
        failed = _exec(argv, environ)
    except (ValueError, IndexError):
        os.write(told, _TROUBLE.pack(_VALUE, 0))
    else:
        os.write(told, _TROUBLE.pack(_EXEC, failed))


def _exec(argv: tuple[str, ...], environ: dict[str, str]) -> int:
    name = argv[0]
    if "/" in name:
        places = [name]
    elif not name:
        return errno.ENOENT
    else:
        places = [f"{folder or '.'}/{name}" for folder in environ.get("PATH", os.defpath).split(":")]
    worst = errno.ENOENT
    for place in places:
        if not os.access(place, os.F_OK):
            continue
        try:
            os.execve(place, argv, environ)  # noqa: S606 - running what the definition says is the whole purpose
        except OSError as refused:
            found = refused.errno or errno.EIO
            # As in execvp(3): a file that may not be executed does not hide one that may, further down the path.
            if found in (errno.ENOENT, errno.ENOTDIR):
                worst = -errno.ENOENT if "/" in name or worst == errno.ENOENT else worst
            elif found == errno.EACCES:
                worst = found
            else:
                return found
    return worst


def joined(troubles: dict[bytes, int]) -> bool:
    """Whether the leader got into its leaf, as far as it told."""
    return _NOT_JOINED not in troubles


def reason(troubles: dict[bytes, int], argv: tuple[str, ...], cwd: str) -> str:
    """Why the command never ran, as ``reason words``, or empty where it did run."""
    name = argv[0] if argv else ""
    if _VALUE in troubles:
        return "bad-value the command or its environment holds a NUL character or an empty name"
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
