"""HTTP itself: sockets in, JSON out, one thread and one connection for each request; knows no endpoint."""

from __future__ import annotations

import json
import logging
import sys
import time
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from socketserver import TCPServer
from typing import Protocol
from urllib.parse import urlsplit

from .config import Settings
from .messages import HttpError, Request, Response

log = logging.getLogger(__name__)


class Application(Protocol):
    """What answers requests; it raises HttpError to answer with an error."""

    def respond(self, request: Request) -> Response:
        """Answer one request."""


class Server(ThreadingHTTPServer):
    """Listens from its creation on; `server_close` waits for the requests that are being answered."""

    daemon_threads = False  # a request that was taken is answered, also when the service is told to stop
    request_queue_size = 128

    def __init__(self, settings: Settings, application: Application) -> None:
        self.settings = settings
        self.application = application
        super().__init__((settings.host, settings.port), _Connection)

    def server_bind(self) -> None:
        """Bind without the look-up of our own name, which can take seconds where DNS is slow."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    @property
    def url(self) -> str:
        """Where the server listens, with the real port if 0 was asked for."""
        return f"http://{self.server_name}:{self.server_port}"

    def handle_error(self, request: socket | tuple[bytes, socket], client_address: object) -> None:  # noqa: ARG002
        """Log what went wrong outside of an answer; mostly a client that went away."""
        problem = sys.exception()
        if not isinstance(problem, OSError):
            log.error("connection failed", exc_info=problem)


class _Connection(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "calorie-backend"
    sys_version = ""  # nobody's business
    wbufsize = -1  # head and body leave in one packet
    error_content_type = "application/json"

    def setup(self) -> None:
        super().setup()
        self.connection.settimeout(self.server.settings.client_timeout_seconds)

    def _answer(self) -> None:
        began = time.perf_counter()
        path = urlsplit(self.path).path
        try:
            request = Request(self.command, path, self._read_body(), self.headers.get("Authorization", ""))
            response = self.server.application.respond(request)
        except HttpError as error:
            response = error.response
        except ConnectionError:
            raise  # there is nobody left to answer
        except Exception:
            log.exception("%s %r failed", self.command, path)
            response = HttpError(500, "internal", "something went wrong on our side").response
        self._write(response)
        log.info("%s %r %d %.0f ms", self.command, path, response.status, (time.perf_counter() - began) * 1000)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _answer  # noqa: N815

    def _read_body(self) -> bytes:
        if "Transfer-Encoding" in self.headers:
            raise HttpError(HTTPStatus.LENGTH_REQUIRED, "length_required", "send the body with a Content-Length")
        lengths = self.headers.get_all("Content-Length", ["0"])
        if len(lengths) != 1 or not (lengths[0].isascii() and lengths[0].isdigit() and len(lengths[0]) < 20):
            raise HttpError(HTTPStatus.BAD_REQUEST, "bad_length", "the Content-Length is not a number")
        length, limit = int(lengths[0]), self.server.settings.max_body_bytes
        if length > limit:
            # To close with bytes unread would reset the connection, and the client would never see why.
            with suppress(TimeoutError):
                self.rfile.read(min(length, 16 * limit))
            raise HttpError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", f"the body may have {limit} bytes at most"
            )
        try:
            body = self.rfile.read(length)
        except TimeoutError as error:
            raise HttpError(HTTPStatus.REQUEST_TIMEOUT, "timeout", "the body did not arrive in time") from error
        if len(body) < length:
            raise HttpError(HTTPStatus.BAD_REQUEST, "cut_short", "the body is shorter than its Content-Length")
        return body

    def _write(self, response: Response) -> None:
        body = json.dumps(response.body).encode() + b"\n"
        self.send_response(response.status)
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), **response.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        # One request a connection: nobody who idles can hold up the end of the service.
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what http.server itself refuses, such as a broken request line, in our shape too."""
        self.request_version = self.protocol_version  # what cannot be read counts as HTTP/0.9, which has no head
        status = HTTPStatus(code)
        self._write(HttpError(status, status.name.lower(), message or explain or status.phrase).response)

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Leave the log to `_answer`, which knows the time it took."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name is http.server's)
        log.warning(format, *args)
