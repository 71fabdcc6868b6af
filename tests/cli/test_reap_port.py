"""`gatekeeper reap --port`: a forgotten server of this project is ended, and nobody else's."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gatekeeper.cli.freeing import free_port

SERVER = """
import signal, socket, sys
if sys.argv[1:] == ["stubborn"]:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
signal.pause()
"""
Serve = Callable[..., tuple[subprocess.Popen[str], int]]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a server in a folder; it is there, and its port is known."""
    started: list[subprocess.Popen[str]] = []

    def start(folder: Path, *words: str, **env: str) -> tuple[subprocess.Popen[str], int]:
        command = [sys.executable, "-c", SERVER, *words]
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True, env=env)
        started.append(process)
        assert process.stdout is not None
        return process, int(process.stdout.readline())

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_a_forgotten_server_of_the_project_is_ended(serve: Serve, tmp_path: Path) -> None:
    """Also from a folder below; and it is told."""
    below = tmp_path / "backend"
    below.mkdir()
    process, port = serve(below)
    freed = free_port(port, (str(tmp_path),), frozenset())
    assert process.wait(10) is not None
    assert freed.spared == ()
    (told,) = freed.ended
    assert f"ended pid {process.pid}" in told


@pytest.mark.slow
def test_one_that_will_not_go_is_killed(serve: Serve, tmp_path: Path) -> None:
    process, port = serve(tmp_path, "stubborn")
    assert free_port(port, (str(tmp_path),), frozenset()).ended
    assert process.wait(10) is not None


def test_one_of_another_folder_is_left_alone(serve: Serve, tmp_path: Path) -> None:
    """Whoever's it is, it is not this project's; a folder whose name only begins alike is another one."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop-two").mkdir()
    process, port = serve(tmp_path / "shop-two")
    freed = free_port(port, (str(tmp_path / "shop"),), frozenset())
    assert freed.ended == ()
    (told,) = freed.spared
    assert "is left alone: it was not started in" in told
    assert process.poll() is None


def test_a_service_of_a_run_that_goes_on_is_left_alone(serve: Serve, tmp_path: Path) -> None:
    """A step that wants the port of its own run's service is wrong, and has to be told."""
    process, port = serve(tmp_path, GATEKEEPER_RUN="this-run")
    freed = free_port(port, (str(tmp_path),), frozenset({"this-run"}))
    assert freed.ended == ()
    assert "it belongs to the run this-run, which goes on" in freed.spared[0]
    assert process.poll() is None


def test_what_a_run_left_that_is_over_is_ended(serve: Serve, tmp_path: Path) -> None:
    process, port = serve(tmp_path, GATEKEEPER_RUN="a-former-run")
    assert free_port(port, (str(tmp_path),), frozenset({"this-run"})).ended
    assert process.wait(10) is not None
