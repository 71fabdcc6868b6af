"""Owns a real web address on this machine that answers as it is told to: with a status, late, not at all, or half."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import pytest

TOKEN = "T0KEN-1234567890"
HANG, HANG_AFTER_HEADERS, CLOSE = -1, -2, -3
PATIENCE_S = 40.0


class Asked(NamedTuple):
    """One request, as it arrived."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


class Endpoint:
    """Answers with each of `answers` once, and then with the last of them for ever; `more` are headers of answers."""

    def __init__(self) -> None:
        self.answers = [204]
        self.more: dict[str, str] = {}
        self.asked: list[Asked] = []
        self.arrived = threading.Semaphore(0)
        self.leave = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.address = f"127.0.0.1:{self.server.server_port}"
        self.url = f"http://{self.address}/services/{TOKEN}"

    @property
    def headlines(self) -> list[str]:
        """What was told, in order."""
        return [one.body["headline"] for one in self.asked]

    def wait(self) -> None:
        """Wait until it was asked once more."""
        assert self.arrived.acquire(timeout=PATIENCE_S), "it was not asked"


def _handler(endpoint: Endpoint) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = endpoint.answers.pop(0) if len(endpoint.answers) > 1 else endpoint.answers[0]
            headers = {key.lower(): value for key, value in self.headers.items()}
            endpoint.asked.append(Asked(self.path, headers, body))
            endpoint.arrived.release()
            if answer == HANG:
                endpoint.leave.wait()
            elif answer != CLOSE:
                self.send_response(200 if answer == HANG_AFTER_HEADERS else answer)
                for key, value in endpoint.more.items():
                    self.send_header(key, value)
                self.send_header("Content-Length", "5" if answer == HANG_AFTER_HEADERS else "0")
                self.end_headers()
                if answer == HANG_AFTER_HEADERS:
                    self.wfile.flush()
                    endpoint.leave.wait()
            self.close_connection = True

        def log_message(self, *args: object) -> None:
            pass

    return Handler


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """An endpoint that is asked directly, whatever proxy this machine has."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    with listening() as endpoint:
        yield endpoint


@contextmanager
def listening() -> Iterator[Endpoint]:
    """An endpoint, for as long as it is wanted."""
    endpoint = Endpoint()
    thread = threading.Thread(target=endpoint.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield endpoint
    finally:
        endpoint.leave.set()
        endpoint.server.shutdown()
        endpoint.server.server_close()
        thread.join()


@contextmanager
def nobody_listens() -> Iterator[str]:
    """The address of a port that is held and that nobody listens on."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{held.getsockname()[1]}"
