"""A small calorie tracker's backend: accounts, sessions and onboarding over HTTP, kept in SQLite."""
