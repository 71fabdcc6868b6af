"""A port that is taken: the text names who has it, as far as the system tells."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing

import pytest

from gatekeeper.adapters.ports.holders import holder_of, is_listened_on
from gatekeeper.adapters.ports.lease import PortLease, PortTaken
from tests.adapters.ports.conftest import EVERYWHERE, LISTEN, TRY, Neighbour, left_behind


@pytest.mark.parametrize("address", [address for _, address in EVERYWHERE])
def test_a_taken_port_names_the_process_that_has_it(neighbour: Callable[..., Neighbour], address: str) -> None:
    """Number, process and command line: enough to end it."""
    other = neighbour(LISTEN, address)
    with pytest.raises(PortTaken) as taken:
        PortLease.take("api", other.said)
    assert taken.value.port == int(other.said)
    assert taken.value.holder.startswith(f"pid {other.process.pid} ({sys.executable} -c ")
    assert str(taken.value).endswith("; end that, ask for another port, or leave the choice to `auto`")
    assert "\n" not in str(taken.value)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can listen as another user")
def test_a_port_of_another_user_names_that_user(neighbour: Callable[..., Neighbour]) -> None:
    """An ordinary user cannot see whose descriptor it is, but is told whose process."""
    other = neighbour(LISTEN, "127.0.0.1")
    assert "is taken by a process of another user (root);" in neighbour(TRY, other.said, uid=65534).said


def test_a_port_that_its_last_user_left_unusable_says_so() -> None:
    """After a server that does not share, nobody can bind for a minute: nobody has it, and the text tells that."""
    with pytest.raises(PortTaken) as taken:
        PortLease.take("api", str(left_behind(sharing=0)))
    assert taken.value.holder == "nobody any more, but its last connections take up to a minute to time out"


def test_a_bound_port_on_which_nobody_listens_is_taken_too() -> None:
    """Somebody is about to use it; who, the system does not tell."""
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        with pytest.raises(PortTaken, match="a process that cannot be seen from here"):
            PortLease.take("api", str(other.getsockname()[1]))


def test_who_has_a_free_port_cannot_be_said() -> None:
    """Asking for the holder of a free port is no error."""
    with PortLease.take("api", "auto") as lease:
        assert holder_of(lease.port) == "a process that cannot be seen from here"


def test_a_port_is_listened_on_from_then_on_and_not_where_it_is_only_bound() -> None:
    with closing(socket.socket()) as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        assert not is_listened_on(port)
        server.listen()
        assert is_listened_on(port)


def test_a_port_that_several_processes_share_names_one_and_counts_the_rest() -> None:
    """A pre-forking server is named by its first process."""
    with closing(socket.socket()) as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        child = subprocess.Popen(("cat",), stdin=subprocess.PIPE, pass_fds=(server.fileno(),))
        holder = holder_of(server.getsockname()[1])
        child.communicate()
    first = min(os.getpid(), child.pid)
    assert holder.startswith(f"pid {first} (")
    assert holder.endswith(") and 1 more")
