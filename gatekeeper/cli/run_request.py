"""Owns what the command line asks for when it asks for a run. Knows no plan."""

from gatekeeper.model.containment import Level
from gatekeeper.model.record import NamedTuple


class RunRequest(NamedTuple):
    """One cycle to be run, as the command line asks for it. `required` is the least containment that will do."""

    root: str
    path: str
    only: str | None
    jobs: int
    rounds: int | None
    overrides: tuple[tuple[str, str], ...]
    format: str
    verbose: bool
    required: Level | None = None
