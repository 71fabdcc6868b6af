"""The profile: who may see it, what may be in it."""

from __future__ import annotations

from .service import ServiceTestCase
from .subject import database

PROFILE = {"name": "Ada", "goal": "maintain", "daily_calories": 2100}


class OnboardingTest(ServiceTestCase):
    """GET and PUT /onboarding."""

    def test_it_is_empty_first_and_then_what_was_stored_last(self) -> None:
        """A second PUT takes the place of the first."""
        _, token = self.signed_up()
        before = self.call("GET", "/onboarding", token=token)
        self.assertEqual((before.status, before.body), (200, {"completed": False, "profile": None}))
        for profile in (PROFILE, PROFILE | {"goal": "gain", "daily_calories": 3000}):
            stored = self.call("PUT", "/onboarding", profile, token=token)
            self.assertEqual((stored.status, stored.body), (200, {"completed": True, "profile": profile}))
            self.assertEqual(self.call("GET", "/onboarding", token=token).body, stored.body)

    def test_nobody_sees_the_profile_of_somebody_else(self) -> None:
        """A token opens one profile, its owner's."""
        _, ada = self.signed_up()
        _, bob = self.signed_up()
        self.call("PUT", "/onboarding", PROFILE, token=ada)
        self.assertIsNone(self.call("GET", "/onboarding", token=bob).body["profile"])

    def test_without_a_good_token_it_is_closed(self) -> None:
        """401 for no token, an invented one and an expired one, before the body is looked at."""
        _, expired = self.signed_up()
        with database.opened(self.settings.database, busy_timeout_ms=1000) as connection:
            connection.execute("UPDATE sessions SET expires_at = 1")
        for token in ("", "invented", expired):
            for method in ("GET", "PUT"):
                with self.subTest(token=token, method=method):
                    answer = self.call(method, "/onboarding", {}, token=token)
                    self.assertEqual((answer.status, answer.code), (401, "invalid_token"))
                    self.assertEqual(answer.headers["WWW-Authenticate"], "Bearer")

    def test_a_wrong_field_is_named_and_nothing_is_stored(self) -> None:
        """422 for what a form must not send."""
        _, token = self.signed_up()
        wrong: dict[str, list[object]] = {
            "name": ["", "x" * 81, None],
            "goal": ["win", "", ["lose"]],
            "daily_calories": [799, 10_001, "2100", 2100.0, True, None, 10**30],
        }
        for field, values in wrong.items():
            for value in values:
                with self.subTest(field=field, value=value):
                    answer = self.call("PUT", "/onboarding", PROFILE | {field: value}, token=token)
                    self.assertEqual(answer.status, 422)
                    self.assertEqual(list(answer.body["error"]["fields"]), [field])
        self.assertIsNone(self.call("GET", "/onboarding", token=token).body["profile"])
