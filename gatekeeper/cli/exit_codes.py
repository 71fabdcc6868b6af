"""Owns the exit codes of errors. What a run's verdict exits with is `gatekeeper.policy.run_verdict`'s."""

from __future__ import annotations

from gatekeeper.model.errors import (
    DefinitionError,
    EnvironmentFault,
    GatekeeperError,
    LockHeld,
    NothingSelected,
    UsageError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

OK: Final = 0
USAGE: Final = 2
INCONCLUSIVE: Final = 3
NOTHING_SELECTED: Final = 5
INTERNAL: Final = 70
LOCKED: Final = 75
DEFINITION: Final = 78
INTERRUPTED: Final = 130
NOBODY_READS: Final = 141
"""As of a program that died of SIGPIPE: whoever read our output went away before we were done."""

_CODES: Final[tuple[tuple[type[GatekeeperError], int], ...]] = (
    (UsageError, USAGE),
    (DefinitionError, DEFINITION),
    (LockHeld, LOCKED),
    (NothingSelected, NOTHING_SELECTED),
    (EnvironmentFault, INCONCLUSIVE),
)


def code_of(error: GatekeeperError) -> int:
    """The exit code of an expected error."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), INTERNAL)
