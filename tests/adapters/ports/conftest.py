"""Other processes that have, or want, a port."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

HAS_IPV6 = Path("/proc/net/if_inet6").exists() and Path("/proc/net/if_inet6").read_text() != ""
EVERYWHERE = [
    (socket.AF_INET, "127.0.0.1"),
    (socket.AF_INET, "0.0.0.0"),
    *([(socket.AF_INET6, "::1"), (socket.AF_INET6, "::")] if HAS_IPV6 else []),
]

_PRELUDE = """
import os, socket, sys
import gatekeeper.adapters.ports.holders, gatekeeper.adapters.ports.lease as lease, pwd
"x".encode("idna")  # loaded while this user can still read the standard library, wherever it lies
uid = int(sys.argv[1])
if uid != os.geteuid():
    os.setgroups([]); os.setresgid(uid, uid, uid); os.setresuid(uid, uid, uid)
def say(*words):
    print(*words, flush=True)
"""


class Neighbour:
    """Another process; what it says first is in `said`, and it stays until the test is over."""

    def __init__(self, script: str, *arguments: str, uid: int | None = None) -> None:
        self.process = subprocess.Popen(
            (sys.executable, "-c", _PRELUDE + script, str(os.geteuid() if uid is None else uid), *arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.said = self.process.stdout.readline().strip()


@pytest.fixture
def neighbour() -> Iterator[Callable[..., Neighbour]]:
    started: list[Neighbour] = []

    def start(script: str, *arguments: str, uid: int | None = None) -> Neighbour:
        started.append(Neighbour(script, *arguments, uid=uid))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.communicate()


LISTEN = """
server = socket.socket(socket.AF_INET6 if ":" in sys.argv[2] else socket.AF_INET)
server.bind((sys.argv[2], 0)); server.listen(); say(server.getsockname()[1]); sys.stdin.read()
"""
TAKE_AUTO = "mine = lease.PortLease.take('api', 'auto'); mine.release_socket(); say(mine.port); sys.stdin.read()"
TRY = """
try:
    lease.PortLease.take("api", sys.argv[2]); say("taken")
except Exception as fault:
    say(type(fault).__name__, fault)
"""


def left_behind(*, sharing: int) -> int:
    """A port whose server has just closed a connection and left; the kernel remembers that for a minute."""
    with closing(socket.socket()) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, sharing)
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = int(server.getsockname()[1])
        client = socket.create_connection(("127.0.0.1", port))
        accepted, _ = server.accept()
        accepted.close()
        assert client.recv(1) == b""
        client.close()
    with closing(socket.socket()) as plain, pytest.raises(OSError, match="in use"):
        plain.bind(("127.0.0.1", port))
    return port
