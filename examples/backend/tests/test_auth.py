"""Signing up and logging in, the wrong ways more than the right one."""

from __future__ import annotations

import threading

from .service import PHRASE, ServiceTestCase
from .subject import database


class SignupTest(ServiceTestCase):
    """POST /auth/signup."""

    def test_a_new_user_gets_an_account_and_a_token(self) -> None:
        """The token of signing up is good for onboarding."""
        answer = self.call("POST", "/auth/signup", {"email": "Ada@Example.test", "password": PHRASE})
        self.assertEqual(answer.status, 201)
        self.assertEqual(answer.body["user"], {"id": 1, "email": "ada@example.test"})
        self.assertEqual(self.call("GET", "/onboarding", token=answer.body["token"]).status, 200)

    def test_a_duplicate_is_a_conflict_and_the_service_stays_healthy(self) -> None:
        """409, in whatever case the address is written, and no second account."""
        email, _ = self.signed_up()
        for same in (email, email.upper()):
            with self.subTest(email=same):
                answer = self.call("POST", "/auth/signup", {"email": same, "password": PHRASE})
                self.assertEqual((answer.status, answer.code), (409, "email_taken"))
                self.assertEqual(self.call("GET", "/health").status, 200)

    def test_of_two_who_sign_up_at_once_one_wins(self) -> None:
        """The table's rule decides where both saw that the address was free."""
        statuses: list[int] = []
        barrier = threading.Barrier(8)

        def sign_up() -> None:
            barrier.wait(timeout=10)
            answer = self.call("POST", "/auth/signup", {"email": "race@example.test", "password": PHRASE})
            statuses.append(answer.status)

        threads = [threading.Thread(target=sign_up) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(statuses), [201] + [409] * 7)

    def test_every_wrong_field_is_named(self) -> None:
        """422 says all that is wrong at once."""
        wrong: list[tuple[dict[str, object], set[str]]] = [
            ({}, {"email", "password"}),
            ({"email": "no-address", "password": PHRASE}, {"email"}),
            ({"email": "a b@example.test", "password": PHRASE}, {"email"}),
            ({"email": "a\u0000b@example.test", "password": PHRASE}, {"email"}),
            ({"email": 5, "password": PHRASE}, {"email"}),
            ({"email": f"{'a' * 250}@example.test", "password": PHRASE}, {"email"}),
            ({"email": "a@example.test", "password": "short"}, {"password"}),
            ({"email": "a@example.test", "password": "half a pair \ud800"}, {"password"}),
            ({"email": "a@example.test", "password": ["correct", "horse"]}, {"password"}),
        ]
        for body, names in wrong:
            with self.subTest(body=body):
                answer = self.call("POST", "/auth/signup", body)
                self.assertEqual((answer.status, answer.code), (422, "invalid_fields"))
                self.assertEqual(set(answer.body["error"]["fields"]), names)

    def test_neither_password_nor_token_is_stored(self) -> None:
        """Who steals the file can log in with nothing that is in it."""
        _, token = self.signed_up()
        with database.opened(self.settings.database, busy_timeout_ms=1000) as connection:
            dump = "\n".join(connection.iterdump())
        self.assertIn("scrypt$", dump)
        self.assertNotIn(PHRASE, dump)
        self.assertNotIn(token, dump)


class LoginTest(ServiceTestCase):
    """POST /auth/login."""

    def test_the_right_password_gets_a_token(self) -> None:
        """Every login hands out a token of its own, and all of them are good."""
        email, first = self.signed_up()
        answer = self.call("POST", "/auth/login", {"email": email, "password": PHRASE})
        self.assertEqual((answer.status, answer.body["user"]["email"]), (200, email))
        self.assertNotEqual(answer.body["token"], first)
        for token in (first, answer.body["token"]):
            self.assertEqual(self.call("GET", "/onboarding", token=token).status, 200)

    def test_a_missing_user_is_not_found_and_the_service_stays_healthy(self) -> None:
        """404, also for a password that could not have been chosen."""
        answer = self.call("POST", "/auth/login", {"email": "nobody@example.test", "password": "x"})
        self.assertEqual((answer.status, answer.code), (404, "unknown_email"))
        self.assertEqual(self.call("GET", "/health").status, 200)

    def test_a_wrong_password_is_unauthorized(self) -> None:
        """401, and no token."""
        email, _ = self.signed_up()
        answer = self.call("POST", "/auth/login", {"email": email, "password": PHRASE.upper()})
        self.assertEqual((answer.status, answer.code), (401, "wrong_password"))
        self.assertNotIn("token", answer.body)

    def test_an_empty_form_is_invalid(self) -> None:
        """422 before anybody is looked up."""
        self.assertEqual(self.call("POST", "/auth/login", {}).status, 422)
