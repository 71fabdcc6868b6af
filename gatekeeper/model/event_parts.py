"""Owns the records that events of a run are made of: stored formats, as in `gatekeeper.model.events`."""

from gatekeeper.model.record import NamedTuple


class PlannedStep(NamedTuple):
    """One line of what a run is going to do. `inherits` says which of our variables it sees; empty for all."""

    gate: str
    step: str
    tier: str
    command: str
    timeout_s: float
    timeout_class: str = ""
    inherits: str = ""


class ReadingState(NamedTuple):
    """A required document as it was found; `digest` is empty where it is missing."""

    path: str
    digest: str


class SettleRule(NamedTuple):
    """Where drift in a repo must be settled by the end."""

    repo: str
    globs: tuple[str, ...]


class FileDiff(NamedTuple):
    """What changed in `file` (``repo: path``): lines of a unified diff from its first hunk on, the telling ones.

    Where none are shown `diff` is empty, and `why_not` says why.
    """

    file: str
    diff: str = ""
    why_not: str = ""


class Snippet(NamedTuple):
    """Lines of a file, as `text` with newlines between them; `place` says which they are: ``src/a.py:10-20``."""

    place: str
    text: str


class StepSummary(NamedTuple):
    """One step at the end of a run."""

    gate: str
    step: str
    tier: str
    verdict: str
    attempts: int
