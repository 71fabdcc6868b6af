"""How the schema moves forward: numbered SQL files, each applied once, together with the record that it was."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .database import transaction

FOLDER = Path(__file__).resolve().parent / "migrations"

_FILE_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_RECORD = """
    CREATE TABLE IF NOT EXISTS schema_migrations (
        version    INTEGER PRIMARY KEY,
        name       TEXT NOT NULL,
        sha256     TEXT NOT NULL,
        applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
    )
"""


class MigrationError(Exception):
    """Raised when the schema cannot be brought to where the files say; the database is as it was before."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered step of the schema."""

    version: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """The digest that tells whether the file was edited after it had been applied."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def known(folder: Path = FOLDER) -> list[Migration]:
    """All migrations in order; their numbers must be 1, 2, 3 … without a gap."""
    migrations = []
    for file in sorted(folder.glob("*.sql")):
        match = _FILE_NAME.fullmatch(file.name)
        if match is None:
            raise MigrationError(f"{file.name}: a migration is called like 0001_users.sql")
        migrations.append(Migration(int(match[1]), match[2], file.read_text("utf-8")))
    if [migration.version for migration in migrations] != list(range(1, len(migrations) + 1)):
        raise MigrationError(f"the migrations in {folder} are not numbered 1, 2, 3 … without a gap")
    return migrations


def apply(connection: sqlite3.Connection, migrations: list[Migration]) -> list[Migration]:
    """Apply what is missing, each in a transaction of its own, and return it."""
    connection.execute("PRAGMA journal_mode = WAL")  # kept in the file: readers and the writer do not block each other
    connection.execute(_RECORD)
    applied = []
    for migration in migrations:
        # Looked up inside the transaction: of two processes that migrate at once, the second finds it done.
        with transaction(connection):
            if _is_applied(connection, migration):
                continue
            try:
                for statement in _statements(migration.sql):
                    connection.execute(statement)
            except (sqlite3.Error, sqlite3.Warning) as error:
                raise MigrationError(f"{migration.version:04}_{migration.name}: {error}") from error
            connection.execute(
                "INSERT INTO schema_migrations (version, name, sha256) VALUES (?, ?, ?)",
                (migration.version, migration.name, migration.sha256),
            )
        applied.append(migration)
    current = current_version(connection)
    if current > len(migrations):
        raise MigrationError(f"the database is at version {current}, newer than this code ({len(migrations)})")
    return applied


def current_version(connection: sqlite3.Connection) -> int:
    """The number of the last migration that was applied."""
    (version,) = connection.execute("SELECT coalesce(max(version), 0) FROM schema_migrations").fetchone()
    return int(version)


def _is_applied(connection: sqlite3.Connection, migration: Migration) -> bool:
    row = connection.execute("SELECT sha256 FROM schema_migrations WHERE version = ?", (migration.version,)).fetchone()
    if row is not None and row[0] != migration.sha256:
        raise MigrationError(
            f"{migration.version:04}_{migration.name} was changed after it had been applied; write a new one instead"
        )
    return row is not None


def _statements(sql: str) -> Iterator[str]:
    """Split a script into statements, because executescript() would commit behind our back."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement
