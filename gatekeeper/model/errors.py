"""Owns the errors that users meet; the type says who is to blame. Exit codes are the command line's business.

Whatever is not one of these is a bug of ours.
"""

from gatekeeper.model.record import NamedTuple


class GatekeeperError(Exception):
    """Base of all expected errors; its text is written for the person at the terminal."""


class UsageError(GatekeeperError):
    """The command line asks for something that is not there."""


class Problem(NamedTuple):
    """One thing that is wrong in a definition: where (from 1), at which key path, what, and what to do."""

    file: str
    line: int
    column: int
    key: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        key = f"{self.key}: " if self.key else ""
        hint = f"\n    {self.hint}" if self.hint else ""
        return f"{self.file}:{self.line}:{self.column}: {key}{self.message}{hint}"


class DefinitionError(GatekeeperError):
    """The author of a definition is asked to mend it; carries every problem found, in the order of the file."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


class EnvironmentFault(GatekeeperError):
    """The machine does not give what is needed (disk, permissions, a tool, a port)."""


class LockHeld(GatekeeperError):
    """Another run holds the tree."""


class NothingSelected(GatekeeperError):
    """The selection left nothing to run."""


class JournalError(EnvironmentFault):
    """The journal cannot be written or does not hold together; nothing may go on without it."""
