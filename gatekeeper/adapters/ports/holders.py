"""Owns telling who has a port. Opens no socket; reads what the system says of the others'."""

import contextlib
import os
from collections.abc import Iterator

from gatekeeper.model.record import NamedTuple

_LISTENS = b"0A"
_ARGV_SHOWN = 200


class _Socket(NamedTuple):
    """A line of the kernel's table; `inode` is 0 where no process has the socket any more."""

    inode: int
    uid: int
    state: bytes


def holder_of(port: int) -> str:
    """Who has TCP port `port`, in words for a message: process id and command line where they can be seen."""
    if not os.path.exists("/proc/net/tcp"):
        return _by_psutil(port)
    everything = tuple(_sockets(port))
    # Who listens is who is meant; others are near ends of connections, which keep a port just as well.
    sockets = sorted((each for each in everything if each.inode), key=lambda each: each.state != _LISTENS)
    if not sockets and everything:
        return "nobody any more, but its last connections take up to a minute to time out"
    if not sockets:
        return "a process that cannot be seen from here"
    pids = sorted(_pids(sockets[0].inode))
    if pids:
        others = f" and {len(pids) - 1} more" if len(pids) > 1 else ""
        return f"pid {pids[0]} ({_command(pids[0])}){others}"
    uid = sockets[0].uid
    if uid == os.geteuid():
        return "a process that cannot be seen from here, perhaps in a container"
    return f"a process of another user ({_user(uid)})"


def is_listened_on(port: int) -> bool:
    """Whether somebody listens on TCP port `port`; never where the system does not tell (macOS)."""
    return any(each.state == _LISTENS for each in _sockets(port))


def _sockets(port: int) -> Iterator[_Socket]:
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError), open(table, "rb") as lines:
            next(lines, b"")
            for line in lines:
                fields = line.split()
                if int(fields[1].rpartition(b":")[2], 16) == port:
                    yield _Socket(int(fields[9]), int(fields[7]), fields[3])


def _pids(inode: int) -> Iterator[int]:
    wanted = f"socket:[{inode}]"
    for pid in filter(str.isdecimal, os.listdir("/proc")):
        # Processes end while one looks, and others' descriptors are not ours to see.
        with contextlib.suppress(OSError):
            for descriptor in os.listdir(f"/proc/{pid}/fd"):
                with contextlib.suppress(FileNotFoundError):
                    if os.readlink(f"/proc/{pid}/fd/{descriptor}") == wanted:
                        yield int(pid)
                        break


def _command(pid: int) -> str:
    with contextlib.suppress(OSError), open(f"/proc/{pid}/cmdline", "rb") as text:
        argv = text.read().rstrip(b"\0").replace(b"\0", b" ").decode("utf-8", "backslashreplace")
        shown = "".join(character if character.isprintable() else " " for character in argv)
        return shown[:_ARGV_SHOWN] + ("…" if len(shown) > _ARGV_SHOWN else "")
    return "ended meanwhile"


def _user(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"id {uid}"


def _by_psutil(port: int) -> str:
    import psutil

    # macOS shows an ordinary user the connections of each own process only.
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            for connection in process.net_connections("tcp"):
                # An address may be empty, whatever its type says.
                if tuple(connection.laddr)[1:2] == (port,) and connection.status == psutil.CONN_LISTEN:
                    return f"pid {process.pid} ({' '.join(process.cmdline())[:_ARGV_SHOWN]})"
    return "a process of another user"
