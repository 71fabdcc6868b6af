"""Ports that somebody else opens while a step runs are reported by name; those of any guardian are not."""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from gatekeeper.adapters.guard.guard import Guard
from gatekeeper.adapters.guard.leftovers.listening import Listening
from gatekeeper.adapters.guard.system import netlink, procfs
from gatekeeper.model.outcome import Exited, Listener
from tests.adapters.guard.guard_situations import BARE_PYTHON, Guarded, soon

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="sockets are looked up in Linux's tables")

HANDED_OVER = """\
import os, socket, sys
os.mkfifo("orders")
print("up", flush=True)
with open("orders") as orders:
    orders.read()
server = socket.create_server((sys.argv[1], 0), family=socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
with open("port.new", "w") as file:
    file.write(str(server.getsockname()[1]))
os.rename("port.new", "port")
sys.stdin.read()
"""
LISTENS = """\
import os, socket, sys
server = socket.create_server(("127.0.0.1", 0))
with open("port.new", "w") as file:
    file.write(str(server.getsockname()[1]))
os.rename("port.new", "port")
sys.stdin.read() if not sys.argv[1:] else __import__("time").sleep(600)
"""
ASK = "echo work > orders; until [ -e port ]; do sleep 0.01; done"


@pytest.fixture(params=["127.0.0.1", "::1"])
def server(request: pytest.FixtureRequest, run_folder: Path) -> Iterator[int]:
    """A server that ran before the step, and begins to listen when it is asked to; its pid."""
    process = subprocess.Popen(
        [*BARE_PYTHON, "-c", HANDED_OVER, request.param],
        cwd=run_folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == "up\n"
    yield process.pid
    process.stdin.close()
    process.stdout.close()
    process.wait()


@pytest.mark.anyio
async def test_work_that_was_handed_to_a_server(guard: Guard, order: Guarded, run_folder: Path, server: int) -> None:
    """The step ends well; what it made another process do is named, and left alone."""
    end = await guard.run(order("sh", "-c", ASK))
    assert end.outcome == Exited(0)
    assert end.strays == ()
    # Others may be at work on this machine, too.
    (listener,) = [one for one in end.listeners if one.pid == server]
    assert listener.port == int(read(run_folder / "port"))
    # Whatever else stands in its command line may be a secret of somebody else.
    assert listener.argv == (os.path.basename(sys.executable)[:15],)
    assert procfs.start_of(server)
    # From now on it is an old one.
    assert server not in {one.pid for one in (await guard.run(order("true"))).listeners}


@pytest.mark.anyio
async def test_own_strays_are_no_listeners(any_guard: Guard, order: Guarded, run_folder: Path) -> None:
    """A server that the step left behind is a stray with a port, and dead."""
    (run_folder / "server.py").write_text(LISTENS)
    script = f"setsid {shlex.quote(sys.executable)} server.py stay & until [ -e port ]; do sleep 0.01; done"
    end = await any_guard.run(order("sh", "-c", script))
    port = int(read(run_folder / "port"))
    assert port not in {one.port for one in end.listeners}
    (stray,) = end.strays
    assert stray.ports == (port,)
    assert stray.cwd == str(run_folder)


@pytest.mark.anyio
async def test_services_are_no_listeners(guard: Guard, order: Guarded, run_folder: Path) -> None:
    """Neither for the step that starts one, nor for one that runs beside its start."""
    (run_folder / "server.py").write_text(LISTENS)
    start = f"{shlex.quote(sys.executable)} server.py stay & until [ -e port ]; do sleep 0.01; done"
    ends = []

    async def beside() -> None:
        ends.append(await guard.run(order("sh", "-c", "touch began; until [ -e port ]; do sleep 0.01; done")))

    async with anyio.create_task_group() as steps:
        steps.start_soon(beside)
        await soon((run_folder / "began").exists)
        ends.append(await guard.run(order("sh", "-c", start, keep="stack")))
    port = int(read(run_folder / "port"))
    assert port not in {one.port for end in ends for one in end.listeners}
    assert any(end.service for end in ends)
    assert await guard.end_service("stack")


@pytest.mark.anyio
async def test_step_in_parallel_is_not_blamed(guard: Guard, order: Guarded, run_folder: Path) -> None:
    """A server of another step that is still running belongs to that step, also when it is orphaned and alone."""
    (run_folder / "server.py").write_text(LISTENS)
    serve = f"setsid {shlex.quote(sys.executable)} server.py stay & until [ -e done ]; do sleep 0.01; done"
    ends = {}

    async def one(name: str, script: str) -> None:
        ends[name] = await guard.run(order("sh", "-c", script))
        (run_folder / "done").touch()

    async with anyio.create_task_group() as steps:
        steps.start_soon(one, "looks", "touch began; until [ -e port ]; do sleep 0.01; done")
        await soon((run_folder / "began").exists)
        steps.start_soon(one, "serves", serve)
    assert int(read(run_folder / "port")) not in {one.port for one in ends["looks"].listeners}
    assert len(ends["serves"].strays) == 1


def test_holder_that_cannot_be_seen_has_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another user's server is told by its port alone."""
    listening = Listening()
    listening.begin()
    monkeypatch.setattr("gatekeeper.adapters.guard.system.procfs.descriptors", lambda _: {})
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = [Listener(*one) for one in listening.new()]
        assert Listener(server.getsockname()[1]) in found
    listening._table.close()


def test_the_kernel_and_its_files_tell_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where netlink is refused, /proc says as much, only slower."""
    with (
        socket.create_server(("127.0.0.1", 0)) as four,
        socket.create_server(("::1", 0), family=socket.AF_INET6) as six,
    ):
        client = socket.create_connection(four.getsockname())
        asked, refused = netlink.TcpTable(), netlink.TcpTable()
        by_netlink = {one.inode: (one.state, one.port, one.local, one.remote) for one in asked.sockets().values()}
        monkeypatch.setattr("gatekeeper.adapters.guard.system.netlink.socket.socket", refuse)
        by_files = {one.inode: (one.state, one.port, one.local, one.remote) for one in refused.sockets().values()}
        monkeypatch.undo()
        for mine in (four, six, client):
            inode = os.fstat(mine.fileno()).st_ino
            assert by_netlink[inode] == by_files[inode]
            assert by_netlink[inode][1] == mine.getsockname()[1]
        assert asked.listening().items() >= {os.fstat(four.fileno()).st_ino: four.getsockname()[1]}.items()
        assert refused.listening().items() >= {os.fstat(six.fileno()).st_ino: six.getsockname()[1]}.items()
        client.close()
        asked.close()


def test_table_answers_again_and_again() -> None:
    """One channel for the whole life of a guardian, also with more sockets than one answer holds."""
    table = netlink.TcpTable()
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(400)]
    wanted = {os.fstat(one.fileno()).st_ino: one.getsockname()[1] for one in servers}
    for _ in range(3):
        assert table.listening().items() >= wanted.items()
    for one in servers:
        one.close()
    assert not table.listening().keys() & wanted.keys()
    table.close()


def refuse(*_: object) -> socket.socket:
    raise PermissionError


def read(path: Path) -> str:
    return path.read_text().strip()
