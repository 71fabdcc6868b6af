"""Who is speaking: tokens that are handed out once and recognised until they expire."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import time

from .database import transaction


class InvalidToken(Exception):
    """Raised for a token that was never handed out or has expired."""


def begin(connection: sqlite3.Connection, user_id: int, lifetime_seconds: int) -> str:
    """Hand out a new token for this user."""
    token = secrets.token_urlsafe(32)
    now = int(time.time())
    with transaction(connection):
        connection.execute("DELETE FROM sessions WHERE expires_at <= ?", (now,))
        connection.execute(
            "INSERT INTO sessions (token_digest, user_id, expires_at) VALUES (?, ?, ?)",
            (_digest(token), user_id, now + lifetime_seconds),
        )
    return token


def user_of(connection: sqlite3.Connection, token: str) -> int:
    """Return the id of the user that a token was handed to, or raise InvalidToken."""
    row = connection.execute(
        "SELECT user_id FROM sessions WHERE token_digest = ? AND expires_at > ?",
        (_digest(token), int(time.time())),
    ).fetchone()
    if row is None:
        raise InvalidToken
    return int(row[0])


def _digest(token: str) -> str:
    # A fast hash is right here: a token has 256 bits of its own and cannot be guessed like a password.
    return hashlib.sha256(token.encode()).hexdigest()
