"""Owns which parts the report page of a run has, what is told in full, and what is left out. Knows no HTML."""

from __future__ import annotations

from gatekeeper.model.events import RunFinished, RunStarted, StepFinished
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.verdict import RunVerdict
from gatekeeper.policy.fold import RoundRecord, RunRecord
from gatekeeper.policy.page.ansi import Piece
from gatekeeper.policy.page.gauges import Gauge, gauges_of
from gatekeeper.policy.page.picture import Picture
from gatekeeper.policy.page.places import attempt_place
from gatekeeper.policy.page.processes import ProcessLine
from gatekeeper.policy.page.rows import Table
from gatekeeper.policy.summary import (
    Turns,
    attempts_of,
    closing_of_dead,
    failing,
    is_fine,
    strays_of,
    turns,
)

DETAILED = 1_000
"""So many attempts are told in full at most, in all rounds together; those that something speaks against first."""

ROUNDS = 100
"""So many rounds are told of at most, the newest."""

EXCERPTS = 300
"""Of so many outputs the page has an excerpt."""


class OutputLine(NamedTuple):
    """A line of output; `at_s` is when it was there, in seconds since its attempt began, None where nobody knows."""

    at_s: float | None
    pieces: tuple[Piece, ...]


class Excerpt(NamedTuple):
    """The beginning and the end of an output of `size` bytes, with `skipped` bytes between them.

    `name` is its file in the run's folder; `problem` says why there is nothing to be seen.
    """

    name: str
    size: int = 0
    head: tuple[OutputLine, ...] = ()
    tail: tuple[OutputLine, ...] = ()
    skipped: int = 0
    problem: str = ""


class Seen(NamedTuple):
    """What was read beside the journal: outputs by their name in the run's folder, process trees by their dossier's."""

    excerpts: dict[str, Excerpt]
    trees: dict[str, tuple[ProcessLine, ...]]
    tests: Table
    problems: tuple[str, ...] = ()


class RoundPart(NamedTuple):
    """One round: the attempts that are told in full, in the order of their end; `left_out` more passed."""

    record: RoundRecord
    attempts: tuple[StepFinished, ...]
    left_out: int
    turns: Turns


class Contents(NamedTuple):
    """Everything that the page shows. `finished` is None of a run that goes on; `failing` has causes first.

    `told` and `unfolded` are the places of the attempts that are told in full, and of those that are seen at once.
    `path` is the run's folder, `beside` how links to it begin: empty for a page that lies in it, or with a slash at the
    end.
    """

    record: RunRecord
    started: RunStarted
    finished: RunFinished | None
    path: str
    failing: tuple[StepFinished, ...]
    rounds: tuple[RoundPart, ...]
    teardown: tuple[StepFinished, ...]
    gauges: tuple[Gauge, ...]
    picture: Picture
    seen: Seen
    told: frozenset[str]
    unfolded: frozenset[str]
    beside: str = ""

    @property
    def closing(self) -> RunFinished:
        """The last event; of a run that goes on what is known so far."""
        return self.finished or closing_of_dead(self.record, RunVerdict.ABORTED, "")


def contents_of(
    record: RunRecord, started: RunStarted, path: str, picture: Picture, seen: Seen, *, beside: str = ""
) -> Contents:
    """The contents of the page of a run, and what was read for it."""
    told = frozenset(map(attempt_place, told_in_full(record)))
    rounds = tuple(_part(record, number, told) for number in range(len(record.rounds)))
    teardown = tuple(event for event in record.teardown if attempt_place(event) in told)
    return Contents(
        record,
        started,
        record.finished,
        path,
        failing(record),
        rounds,
        teardown,
        gauges_of(record),
        picture,
        seen,
        told,
        unfolded(record),
        beside,
    )


def told_in_full(record: RunRecord) -> tuple[StepFinished, ...]:
    """The attempts that are told in full: what something speaks against, the newest first; then the others."""
    every = [*record.teardown, *(event for each in reversed(record.rounds[-ROUNDS:]) for event in reversed(each.steps))]
    every.sort(key=lambda event: is_fine(event) and not strays_of(event) and not event.flaky)
    return tuple(every[:DETAILED])


def unfolded(record: RunRecord) -> frozenset[str]:
    """The attempts that are seen at once: of each step the last one that something speaks against."""
    last = {(event.gate, event.step): event for event in attempts_of(record) if is_notable(event)}
    return frozenset(attempt_place(event) for event in last.values() if event.verdict != "blocked")


def is_notable(event: StepFinished) -> bool:
    """Whether the reader wants to see this attempt at once."""
    return not is_fine(event) or strays_of(event) > 0 or event.flaky


def _part(record: RunRecord, number: int, told: frozenset[str]) -> RoundPart:
    each = record.rounds[number]
    attempts = tuple(event for event in each.steps if attempt_place(event) in told)
    return RoundPart(each, attempts, len(each.steps) - len(attempts), turns(record, number))
