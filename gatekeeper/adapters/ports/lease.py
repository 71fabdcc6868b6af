"""Owns the ports that a run asks for: finds or checks them, holds them, gives them to their user.

Knows no step and no service. A lease has two halves. The bound, silent socket keeps everybody off the port until
its user is about to start. The reservation stays for the whole run, so that no other gatekeeper takes the port for
free while its user is not up yet, or restarts.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from gatekeeper.adapters.ports.holders import holder_of
from gatekeeper.adapters.ports.reservations import Reservation, reserve, reserved_by
from gatekeeper.model.errors import EnvironmentFault

_ATTEMPTS = 500
_ANSWER_WITHIN_S = 0.3


class PortTaken(EnvironmentFault):
    """A port that was asked for by number belongs to somebody else; `holder` says to whom."""

    def __init__(self, port: int, holder: str, name: str = "") -> None:
        self.port = port
        self.holder = holder
        asked = f" (ports.{name})" if name else ""
        super().__init__(
            f"port {port}{asked} is taken by {holder}; end that, ask for another port, or leave the choice to `auto`"
        )


class PortLease:
    """A port that is this run's until `close`. A context manager that closes."""

    def __init__(self, name: str, port: int, held: socket.socket | None, reservation: Reservation) -> None:
        self.name = name
        self.port = port
        self._held = held
        self._reservation = reservation

    @classmethod
    def take(cls, name: str, wanted: str) -> PortLease:
        """A lease for the port called `name` in the definition: a free one for ``auto``, or the one with this number.

        Raises:
            PortTaken: the number belongs to somebody else.
            EnvironmentFault: `wanted` is neither, or no port is free.
        """
        if wanted == "auto":
            return cls._any(name)
        if not (wanted.isascii() and wanted.isdecimal() and str(int(wanted)) == wanted and 0 < int(wanted) < 1 << 16):
            raise EnvironmentFault(f"ports.{name}: {wanted!r} is no port; write auto, or a number from 1 to 65535")
        return cls._numbered(name, int(wanted))

    @classmethod
    def _any(cls, name: str) -> PortLease:
        for candidate in _candidates():
            held = _hold(candidate)
            if held is None:
                continue
            port = int(held.getsockname()[1])
            reservation = reserve(port)
            if reservation is not None:
                return cls(name, port, held, reservation)
            held.close()
        raise EnvironmentFault(f"ports.{name}: no free port was found on this machine in {_ATTEMPTS} attempts")

    @classmethod
    def _numbered(cls, name: str, port: int) -> PortLease:
        reservation = reserve(port)
        if reservation is None:
            raise PortTaken(port, _reserver(port), name)
        try:
            held = _hold(port) or _hold(port, beside_closed=True)
        except PermissionError:
            # A port below 1024: its user may have the right that we have not. It cannot be held, only looked at.
            held = None
        else:
            if held is None:
                reservation.close()
                raise PortTaken(port, holder_of(port), name)
        # Where a container's port is forwarded nothing is bound here, and macOS lets us bind beside one who listens.
        if _answers(port):
            reservation.close()
            if held is not None:
                held.close()
            raise PortTaken(port, holder_of(port), name)
        return cls(name, port, held, reservation)

    def release_socket(self) -> None:
        """Let the port's user bind it now; for other gatekeepers it stays taken. Harmless when done before."""
        if self._held is not None:
            self._held.close()
            self._held = None

    def close(self) -> None:
        """Give the port back altogether. Harmless when done before."""
        self.release_socket()
        self._reservation.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _candidates() -> Iterator[int]:
    """Ports to try, 0 for one of the kernel's choice.

    The kernel gives ports of its ephemeral range to outgoing connections. One of these could get the port between
    `release_socket` and the start of its user, so that ports beside that range are tried first.
    """
    low, high = _ephemeral()
    beside = range(high + 1, 1 << 16) if high < 65_000 else range(20_000, low)
    start = int.from_bytes(os.urandom(4), "big")
    for step in range(_ATTEMPTS):
        yield beside[(start + step) % len(beside)] if step < min(len(beside), _ATTEMPTS - 50) else 0


def _ephemeral() -> tuple[int, int]:
    with contextlib.suppress(OSError, ValueError), open("/proc/sys/net/ipv4/ip_local_port_range", "rb") as setting:
        low, high = map(int, setting.read().split())
        return low, high
    return 32_768, 65_535


def _hold(port: int, *, beside_closed: bool = False) -> socket.socket | None:
    """A socket bound to `port` on all addresses, of IPv4 and IPv6, or None where somebody is on one of them.

    `beside_closed` allows for connections that a former user of the port has left to time out; there is nobody
    behind these. Raises `PermissionError` for a port that this user may not bind.
    """
    for family, address in ((socket.AF_INET6, "::"), (socket.AF_INET, "0.0.0.0")):  # noqa: S104 - it never listens
        try:
            held = socket.socket(family, socket.SOCK_STREAM)
        except OSError:  # no IPv6 here
            continue
        try:
            if family == socket.AF_INET6:
                held.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            if beside_closed:
                held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            held.bind((address, port))
        except OSError as fault:
            held.close()
            if fault.errno == errno.EADDRINUSE:
                return None
            if fault.errno in {errno.EACCES, errno.EPERM}:
                raise PermissionError(fault.errno, fault.strerror) from fault
        else:
            return held
    return None


def _answers(port: int) -> bool:
    for address in ("127.0.0.1", "::1"):
        with contextlib.suppress(OSError):
            socket.create_connection((address, port), timeout=_ANSWER_WITHIN_S).close()
            return True
    return False


def _reserver(port: int) -> str:
    pid = reserved_by(port)
    if pid == os.getpid():
        return "this run itself, under another name"
    return "another gatekeeper run" + (f" (pid {pid})" if pid else "")
