"""How the schema moves, and that it never stays halfway."""

from __future__ import annotations

import sqlite3
import tempfile
import threading
import unittest
from pathlib import Path

from .subject import database, migrations

TWO_STEPS = [
    migrations.Migration(1, "food", "CREATE TABLE food (name TEXT);\n-- a comment; with a semicolon\n"),
    migrations.Migration(2, "meals", "CREATE TABLE meals (food TEXT);\nINSERT INTO food VALUES ('rice; boiled');\n"),
]


class MigrationsTest(unittest.TestCase):
    """migrations.apply on a file of its own."""

    def setUp(self) -> None:
        """Open an empty database."""
        self.file = Path(self.enterContext(tempfile.TemporaryDirectory())) / "test.sqlite3"
        self.connection = self.enterContext(database.opened(self.file, busy_timeout_ms=5000, create=True))

    def _tables(self) -> set[str]:
        rows = self.connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {row[0] for row in rows}

    def test_each_is_applied_once_in_order(self) -> None:
        """A second run finds nothing to do."""
        self.assertEqual(migrations.apply(self.connection, TWO_STEPS), TWO_STEPS)
        self.assertEqual(migrations.apply(self.connection, TWO_STEPS), [])
        self.assertEqual(self.connection.execute("SELECT name FROM food").fetchall(), [("rice; boiled",)])
        self.assertEqual(migrations.current_version(self.connection), 2)

    def test_one_that_fails_leaves_nothing_behind(self) -> None:
        """Neither its first statements nor its record; what came before it stays."""
        broken = migrations.Migration(2, "broken", "CREATE TABLE half (x);\nCREATE TABLE food (y);\n")
        with self.assertRaisesRegex(migrations.MigrationError, "0002_broken: table food already exists"):
            migrations.apply(self.connection, [TWO_STEPS[0], broken])
        self.assertEqual(self._tables(), {"food", "schema_migrations"})
        self.assertEqual(migrations.current_version(self.connection), 1)

    def test_one_that_was_edited_afterwards_is_refused(self) -> None:
        """Two databases must not have the same number and different tables."""
        migrations.apply(self.connection, TWO_STEPS)
        edited = migrations.Migration(1, "food", "CREATE TABLE food (name TEXT, kcal INTEGER);")
        with self.assertRaisesRegex(migrations.MigrationError, "0001_food was changed"):
            migrations.apply(self.connection, [edited, TWO_STEPS[1]])

    def test_a_database_from_the_future_is_refused(self) -> None:
        """Old code must not write into tables that it does not know."""
        migrations.apply(self.connection, TWO_STEPS)
        with self.assertRaisesRegex(migrations.MigrationError, "newer than this code"):
            migrations.apply(self.connection, TWO_STEPS[:1])

    def test_two_processes_may_migrate_at_once(self) -> None:
        """Each migration is applied by one of them, and neither fails."""
        applied: list[migrations.Migration] = []
        barrier = threading.Barrier(4)

        def migrate() -> None:
            with database.opened(self.file, busy_timeout_ms=5000) as connection:
                barrier.wait(timeout=10)
                applied.extend(migrations.apply(connection, TWO_STEPS))

        migrations.apply(self.connection, [])
        threads = [threading.Thread(target=migrate) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(migration.version for migration in applied), [1, 2])

    def test_the_shipped_ones_make_what_the_service_needs(self) -> None:
        """Their tables, write-ahead logging, and rules that are enforced."""
        migrations.apply(self.connection, migrations.known())
        self.assertLessEqual({"users", "sessions", "profiles"}, self._tables())
        self.assertEqual(self.connection.execute("PRAGMA journal_mode").fetchone(), ("wal",))
        with self.assertRaises(sqlite3.IntegrityError):
            self.connection.execute("INSERT INTO profiles VALUES (99, 'nobody', 'lose', 2000, '')")

    def test_file_names_and_numbers_are_checked(self) -> None:
        """A gap or a stray file is a mistake, not something to skip."""
        for names, problem in (
            (["0001_a.sql", "0003_b.sql"], "without a gap"),
            (["0001_a.sql", "0001_b.sql"], "without a gap"),
            (["first.sql"], "is called like"),
        ):
            with self.subTest(names=names), tempfile.TemporaryDirectory() as folder:
                for name in names:
                    (Path(folder) / name).write_text("SELECT 1;", "utf-8")
                with self.assertRaisesRegex(migrations.MigrationError, problem):
                    migrations.known(Path(folder))
