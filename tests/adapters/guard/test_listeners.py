"""Which sockets listen: as the kernel tells when it is asked, and as /proc has it where it is not to be asked."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterator

import pytest

from gatekeeper.adapters.guard.system import netlink, procfs

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the full guard is Linux only")


@pytest.fixture(params=["127.0.0.1", "::1"])
def server(request: pytest.FixtureRequest) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in request.param else socket.AF_INET
    try:
        made = socket.create_server((request.param, 0), family=family)
    except OSError as refused:
        pytest.skip(f"no {request.param} here: {refused}")
    with made:
        yield made


def inode(one: socket.socket) -> int:
    return os.fstat(one.fileno()).st_ino


@pytest.mark.parametrize("ask", [netlink.listening, procfs.listeners])
def test_server_is_found_under_its_inode(server: socket.socket, ask: Callable[[], dict[int, int]]) -> None:
    """A listening socket is told with its port, whichever way it is asked for."""
    assert ask()[inode(server)] == server.getsockname()[1]


def test_connection_is_no_listener(server: socket.socket) -> None:
    """Both ends of a connection have a port, and neither of them listens."""
    with socket.create_connection(server.getsockname()[:2]) as client, server.accept()[0] as accepted:
        found = netlink.listening()
        assert inode(server) in found
        assert not {inode(client), inode(accepted)} & found.keys()


def test_kernel_that_does_not_tell(server: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the kernel does not answer what it is asked, /proc is read instead."""
    monkeypatch.setattr(netlink, "_TCPDIAG_GETSOCK", 9999)
    assert netlink.TcpTable()._dump(1 << netlink.LISTEN) is None
    assert netlink.listening()[inode(server)] == server.getsockname()[1]
