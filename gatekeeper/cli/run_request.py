"""Owns what the command line asks for when it asks for a run. Knows no plan."""

from __future__ import annotations

from gatekeeper.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:  # this comes before the guard's helpers start
    from gatekeeper.model.containment import Level


class RunRequest(NamedTuple):
    """One cycle to be run, as the command line asks for it. `required` is the least containment that will do.

    `only` names gates and steps (``gate``, ``gate/step``); without one it is about the whole cycle.
    `judge_by` is the ref that definition, baselines and quarantine are read at; empty is the working tree.
    """

    root: str
    path: str
    only: tuple[str, ...]
    jobs: int
    rounds: int | None
    overrides: tuple[tuple[str, str], ...]
    format: str
    verbose: bool
    required: Level | None = None
    judge_by: str = ""

    @property
    def selection(self) -> str:
        """`only` in words, for people and the journal; empty for the whole cycle."""
        return ", ".join(self.only)
