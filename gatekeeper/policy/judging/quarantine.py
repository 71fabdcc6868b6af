"""Owns what a quarantine does for the tests of one report: whose failure it excuses, and until when. Reads no clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gatekeeper.model.baseline import Standard
from gatekeeper.model.demands import QuarantineEntry
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.report import TestOutcome
from gatekeeper.policy.judging.objection import Objection, at_most, fails, noted, unjudged

FILE = "gates/quarantine.yaml"
_FEW = 10


class Ruling(NamedTuple):
    """The entries of a quarantine that are about the tests of one report, by id, and whether they still hold.

    `strangers` name a test that is not in the report, though others of its file are. Ids are compared as they are:
    there are no wildcards.
    """

    in_force: Mapping[str, QuarantineEntry] = {}
    expired: Mapping[str, QuarantineEntry] = {}
    strangers: tuple[QuarantineEntry, ...] = ()


def rule(standard: Standard, outcomes: Mapping[str, TestOutcome]) -> Ruling:
    """What the list says of these tests on the standard's day. Without a day nothing is in force.

    An entry holds until its day is over. Of two for one test the one that expires first counts.
    """
    in_force: dict[str, QuarantineEntry] = {}
    expired: dict[str, QuarantineEntry] = {}
    strangers: list[QuarantineEntry] = []
    homes = {test.partition("::")[0] for test in outcomes} if standard.quarantine else set()
    for entry in sorted(standard.quarantine, key=lambda entry: (entry.expires, entry.line)):
        if entry.test not in outcomes:
            if entry.test.partition("::")[0] in homes:
                strangers.append(entry)
        elif not standard.today or standard.today > entry.expires:
            expired[entry.test] = entry
        elif entry.test not in expired:
            in_force.setdefault(entry.test, entry)
    return Ruling(in_force, expired, tuple(strangers))


def objections(standard: Standard, ruling: Ruling) -> Iterable[Objection]:
    """What speaks against the entries themselves.

    One that is past its date blocks whenever its test is in the report, also where the test passes: nobody has looked
    at it when it was time to.
    """
    if standard.quarantine_problem:
        yield unjudged("quarantine-unreadable", f"the quarantine cannot be read: {standard.quarantine_problem}")
    yield from at_most(
        (
            fails("quarantine-expired", _expired(entry, standard.today), _place(entry))
            for entry in ruling.expired.values()
        ),
        len(ruling.expired),
        kind="quarantine-expired",
        what="entries of the quarantine are past their date",
    )
    yield from at_most(
        (
            noted("quarantine-stranger", f"{entry.test} is quarantined, and no test has this id", _place(entry))
            for entry in ruling.strangers
        ),
        len(ruling.strangers),
        kind="quarantine-stranger",
        what="entries of the quarantine name no test",
        shown=_FEW,
    )


def excuse(entry: QuarantineEntry) -> str:
    """Why a failure of this test does not block, in a few words."""
    ticket = f", {entry.ticket}" if entry.ticket else ""
    return f"quarantined until {entry.expires} by {entry.owner}{ticket}"


def _expired(entry: QuarantineEntry, today: str) -> str:
    ticket = f", ticket {entry.ticket}" if entry.ticket else ""
    over = (
        f"was quarantined until {entry.expires}, and that is over" if today else "is quarantined, and no date is known"
    )
    return f"{entry.test} {over} (owner {entry.owner}{ticket}): repair it, or decide anew and change the entry"


def _place(entry: QuarantineEntry) -> str:
    return f"{FILE}:{entry.line}" if entry.line else FILE
