"""Ports as a run gets them: free when taken, held until their user starts, and never one for two runs."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gatekeeper.adapters.ports.holders import holder_of
from gatekeeper.adapters.ports.lease import PortLease, PortTaken
from gatekeeper.adapters.ports.reservations import reserve_by_file
from gatekeeper.model.errors import EnvironmentFault

HAS_IPV6 = Path("/proc/net/if_inet6").exists() and Path("/proc/net/if_inet6").read_text() != ""
EVERYWHERE = [
    (socket.AF_INET, "127.0.0.1"),
    (socket.AF_INET, "0.0.0.0"),
    *([(socket.AF_INET6, "::1"), (socket.AF_INET6, "::")] if HAS_IPV6 else []),
]

_PRELUDE = """
import os, socket, sys
import gatekeeper.adapters.ports.holders, gatekeeper.adapters.ports.lease as lease, pwd
encodings = "x".encode("idna")
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
        socket.create_connection(("127.0.0.1", lease.port), timeout=5)


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


def test_an_ordinary_user_leases_ports(neighbour: Callable[..., Neighbour]) -> None:
    """Nothing about a lease needs root."""
    assert neighbour(TRY, "auto", uid=65534 if os.geteuid() == 0 else None).said == "taken"


def _left_behind(*, sharing: int) -> int:
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


def test_a_port_whose_last_user_just_left_is_free() -> None:
    """Connections that wait to be forgotten keep no server from its port: two runs in a row ask for the same one."""
    port = _left_behind(sharing=1)
    with PortLease.take("api", str(port)) as lease:
        lease.release_socket()
        with closing(socket.create_server(("127.0.0.1", port))) as server:
            assert server.getsockname()[1] == port


def test_a_port_that_its_last_user_left_unusable_says_so() -> None:
    """After a server that does not share, nobody can bind for a minute: nobody has it, and the text tells that."""
    with pytest.raises(PortTaken) as taken:
        PortLease.take("api", str(_left_behind(sharing=0)))
    assert taken.value.holder == "nobody any more, but its last connections take up to a minute to time out"


def test_a_bound_port_on_which_nobody_listens_is_taken_too() -> None:
    """Somebody is about to use it; who, the system does not tell."""
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        with pytest.raises(PortTaken, match="a process that cannot be seen from here"):
            PortLease.take("api", str(other.getsockname()[1]))


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


def test_who_has_a_free_port_cannot_be_said() -> None:
    """Asking for the holder of a free port is no error."""
    with PortLease.take("api", "auto") as lease:
        assert holder_of(lease.port) == "a process that cannot be seen from here"


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


def test_a_reservation_by_file_holds_until_it_is_closed(tmp_path: Path) -> None:
    """Where the kernel has no names to give, a locked file does the same for one user's runs."""
    folder = str(tmp_path / "ports")
    first = reserve_by_file(4000, folder)
    assert first is not None
    assert reserve_by_file(4000, folder) is None
    other = reserve_by_file(4001, folder)
    assert other is not None
    first.close()
    first.close()
    again = reserve_by_file(4000, folder)
    assert again is not None
    again.close()
    other.close()
    assert (tmp_path / "ports").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("kind", ["symlink", "open", "file"])
def test_a_folder_that_others_could_have_made_is_not_written_to(tmp_path: Path, kind: str) -> None:
    """In a shared temporary folder somebody may have been first; the run goes on without the file."""
    folder = tmp_path / "ports"
    target = tmp_path / "target"
    target.mkdir()
    match kind:
        case "symlink":
            folder.symlink_to(target)
        case "open":
            folder.mkdir()
            folder.chmod(0o777)
        case _:
            folder.write_text("")
    reservation = reserve_by_file(4000, str(folder))
    assert reservation is not None
    reservation.close()
    assert list(target.iterdir()) == []
    assert kind == "file" or list(folder.iterdir()) == []


def test_leasing_costs_few_imports() -> None:
    """Start-up: a lease needs sockets, and nothing that asyncio does not bring anyway."""
    script = (
        "import sys; from gatekeeper.adapters.ports.lease import PortLease; PortLease.take('api', 'auto'); "
        "heavy = {'subprocess', 'pathlib', 'tempfile', 'shutil', 'hashlib', 'random', 'psutil'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    subprocess.run((sys.executable, "-S", "-c", script), check=True, cwd=Path(__file__).parents[3])
