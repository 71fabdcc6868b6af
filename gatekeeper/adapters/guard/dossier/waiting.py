"""Owns what one process waits for: from the system call that it is in to what lies behind it. Signals nobody.

Reads the arguments of the call in the memory of the process where the kernel allows that, and goes without where not.
"""

from __future__ import annotations

import os
import struct

from gatekeeper.adapters.guard.system import netlink, procfs
from gatekeeper.adapters.guard.system.syscalls import Call

_READS = frozenset({"read", "readv", "pread64", "recvfrom", "recvmsg", "recvmmsg", "msgrcv"})
_WRITES = frozenset({"write", "writev", "sendto", "sendmsg"})
_OPENS = frozenset({"open", "openat", "openat2"})
_LOCKS = frozenset({"futex", "futex_wait", "futex_waitv", "semop", "semtimedop"})
_SLEEPS = frozenset({"nanosleep", "clock_nanosleep"})
_SIGNALS = frozenset({"pause", "rt_sigsuspend", "rt_sigtimedwait"})
_SET_AND_WAIT = frozenset({7, 38})  # F_SETLKW, F_OFD_SETLKW
_P_PID, _P_PIDFD = 1, 3
_POLLED = struct.Struct("=ihh")
_POLLIN = 1
_MOST_POLLED = 64
_TERMINALS = ("/dev/pts/", "/dev/tty", "/dev/console")
# Of many things that one call waits for, the one that says most.
_TELLING = ("connect", "input", "child", "accept", "read", "write")


class Wait:
    """What is waited for, in the words of `Sight`."""

    __slots__ = ("peer", "target", "waits")

    def __init__(self, waits: str = "", target: str = "", peer: int = 0) -> None:
        self.waits = waits
        self.target = target
        self.peer = peer


class Surroundings:
    """What the waits of one look share: the processes of the step, their pipes, and the machine's sockets."""

    def __init__(self, parents: dict[int, int]) -> None:
        self._parents = parents
        self._descriptors: dict[int, dict[int, str]] = {}
        self._sockets: dict[int, netlink.Socket] | None = None

    def descriptors(self, pid: int) -> dict[int, str]:
        """What a process has open; looked at once."""
        if pid not in self._descriptors:
            self._descriptors[pid] = procfs.descriptors(pid)
        return self._descriptors[pid]

    def sockets_of(self, pid: int) -> list[netlink.Socket]:
        """The TCP sockets of a process."""
        found = (self.socket(name) for name in set(self.descriptors(pid).values()))
        return [one for one in found if one is not None]

    def socket(self, name: str) -> netlink.Socket | None:
        """The TCP socket that is called ``socket:[inode]``."""
        if not name.startswith("socket:["):
            return None
        if self._sockets is None:
            table = netlink.TcpTable()
            self._sockets = table.sockets()
            table.close()
        return self._sockets.get(int(name[8:-1]))

    def youngest_child(self, pid: int) -> int:
        """The child that a process has started last, or 0."""
        return next((child for child in reversed(self._parents) if self._parents[child] == pid), 0)

    def at_other_end(self, pid: int, name: str, *, writing: bool) -> int:
        """Another process of the step that has a pipe open for writing (or reading), or 0."""
        for other in self._parents:
            for number, held in self.descriptors(other).items():
                if held == name and other != pid and _is_open_for(other, number, writing=writing):
                    return other
        return 0


def wait_of(pid: int, call: Call, around: Surroundings) -> Wait:
    """What a process in this call waits for."""
    name, arguments = call.name, call.arguments
    if name == "wait4":
        wanted = _signed(arguments[0]) if arguments else -1
        return Wait("child", peer=wanted if wanted > 0 else around.youngest_child(pid))
    if name == "waitid":
        return Wait("child", peer=_waited_for(pid, arguments, around))
    if name in _SLEEPS:
        return Wait("sleep")
    if name in _LOCKS:
        return Wait("lock")
    if name in _SIGNALS:
        return Wait("signal")
    if name in _OPENS:
        return Wait("open", _path(pid, arguments[0 if name == "open" else 1]) if arguments else "a FIFO")
    if name == "flock" or (name == "fcntl" and (not arguments or arguments[1] in _SET_AND_WAIT)):
        return Wait("file-lock", around.descriptors(pid).get(arguments[0], "") if arguments else "")
    if name in _READS or name in _WRITES or name in ("connect", "accept", "accept4"):
        return _on_one(pid, name, arguments, around)
    return _on_many(pid, name, arguments, around)


def _on_one(pid: int, name: str, arguments: tuple[int, ...], around: Surroundings) -> Wait:
    direction = "write" if name in _WRITES else "read"
    if not arguments:
        return Wait({"connect": "connect", "accept": "accept"}.get(name, direction))
    number = arguments[0] & 0xFFFFFFFF
    found = _behind(pid, around.descriptors(pid).get(number, ""), around, writing=direction == "write")
    if name == "connect":
        return Wait("connect", found.target)
    if name.startswith("accept"):
        return Wait("accept", found.target)
    target = f"its standard input, {found.target}" if number == 0 and direction == "read" else found.target
    return Wait(found.waits or direction, target if found.waits != "input" else found.target, found.peer)


def _on_many(pid: int, name: str, arguments: tuple[int, ...], around: Surroundings) -> Wait:
    """The most telling of all that a call like poll(2) waits for."""
    if name not in ("poll", "ppoll", "select", "pselect6") and not name.startswith("epoll"):
        return Wait()
    numbers = _waited_on(pid, name, arguments) if arguments else []
    if arguments and not numbers and name in ("poll", "ppoll", "select", "pselect6") and not arguments[0]:
        # Waiting for nothing at all is how some sleep.
        return Wait("sleep")
    held = around.descriptors(pid)
    found = [
        one
        for number, reading in numbers
        if (one := _behind(pid, held.get(number, ""), around, writing=not reading)).waits
        # What it holds both ends of wakes up its own threads.
        and not (held.get(number, "").startswith("pipe:") and not one.peer)
    ]
    found.sort(key=lambda one: _TELLING.index(one.waits))
    return found[0] if found else Wait("events")


def _waited_on(pid: int, name: str, arguments: tuple[int, ...]) -> list[tuple[int, bool]]:
    """The descriptors, each with whether it is to become readable."""
    if name in ("poll", "ppoll"):
        count = min(arguments[1], _MOST_POLLED)
        data = _memory(pid, arguments[0], count * _POLLED.size)
        asked = [_POLLED.unpack_from(data, at * _POLLED.size) for at in range(len(data) // _POLLED.size)]
        return [(number, bool(events & _POLLIN)) for number, events, _ in asked if number >= 0]
    if name in ("select", "pselect6"):
        highest = min(arguments[0], 1024)
        found = []
        for place, reading in ((1, True), (2, False)):
            bits = int.from_bytes(_memory(pid, arguments[place], (highest + 63) // 64 * 8), "little")
            found += [(number, reading) for number in range(highest) if bits >> number & 1]
        return found
    lines = procfs.read(f"/proc/{pid}/fdinfo/{arguments[0]}").splitlines()
    fields = [line.split() for line in lines if line.startswith(b"tfd:")]
    return [(int(one[1]), bool(int(one[3], 16) & _POLLIN)) for one in fields if len(one) > 3]


def _behind(pid: int, name: str, around: Surroundings, *, writing: bool) -> Wait:
    """What lies behind a descriptor that is waited on, by its name in /proc/PID/fd."""
    direction = "write" if writing else "read"
    if name.startswith(_TERMINALS):
        return Wait("write" if writing else "input", name)
    if name.startswith("pipe:"):
        peer = around.at_other_end(pid, name, writing=not writing)
        return Wait(direction, "a pipe", peer)
    if name.startswith("anon_inode:[pidfd"):
        return Wait("child", peer=_of_pidfd(pid, name, around))
    if name.startswith("socket:"):
        socket = around.socket(name)
        if socket is None:
            return Wait("", "a socket")
        if socket.state == netlink.SYN_SENT:
            return Wait("connect", socket.remote)
        if socket.state == netlink.LISTEN:
            return Wait("accept", f"port {socket.port}")
        return Wait(direction, socket.remote)
    if name.startswith("/") and not name.startswith("/dev/"):
        peer = around.at_other_end(pid, name, writing=not writing) if _is_fifo(name) else 0
        return Wait(direction, name, peer)
    return Wait("", name)


def _waited_for(pid: int, arguments: tuple[int, ...], around: Surroundings) -> int:
    if arguments and arguments[0] == _P_PID:
        return arguments[1]
    if arguments and arguments[0] == _P_PIDFD:
        return _pid_in(pid, arguments[1])
    return around.youngest_child(pid)


def _of_pidfd(pid: int, name: str, around: Surroundings) -> int:
    return next((_pid_in(pid, number) for number, held in around.descriptors(pid).items() if held == name), 0)


def _pid_in(pid: int, number: int) -> int:
    for line in procfs.read(f"/proc/{pid}/fdinfo/{number}").splitlines():
        if line.startswith(b"Pid:"):
            return max(0, int(line.split()[1]))
    return 0


def _is_open_for(pid: int, number: int, *, writing: bool) -> bool:
    for line in procfs.read(f"/proc/{pid}/fdinfo/{number}").splitlines():
        if line.startswith(b"flags:"):
            mode = int(line.split()[1], 8) & os.O_ACCMODE
            return mode == os.O_RDWR or (mode == os.O_WRONLY) is writing
    return False


def _is_fifo(path: str) -> bool:
    import stat

    try:
        return stat.S_ISFIFO(os.stat(path).st_mode)
    except OSError:
        return False


def _path(pid: int, address: int) -> str:
    text = _memory(pid, address, 256).partition(b"\0")[0].decode(errors="replace")
    return text or "a FIFO"


def _memory(pid: int, address: int, length: int) -> bytes:
    if not address or not length:
        return b""
    try:
        descriptor = os.open(f"/proc/{pid}/mem", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.pread(descriptor, length, address)
    except (OSError, OverflowError):
        return b""
    finally:
        os.close(descriptor)


def _signed(value: int) -> int:
    value &= 0xFFFFFFFF
    return value - (1 << 32) if value >> 31 else value
