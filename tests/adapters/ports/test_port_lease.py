"""Ports as a run gets them: free when taken, held until their user starts, and never one for two runs."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from gatekeeper.adapters.ports.lease import PortLease, PortTaken
from gatekeeper.model.errors import EnvironmentFault
from tests.adapters.ports.conftest import EVERYWHERE, LISTEN, TAKE_AUTO, TRY, Neighbour, left_behind


@pytest.mark.parametrize(("family", "address"), EVERYWHERE)
def test_nobody_can_bind_a_held_port(family: socket.AddressFamily, address: str) -> None:
    """Until its user starts, the port is closed to strangers on every address, also to those who would share it."""
    with PortLease.take("api", "auto") as lease:
        for sharing in (0, 1):
            with closing(socket.socket(family)) as stranger:
                stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, sharing)
                with pytest.raises(OSError, match="in use"):
                    stranger.bind((address, lease.port))


@pytest.mark.parametrize(("family", "address"), EVERYWHERE)
def test_the_ports_user_can_listen_the_moment_it_is_released(family: socket.AddressFamily, address: str) -> None:
    """A service that sets no option at all gets the port at once, on whichever address it wants."""
    with PortLease.take("api", "auto") as lease:
        lease.release_socket()
        with closing(socket.socket(family)) as service:
            service.bind((address, lease.port))
            service.listen()
            lease.release_socket()


def test_a_held_port_answers_nobody() -> None:
    """A check that waits for the service must not take the lease for it."""
    with PortLease.take("api", "auto") as lease, pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", lease.port), timeout=40)


def test_free_ports_lie_beside_those_of_outgoing_connections() -> None:
    """Where the machine leaves room for it, no outgoing connection can get the port before its user."""
    low, high = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    if low <= 20_500 and high >= 65_000:
        pytest.skip("this machine gives all ports to outgoing connections")
    with PortLease.take("api", "auto") as lease:
        assert not low <= lease.port <= high


def test_two_runs_never_get_the_same_port(neighbour: Callable[..., Neighbour]) -> None:
    """A port that another run has released to a service which is not up yet is not free."""
    port = neighbour(TAKE_AUTO).said
    with closing(socket.socket()) as anybody:
        anybody.bind(("127.0.0.1", int(port)))
    with pytest.raises(PortTaken) as taken:
        PortLease.take("api", port)
    assert taken.value.holder.startswith("another gatekeeper run (pid ")


def test_the_port_of_a_killed_run_is_free_again(neighbour: Callable[..., Neighbour]) -> None:
    """Nothing has to be cleaned up after a run that was killed."""
    other = neighbour(TAKE_AUTO)
    other.process.kill()
    other.process.wait()
    PortLease.take("api", other.said).close()


def test_the_ports_of_one_run_are_different(neighbour: Callable[..., Neighbour]) -> None:
    """Asking twice gives two; asking for the first by its number is told as a mistake of the definition."""
    with PortLease.take("api", "auto") as api, PortLease.take("web", "auto") as web:
        assert api.port != web.port
        with pytest.raises(PortTaken, match=r"\(ports\.db\) is taken by this run itself, under another name"):
            PortLease.take("db", str(api.port))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")
def test_runs_of_different_users_do_not_share_a_port(neighbour: Callable[..., Neighbour]) -> None:
    """Root's run and an ordinary user's see one another's leases."""
    other = neighbour(TAKE_AUTO)
    answer = neighbour(TRY, other.said, uid=65534).said
    assert answer.startswith(
        f"PortTaken port {other.said} (ports.api) is taken by another gatekeeper run (pid {other.process.pid})"
    )


def test_an_ordinary_user_leases_ports(neighbour: Callable[..., Neighbour]) -> None:
    """Nothing about a lease needs root."""
    assert neighbour(TRY, "auto", uid=65534 if os.geteuid() == 0 else None).said == "taken"


def test_a_port_whose_last_user_just_left_is_free() -> None:
    """Connections that wait to be forgotten keep no server from its port: two runs in a row ask for the same one."""
    port = left_behind(sharing=1)
    with PortLease.take("api", str(port)) as lease:
        lease.release_socket()
        with closing(socket.create_server(("127.0.0.1", port))) as server:
            assert server.getsockname()[1] == port


def test_a_port_that_was_refused_is_not_kept(neighbour: Callable[..., Neighbour]) -> None:
    """Once its holder is gone, the same run can have it."""
    other = neighbour(LISTEN, "127.0.0.1")
    with pytest.raises(PortTaken):
        PortLease.take("api", other.said)
    other.process.kill()
    other.process.wait()
    PortLease.take("api", other.said).close()


def test_a_lease_that_is_closed_is_free() -> None:
    """Closing gives back both halves, as often as one likes."""
    lease = PortLease.take("api", "auto")
    lease.close()
    lease.close()
    PortLease.take("api", str(lease.port)).close()


def test_a_service_inherits_nothing_of_the_lease() -> None:
    """What a step starts holds no descriptor that keeps the port after the run."""
    with PortLease.take("api", "auto") as lease:
        listing = subprocess.run(
            ("ls", "-l", "/proc/self/fd"), check=True, close_fds=False, capture_output=True, text=True
        )
        assert "socket:" not in listing.stdout
    assert lease.port


def test_a_privileged_port_is_leased_without_being_held(neighbour: Callable[..., Neighbour]) -> None:
    """The service may have the right to it that the run has not."""
    start = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
    if start.exists() and int(start.read_text()) < 8:
        pytest.skip("no port is privileged on this machine")
    assert neighbour(TRY, "7", uid=65534 if os.geteuid() == 0 else None).said == "taken"


@pytest.mark.parametrize("wanted", ["", "Auto", "0", "65536", "-1", "+80", "080", "80 ", "8_0", "٨٠", "http", "1e3"])
def test_what_is_no_port_is_refused_with_its_name(wanted: str) -> None:
    """The text tells which port of the definition it is, what was found, and what to write."""
    with pytest.raises(EnvironmentFault) as refused:
        PortLease.take("api", wanted)
    assert str(refused.value) == f"ports.api: {wanted!r} is no port; write auto, or a number from 1 to 65535"


def test_leasing_costs_few_imports() -> None:
    """Start-up: a lease needs sockets, and nothing that asyncio does not bring anyway."""
    script = (
        "import sys; from gatekeeper.adapters.ports.lease import PortLease; PortLease.take('api', 'auto'); "
        "heavy = {'subprocess', 'pathlib', 'tempfile', 'shutil', 'hashlib', 'random', 'psutil'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    subprocess.run((sys.executable, "-S", "-c", script), check=True, cwd=Path(__file__).parents[3])
