"""The edge of the service: whatever arrives, the answer is JSON, and the service lives on."""

from __future__ import annotations

import json

from .service import PHRASE, ServiceTestCase
from .subject import database


class HttpTest(ServiceTestCase):
    """Requests that no well-meaning client sends."""

    def tearDown(self) -> None:
        """Whatever a test has sent: the next request is served."""
        self.assertEqual(self.call("GET", "/nowhere").status, 404)

    def test_an_unknown_path_is_not_found(self) -> None:
        """404 with the path in its message."""
        answer = self.call("GET", "/nowhere?x=1")
        self.assertEqual((answer.status, answer.code), (404, "unknown_path"))
        self.assertEqual(answer.headers["Content-Type"], "application/json")

    def test_a_wrong_method_is_refused_with_the_right_ones(self) -> None:
        """405 with an Allow header."""
        for method, path, allowed in (("GET", "/auth/signup", "POST"), ("DELETE", "/onboarding", "GET, PUT")):
            with self.subTest(path=path):
                answer = self.call(method, path)
                self.assertEqual((answer.status, answer.code), (405, "wrong_method"))
                self.assertEqual(answer.headers["Allow"], allowed)

    def test_head_is_get_without_a_body(self) -> None:
        """For load balancers that ask this way."""
        answer = self.call("HEAD", "/health")
        self.assertEqual((answer.status, answer.body), (200, {}))

    def test_a_body_that_is_no_json_object_is_malformed(self) -> None:
        """400 for everything that the JSON reader trips over."""
        for raw in (b"", b"{", b"[]", b'"text"', b"\xff", b'{"a": NaN}', b"[" * 20_000, b"1" * 5_000):
            with self.subTest(raw=raw[:10]):
                answer = self.call("POST", "/auth/signup", raw=raw)
                self.assertEqual((answer.status, answer.code), (400, "malformed_json"))

    def test_a_body_over_the_limit_is_refused(self) -> None:
        """413, and the client gets to read it."""
        answer = self.call("POST", "/auth/signup", raw=b" " * (self.settings.max_body_bytes + 1))
        self.assertEqual((answer.status, answer.code), (413, "too_large"))

    def test_a_broken_head_is_answered_in_json(self) -> None:
        """What http.server refuses by itself has the shape of our other errors."""
        post = b"POST /auth/signup HTTP/1.1\r\n"
        for sent, status in (
            (b"nonsense\r\n\r\n", 400),
            (b"BREW /health HTTP/1.1\r\n\r\n", 501),
            (post + b"Content-Length: -1\r\n\r\n", 400),
            (post + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
            (post + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
        ):
            with self.subTest(sent=sent):
                self.assertEqual(self.raw_status(sent), status)

    def test_an_unforeseen_error_is_logged_and_survived(self) -> None:
        """500 without a word about our insides; the log has all of them."""
        self._drop("profiles")
        _, token = self.signed_up()
        with self.assertLogs("calorie_backend.server", "ERROR") as logs:
            answer = self.call("GET", "/onboarding", token=token)
        self.assertEqual((answer.status, answer.code), (500, "internal"))
        self.assertNotIn("profiles", json.dumps(answer.body))
        self.assertIn("no such table: profiles", logs.output[0])
        self.assertNotIn(PHRASE, logs.output[0])

    def _drop(self, table: str) -> None:
        with database.opened(self.settings.database, busy_timeout_ms=1000) as connection:
            connection.execute(f"DROP TABLE {table}")


HALF = b"POST /auth/signup HTTP/1.1\r\nContent-Length: 10\r\n\r\n{"


class SlowClientTest(ServiceTestCase):
    """A client that announces a body, does not send all of it, and waits."""

    client_timeout_seconds = 1.0

    def test_who_falls_silent_is_not_waited_for(self) -> None:
        """408 when the client's time is over."""
        self.assertEqual(self.raw_status(HALF), 408)


class HastyClientTest(ServiceTestCase):
    """A client that announces a body, does not send all of it, and goes."""

    def test_who_hangs_up_halfway_is_not_believed(self) -> None:
        """400, at once."""
        self.assertEqual(self.raw_status(HALF, hang_up=True), 400)


class HealthTest(ServiceTestCase):
    """GET /health."""

    def test_it_is_ok_while_the_database_answers(self) -> None:
        """The body that probes look at."""
        answer = self.call("GET", "/health")
        self.assertEqual((answer.status, answer.body), (200, {"status": "ok"}))

    def test_it_is_unavailable_without_the_database(self) -> None:
        """503, and the missing file is not made anew, empty."""
        self.settings.database.rename(self.settings.database.with_suffix(".gone"))
        with self.assertLogs("calorie_backend.api", "ERROR"):
            answer = self.call("GET", "/health")
        self.assertEqual((answer.status, answer.body["status"]), (503, "unavailable"))
        self.assertFalse(self.settings.database.exists())

    def test_it_is_unavailable_on_an_old_schema(self) -> None:
        """503 until the migrations have run."""
        with database.opened(self.settings.database, busy_timeout_ms=1000) as connection:
            connection.execute("DELETE FROM schema_migrations WHERE version = 3")
        with self.assertLogs("calorie_backend.api", "ERROR"):
            answer = self.call("GET", "/health")
        self.assertEqual(answer.status, 503)
        self.assertIn("version 2, not 3", answer.body["error"]["message"])
