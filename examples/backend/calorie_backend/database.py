"""How the database is opened and how a transaction is made; knows no table."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def opened(file: Path, *, busy_timeout_ms: int, create: bool = False) -> Iterator[sqlite3.Connection]:
    """Open the database for one piece of work, in one thread, and close it afterwards.

    Only a migration may `create` the file: a service that silently starts on an empty database looks healthy and
    has lost everybody's account.
    """
    connection = sqlite3.connect(
        f"{file.as_uri()}?mode={'rwc' if create else 'rw'}",
        uri=True,
        timeout=busy_timeout_ms / 1000,
        isolation_level=None,  # transactions begin where `transaction` says so, and nowhere else
    )
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")
        yield connection
    finally:
        connection.close()


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit what happens inside, or undo all of it."""
    # IMMEDIATE takes the write lock at once, where the busy timeout applies; a read lock that has to be upgraded
    # later fails without waiting.
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
