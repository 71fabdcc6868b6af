"""Owns what is read out of the text of a test file, whatever its language. Knows no language."""

from __future__ import annotations

import re

from gatekeeper.model.record import NamedTuple

EMPTY, LOOSE, BOUNDED, EXACT = range(4)
"""How much an assertion rules out: nothing, little (it is there, it is true), a range, all but one value."""

_TICKET = re.compile(r"\b[A-Z][A-Z0-9]+-\d+\b|(?<![\w&])#\d+\b|https?://\S+", re.ASCII)


class Assertion(NamedTuple):
    """One assertion: its text without layout, how strict it is, how often it is made (`weight`).

    `subjects` are names that it asserts of; `tolerance` is how far off a number may be, None where that is not said.
    """

    text: str
    rank: int
    weight: int = 1
    subjects: frozenset[str] = frozenset()
    tolerance: float | None = None


class Test(NamedTuple):
    """One test that a runner finds. `name` is qualified, `bare` is the last part of it, `body` the text of it.

    `cases` is how often it runs with other values, None where that cannot be told.
    """

    name: str
    bare: str
    cases: int | None
    assertions: tuple[Assertion, ...]
    body: str

    @property
    def weight(self) -> int:
        """How many assertions are made in all its cases."""
        return (self.cases or 1) * sum(one.weight for one in self.assertions if one.rank > EMPTY)


class Mark(NamedTuple):
    """Something that keeps a test from judging: `rule` names it, `text` is how it is written, `test` whose it is.

    `test` is empty for a whole file; `reason` is the text that it gives.
    """

    rule: str
    text: str
    test: str = ""
    reason: str = ""


class Facts(NamedTuple):
    """All that is read of one file. `helpers` are assertions outside of tests, by the name of their function.

    `hidden` are functions that look like tests and that no runner finds, by name, with their body; `mocks` name what is
    replaced; `calls` are all names that are called.
    """

    tests: tuple[Test, ...] = ()
    helpers: tuple[tuple[str, Assertion], ...] = ()
    marks: tuple[Mark, ...] = ()
    hidden: tuple[tuple[str, str], ...] = ()
    mocks: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()


NOTHING = Facts()


def names_ticket(text: str) -> bool:
    """Whether a reason names a ticket: ``ABC-123``, ``#123`` or an address."""
    return _TICKET.search(text) is not None
