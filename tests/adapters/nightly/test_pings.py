"""Telling an address how a run goes: what arrives there, and that no answer of it can hold anybody up."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gatekeeper.adapters.nightly.ping import ping


class Monitor(ThreadingHTTPServer):
    """Notes what it is told, and answers with `status`; `daemon_threads` so that nobody waits for a client."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.told: list[tuple[str, str]] = []
        self.status = 200

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/t0ken"


class Answering(BaseHTTPRequestHandler):
    server: Monitor

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.told.append((self.path, body.decode()))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - it is called that
        pass


@pytest.fixture
def monitor() -> Iterator[Monitor]:
    server = Monitor()
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    serving.start()
    yield server
    server.shutdown()
    serving.join()
    server.server_close()


def test_each_word_has_its_place_and_a_query_stays(monitor: Monitor) -> None:
    assert ping(monitor.address, "start", "nightly: start") == ""
    assert ping(monitor.address + "/?rid=7", "fail", "nightly: red") == ""
    assert ping(monitor.address, "success", "nightly: green") == ""
    assert monitor.told == [
        ("/t0ken/start", "nightly: start"),
        ("/t0ken/fail?rid=7", "nightly: red"),
        ("/t0ken", "nightly: green"),
    ]


@pytest.mark.parametrize("status", [301, 404, 500])
def test_an_answer_that_is_no_yes_is_told_without_the_address(monitor: Monitor, status: int) -> None:
    monitor.status = status
    assert ping(monitor.address, "success", "") == f"it was answered with status {status}"


def test_a_server_that_is_gone_or_no_server_at_all() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert ping(f"http://127.0.0.1:{port}/t0ken", "start", "") == "Connection refused"
    assert ping("ftp://example.test/t0ken", "start", "") == "it is no http or https address"
    assert "t0ken" not in ping("http://[broken/t0ken", "start", "")


def test_a_server_that_never_answers_is_not_waited_for() -> None:
    """It takes the connection, and that is all."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        said = ping(f"http://127.0.0.1:{silent.getsockname()[1]}/", "start", "", within_s=0.05)
    assert said in {"no answer within 0.05 s", "timed out", "TimeoutError"}
