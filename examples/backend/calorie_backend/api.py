"""The endpoints: each reads its fields, asks the domain, and says the outcome in HTTP's words."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import AbstractContextManager
from dataclasses import asdict
from http import HTTPStatus

from . import accounts, database, migrations, profiles, sessions
from .config import Settings
from .fields import Fields, InvalidFields
from .messages import HttpError, Request, Response
from .routing import Routes, resolve

log = logging.getLogger(__name__)


class Api:
    """All endpoints over one database."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._schema_version = len(migrations.known())
        self._routes: Routes = {
            "/health": {"GET": self.health},
            "/auth/signup": {"POST": self.signup},
            "/auth/login": {"POST": self.login},
            "/onboarding": {"GET": self.read_onboarding, "PUT": self.write_onboarding},
        }

    def respond(self, request: Request) -> Response:
        """Answer a request; raises HttpError for every error that is foreseen."""
        endpoint = resolve(self._routes, request.method, request.path)
        try:
            return endpoint(request)
        except InvalidFields as error:
            raise HttpError(
                HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_fields", str(error), fields=error.problems
            ) from error

    def health(self, _request: Request) -> Response:
        """Say whether the service can do its work, which it cannot without its database."""
        try:
            with self._database() as connection:
                version = migrations.current_version(connection)
        except sqlite3.Error as error:
            return self._unhealthy(f"the database does not answer: {error}")
        if version != self._schema_version:
            return self._unhealthy(f"the schema is at version {version}, not {self._schema_version}: migrate")
        return Response(HTTPStatus.OK, {"status": "ok"})

    def signup(self, request: Request) -> Response:
        """Create an account and log it in."""
        fields = Fields(request.json_object())
        email = fields.email("email")
        password = fields.text("password", shortest=self._settings.shortest_password)
        fields.verify()
        with self._database() as connection:
            try:
                user = accounts.create(connection, email, password, self._settings.scrypt)
            except accounts.EmailTaken as error:
                raise HttpError(HTTPStatus.CONFLICT, "email_taken", "this email has an account") from error
            return self._logged_in(connection, user, HTTPStatus.CREATED)

    def login(self, request: Request) -> Response:
        """Hand out a token for an email and its password."""
        fields = Fields(request.json_object())
        email = fields.email("email")
        password = fields.text("password")  # its length was a matter of signing up
        fields.verify()
        with self._database() as connection:
            try:
                user = accounts.authenticate(connection, email, password)
            except accounts.UnknownEmail as error:
                # The app offers to sign up here. That it tells who has an account is known and accepted: so does
                # the 409 of signing up.
                raise HttpError(HTTPStatus.NOT_FOUND, "unknown_email", "this email has no account") from error
            except accounts.WrongPassword as error:
                raise HttpError(HTTPStatus.UNAUTHORIZED, "wrong_password", "this is not the password") from error
            return self._logged_in(connection, user, HTTPStatus.OK)

    def read_onboarding(self, request: Request) -> Response:
        """Show the profile of who asks."""
        with self._database() as connection:
            profile = profiles.of(connection, self._user_of(connection, request))
        return _onboarding(profile)

    def write_onboarding(self, request: Request) -> Response:
        """Store the profile of who asks."""
        with self._database() as connection:
            user_id = self._user_of(connection, request)  # before the fields: a stranger learns nothing about them
            fields = Fields(request.json_object())
            profile = profiles.Profile(
                name=fields.text("name", longest=80),
                goal=fields.choice("goal", profiles.GOALS),
                daily_calories=fields.integer("daily_calories", lowest=800, highest=10_000),
            )
            fields.verify()
            profiles.save(connection, user_id, profile)
        return _onboarding(profile)

    def _database(self) -> AbstractContextManager[sqlite3.Connection]:
        return database.opened(self._settings.database, busy_timeout_ms=self._settings.busy_timeout_ms)

    def _logged_in(self, connection: sqlite3.Connection, user: accounts.User, status: int) -> Response:
        token = sessions.begin(connection, user.id, self._settings.session_lifetime_seconds)
        return Response(status, {"user": asdict(user), "token": token})

    def _user_of(self, connection: sqlite3.Connection, request: Request) -> int:
        try:
            return sessions.user_of(connection, request.bearer_token())
        except sessions.InvalidToken as error:
            raise HttpError(
                HTTPStatus.UNAUTHORIZED,
                "invalid_token",
                "log in and send the token as Authorization: Bearer",
                headers={"WWW-Authenticate": "Bearer"},
            ) from error

    def _unhealthy(self, reason: str) -> Response:
        log.error("unhealthy: %s", reason)
        body = {"status": "unavailable", "error": {"code": "unavailable", "message": reason}}
        return Response(HTTPStatus.SERVICE_UNAVAILABLE, body)


def _onboarding(profile: profiles.Profile | None) -> Response:
    return Response(
        HTTPStatus.OK,
        {"completed": profile is not None, "profile": None if profile is None else asdict(profile)},
    )
