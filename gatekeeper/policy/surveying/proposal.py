"""Owns what a detector proposes: a step with the place that says so, how surely, and what is open. Knows no gate."""

from __future__ import annotations

from enum import StrEnum

from gatekeeper.model.plan import Pairs
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.drafting.draft import Sure
from gatekeeper.policy.surveying.survey import Place


class Kind(StrEnum):
    """What a step is for; the order is that of the gates."""

    INSTALL = "install"
    CHECK = "checks"
    BUILD = "build"
    STACK = "stack"
    SMOKE = "smoke"
    TEST = "tests"
    END_TO_END = "end-to-end"


class Report(NamedTuple):
    """A test report: its format as `report:` calls it, and where it lies, relative to the step's folder."""

    format: str
    glob: str


class Proposal(NamedTuple):
    """A step. With a `doubt` it is only shown, with that as the reason why it is not taken."""

    kind: Kind
    name: str
    run: str
    at: Place
    sure: Sure = Sure.HIGH
    why: str = ""
    folder: str = ""
    env: Pairs = ()
    report: Report | None = None
    no_report: str = ""
    """Why the tests of a suite are not counted; it must say so where there is no `report`."""
    coverage: str = ""
    keep: str = ""
    port: Place | None = None
    """Where it is said that what it starts listens on $PORT."""
    doubt: str = ""
    marks: tuple[str, ...] = ()
    """Words by which the same command is known where CI runs it."""
    notes: tuple[str, ...] = ()
    asked: bool = True
    """Whether the project itself asks for it, by a script or a suite; a mere configuration does not."""
