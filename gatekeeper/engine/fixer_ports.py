"""Owns what a call of the fixer needs from the world, as small Protocols. Knows no adapter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from gatekeeper.model.events import StepFinished
from gatekeeper.model.fixing import Compared, Deeds, FileChange, Sight
from gatekeeper.model.plan import Pairs, StepId
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.brief.gathering import SeenOutput
from gatekeeper.policy.brief.making import Brief


class Undoing(NamedTuple):
    """Where to move what was not there before, and since when (wall clock, nanoseconds) that is certain."""

    aside: str
    since_ns: int


class Workplace(Protocol):
    """Looks at the repos, before and after somebody works in them. Nothing here raises: `problem` tells."""

    async def look(self) -> Sight:
        """Keep what all repos hold, and see where each stands."""
        ...

    async def looking_back(self, snapshot: Pairs, now: Sight) -> Sight:
        """How the repos were when `snapshot` was taken, as far as that tells; the rest is as `now`."""
        ...

    async def deeds(self, before: Sight, after: Sight) -> Deeds:
        """What was done between two looks."""
        ...

    async def compare(self, before: Pairs, after: Pairs) -> Compared:
        """The files that differ between two snapshots."""
        ...

    async def put_back(self, snapshot: Pairs, changes: tuple[FileChange, ...], undoing: Undoing) -> Mapping[str, str]:
        """Make these files hold what they held in a snapshot; why some could not be, by their `name`."""
        ...


class Laid(NamedTuple):
    """Where the papers of a call lie. `environment` names them for the fixer, `brief_file` is in the run's folder."""

    environment: Pairs
    brief_file: str
    brief_digest: str


class Desk(Protocol):
    """Lays out what the fixer reads, and takes in what it leaves."""

    async def seen(self, failing: tuple[StepFinished, ...]) -> Mapping[StepId, SeenOutput]:
        """What matters of the outputs and dossiers of failing steps."""
        ...

    def lay(self, call: int, brief: Brief) -> Laid:
        """Write the papers of a call. Raises `EnvironmentFault`."""
        ...

    def undoing(self, call: int) -> Undoing:
        """How to undo what this call did: it began when its papers were written."""
        ...

    def usage(self, call: int) -> bytes | None:
        """What it wrote of its usage; None where there is nothing."""
        ...

    def notes(self, call: int) -> tuple[tuple[str, bytes | None], ...]:
        """The notes that it left: names with contents, None for what cannot be read."""
        ...
