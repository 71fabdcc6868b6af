"""Owns what may get a run to green in which everything passed, but not on one tree. Pure; knows no layout."""

from __future__ import annotations

from gatekeeper.model.incident import IncidentKind
from gatekeeper.policy.few import few
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.run_verdict import Why

_NAMED = 3


def is_unconfirmed(record: RunRecord) -> bool:
    """Whether the rounds were used up before all had passed on the final tree."""
    return record.finished is not None and record.finished.reason == Why.NOT_CONFIRMED


def drifted(record: RunRecord) -> tuple[str, ...]:
    """The files, with their repo, that changed while steps ran which do not say so."""
    rounds = [one for one in record.rounds if any(told.kind is IncidentKind.DRIFT for told in one.incidents)]
    changes = [change for one in rounds for change in one.changes if change.by == "unknown"]
    return tuple(dict.fromkeys(file for change in changes for file in change.files))


def drift_words(files: tuple[str, ...]) -> str:
    """What to do about `files` that steps write: more rounds alone may never end."""
    named, them = few(files, _NAMED), "them" if len(files) > 1 else "it"
    return f"if a step writes what changed ({named}), have git ignore {them} or declare {them}: `artifacts: […]`"


def more_rounds(record: RunRecord) -> str:
    """The command that allows twice as many."""
    started, finished = record.started, record.finished
    cycle = started.cycle if started is not None else "CYCLE"
    return f"gatekeeper run {cycle} --rounds {2 * finished.rounds if finished is not None else 'N'}"
