"""Owns what a diagnosis is made of: one graded finding a line, with what to do about it."""

from __future__ import annotations

from enum import StrEnum

from gatekeeper.model.machine import Unanswered
from gatekeeper.model.record import NamedTuple


class Grade(StrEnum):
    """How good a finding is, from best to worst.

    It is there; it is not, and few need it; a run goes on without it and is the weaker for it; a run needs it.
    """

    OK = "ok"
    NOTE = "note"
    LOOK = "look"
    WRONG = "wrong"


class Row(NamedTuple):
    """One finding: its grade, its name, what was found, and what to do (empty where there is nothing to do)."""

    grade: Grade
    name: str
    found: str
    advice: str = ""


def unanswered(name: str, answer: Unanswered, grade: Grade = Grade.LOOK) -> Row:
    """The line for a question that got no answer."""
    return Row(grade, name, f"could not be found out: {answer.why}")


def present(name: str, missing: str, found: str, grade: Grade, advice: str) -> Row:
    """The line for something that is there unless `missing` says why not."""
    return Row(grade, name, missing, advice) if missing else Row(Grade.OK, name, found)
