"""Who has an account: creating one and proving that one is yours."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from . import passwords
from .config import ScryptCost


class EmailTaken(Exception):
    """Raised when somebody signs up with an address that already has an account."""


class UnknownEmail(Exception):
    """Raised when no account has this address."""


class WrongPassword(Exception):
    """Raised when the account exists and the password is not its own."""


@dataclass(frozen=True, slots=True)
class User:
    """An account, as the outside may see it."""

    id: int
    email: str


def create(connection: sqlite3.Connection, email: str, password: str, cost: ScryptCost) -> User:
    """Create an account, or raise EmailTaken."""
    if connection.execute("SELECT 1 FROM users WHERE email = ?", (email,)).fetchone():
        raise EmailTaken(email)  # not worth the price of a hash
    hashed = passwords.hash_password(password, cost)
    try:
        added = connection.execute("INSERT INTO users (email, password_hash) VALUES (?, ?)", (email, hashed))
    except sqlite3.IntegrityError as error:
        # Somebody was faster while we hashed: the table's rule decides, not the look before.
        raise EmailTaken(email) from error
    assert added.lastrowid is not None
    return User(added.lastrowid, email)


def authenticate(connection: sqlite3.Connection, email: str, password: str) -> User:
    """Return the account that this address and password belong to, or raise UnknownEmail or WrongPassword."""
    row = connection.execute("SELECT id, password_hash FROM users WHERE email = ?", (email,)).fetchone()
    if row is None:
        raise UnknownEmail(email)
    if not passwords.matches(password, row[1]):
        raise WrongPassword(email)
    return User(row[0], email)
