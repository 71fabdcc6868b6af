"""Owns asking the kernel for its TCP sockets. Knows no process.

Through netlink, because /proc/net/tcp walks the whole table of connections, which takes milliseconds on an idle machine
with much memory, while the listening sockets alone cost microseconds this way. That file is the fallback.
"""

from __future__ import annotations

import socket
import struct

from gatekeeper.adapters.guard.system import procfs

ESTABLISHED, SYN_SENT, LISTEN = 1, 2, 10

_SOCK_DIAG = 4
_TCPDIAG_GETSOCK = 18
_REQUEST_DUMP = 0x301
_ERROR, _DONE = 2, 3
_HEADER = struct.Struct("=IHHII")
_QUESTION = struct.Struct("=BBBB48xII")
_ANSWER = struct.Struct("=BB2x2s2s16s16s28xI")
_LONGEST_LIST = 1 << 16
_ALL = 0xFFF
_WITHIN_S = 1.0


class Socket:
    """One TCP socket: its inode, its state, and the addresses of both ends as ``127.0.0.1:80`` or ``[::1]:80``."""

    __slots__ = ("inode", "local", "port", "remote", "state")

    def __init__(self, inode: int, state: int, port: int, local: str, remote: str) -> None:
        self.inode = inode
        self.state = state
        self.port = port
        self.local = local
        self.remote = remote


class TcpTable:
    """Asks over one netlink socket, opened when it is first needed and kept; or reads /proc where that is refused."""

    __slots__ = ("_channel", "_refused")

    def __init__(self) -> None:
        self._channel: socket.socket | None = None
        self._refused = False

    def listening(self) -> dict[int, int]:
        """The inode of every listening socket, with its port."""
        answers = self._dump(1 << LISTEN)
        if answers is None:
            return procfs.listeners()
        return {answer[6]: int.from_bytes(answer[2], "big") for answer in answers}

    def sockets(self) -> dict[int, Socket]:
        """Every socket that is in use, by its inode."""
        answers = self._dump(_ALL)
        found = _from_files() if answers is None else map(_socket, answers)
        return {one.inode: one for one in found if one.inode}

    def close(self) -> None:
        """Let go of the netlink socket."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def _dump(self, states: int) -> list[tuple[int, int, bytes, bytes, bytes, bytes, int]] | None:
        if self._refused:
            return None
        try:
            if self._channel is None:
                self._channel = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _SOCK_DIAG)
                self._channel.settimeout(_WITHIN_S)
            return _asked(self._channel, states)
        except (OSError, struct.error):
            # A sandbox may have no such protocol; half an answer must not be taken for the next one's beginning.
            self._refused = True
            self.close()
            return None


def listening() -> dict[int, int]:
    """The inode of every listening socket, with its port; for who asks once."""
    table = TcpTable()
    try:
        return table.listening()
    finally:
        table.close()


def _asked(channel: socket.socket, states: int) -> list[tuple[int, int, bytes, bytes, bytes, bytes, int]]:
    header = _HEADER.pack(_HEADER.size + _QUESTION.size, _TCPDIAG_GETSOCK, _REQUEST_DUMP, 1, 0)
    channel.send(header + _QUESTION.pack(0, 0, 0, 0, states, 0))
    found: list[tuple[int, int, bytes, bytes, bytes, bytes, int]] = []
    # The answer is read to its end, whatever its length: what is left would be taken for the next one.
    while True:
        data = channel.recv(1 << 16)
        at = 0
        while at + _HEADER.size <= len(data):
            length, kind, _, _, _ = _HEADER.unpack_from(data, at)
            if kind == _DONE:
                return found
            if kind == _ERROR or length < _HEADER.size + _ANSWER.size:
                raise OSError("the kernel does not tell its sockets")
            if len(found) < _LONGEST_LIST:
                found.append(_ANSWER.unpack_from(data, at + _HEADER.size))
            at += (length + 3) & ~3


def _socket(answer: tuple[int, int, bytes, bytes, bytes, bytes, int]) -> Socket:
    family, state, near, far, local, remote, inode = answer
    port = int.from_bytes(near, "big")
    return Socket(
        inode, state, port, _address(family, local, port), _address(family, remote, int.from_bytes(far, "big"))
    )


def _address(family: int, raw: bytes, port: int) -> str:
    if family == socket.AF_INET:
        return f"{socket.inet_ntop(socket.AF_INET, raw[:4])}:{port}"
    text = socket.inet_ntop(socket.AF_INET6, raw)
    # One of the old protocol that was opened through the new one.
    return f"{text[7:]}:{port}" if text.startswith("::ffff:") and "." in text else f"[{text}]:{port}"


def _from_files() -> list[Socket]:
    found = []
    for family, table in ((socket.AF_INET, "tcp"), (socket.AF_INET6, "tcp6")):
        for line in procfs.read(f"/proc/net/{table}").splitlines()[1:]:
            fields = line.split()
            if len(fields) > 9:
                (local, near), (remote, far) = _end(fields[1]), _end(fields[2])
                ends = (_address(family, local, near), _address(family, remote, far))
                found.append(Socket(int(fields[9]), int(fields[3], 16), near, *ends))
    return found


def _end(field: bytes) -> tuple[bytes, int]:
    # Words of four bytes, each in the byte order of the machine.
    digits, _, port = field.partition(b":")
    words = [digits[at : at + 8] for at in range(0, len(digits), 8)]
    return b"".join(struct.pack("=I", int(word, 16)) for word in words), int(port, 16)
