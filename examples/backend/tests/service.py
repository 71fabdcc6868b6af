"""A real service on a free port for one test, and a client that speaks to it over a real socket."""

from __future__ import annotations

import dataclasses
import http.client
import itertools
import json
import socket
import tempfile
import threading
import unittest
from email.message import Message
from pathlib import Path
from typing import Any

from .subject import api, config, database, migrations, server

PHRASE = "correct horse"

_numbers = itertools.count(1)


@dataclasses.dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: dict[str, Any]
    headers: Message

    @property
    def code(self) -> str:
        """The code of an error."""
        return str(self.body["error"]["code"])


class ServiceTestCase(unittest.TestCase):
    """Starts the service before each test and stops it afterwards."""

    settings: config.Settings
    client_timeout_seconds = 10.0  # nobody is cut off because the machine is busy

    def setUp(self) -> None:
        """Migrate a new database and listen."""
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="calorie tests "))
        self.settings = dataclasses.replace(
            config.load({}),
            port=0,
            database=Path(folder) / "calorie.sqlite3",
            scrypt=config.ScryptCost(n=16, r=1, p=1),  # the real price would be most of the suite's time
            client_timeout_seconds=self.client_timeout_seconds,
        )
        with database.opened(self.settings.database, busy_timeout_ms=1000, create=True) as connection:
            migrations.apply(connection, migrations.known())
        self.listening = server.Server(self.settings, api.Api(self.settings))
        self.addCleanup(self.listening.server_close)
        thread = threading.Thread(target=self.listening.serve_forever, args=(0.01,))
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.listening.shutdown)

    def call(self, method: str, path: str, body: object = None, *, token: str = "", raw: bytes | None = None) -> Answer:
        """Send a request; `raw` is a body that is not to be made JSON of."""
        payload = raw if raw is not None else None if body is None else json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.listening.server_port, timeout=10)
        self.addCleanup(connection.close)
        connection.request(method, path, payload, {"Authorization": f"Bearer {token}"} if token else {})
        response = connection.getresponse()
        text = response.read()
        return Answer(response.status, json.loads(text) if text else {}, response.headers)

    def raw_status(self, sent: bytes, *, hang_up: bool = False) -> int:
        """Send bytes as they are and return the status of the answer, which must be an error in our shape."""
        with socket.create_connection(("127.0.0.1", self.listening.server_port), timeout=10) as client:
            client.sendall(sent)
            if hang_up:
                client.shutdown(socket.SHUT_WR)
            with client.makefile("rb") as answer:
                head, _, body = answer.read().partition(b"\r\n\r\n")
        self.assertIn("code", json.loads(body)["error"])
        return int(head.split()[1])

    def signed_up(self) -> tuple[str, str]:
        """Sign somebody up and return the email and the token."""
        email = f"user-{next(_numbers)}@example.test"
        answer = self.call("POST", "/auth/signup", {"email": email, "password": PHRASE})
        self.assertEqual(answer.status, 201)
        return email, answer.body["token"]
