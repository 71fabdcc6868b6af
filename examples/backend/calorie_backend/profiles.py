"""What a user told us at onboarding."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

GOALS = ("lose", "maintain", "gain")


@dataclass(frozen=True, slots=True)
class Profile:
    """The answers of one user."""

    name: str
    goal: str
    daily_calories: int


def of(connection: sqlite3.Connection, user_id: int) -> Profile | None:
    """Return a user's profile, or None before onboarding."""
    row = connection.execute("SELECT name, goal, daily_calories FROM profiles WHERE user_id = ?", (user_id,)).fetchone()
    return None if row is None else Profile(*row)


def save(connection: sqlite3.Connection, user_id: int, profile: Profile) -> None:
    """Store a profile in place of the former one."""
    connection.execute(
        """
        INSERT INTO profiles (user_id, name, goal, daily_calories) VALUES (?, ?, ?, ?)
        ON CONFLICT (user_id) DO UPDATE SET
            name = excluded.name, goal = excluded.goal, daily_calories = excluded.daily_calories,
            updated_at = CURRENT_TIMESTAMP
        """,
        (user_id, profile.name, profile.goal, profile.daily_calories),
    )
