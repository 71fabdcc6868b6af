"""Owns a change as it is put to the rules, and what a rule has to say of it. Knows no rule and no file system."""

from __future__ import annotations

from gatekeeper.model.integrity import Effect, GuardedKind
from gatekeeper.model.record import NamedTuple


class FileChange(NamedTuple):
    """One guarded file, before and after; None is a file that is not there.

    `problem` says why its content could not be had; `before` and `after` then mean nothing.
    """

    path: str
    kind: GuardedKind
    before: str | None
    after: str | None
    problem: str = ""


class Note(NamedTuple):
    """What one rule says: `rule` is its name in the table, `text` the words for people."""

    rule: str
    text: str

    @property
    def reason(self) -> str:
        """The two together, as they are told and stored."""
        return f"{self.rule}: {self.text}"


class Rule(NamedTuple):
    """One line of the table of rules: what a note of this name comes to, and what it means."""

    effect: Effect
    meaning: str


def some(names: list[str], most: int = 5) -> str:
    """The first of `names`, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
