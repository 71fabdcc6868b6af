"""What is tested, imported in one place for the type checker's sake."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # The type checker looks from the root of gatekeeper's repository, where the package has a longer name.
    from examples.backend.calorie_backend import api, config, database, migrations, passwords, server
else:
    from calorie_backend import api, config, database, migrations, passwords, server

__all__ = ["api", "config", "database", "migrations", "passwords", "server"]
